"""The Office seats administrators where there are none, nobody else; an invitation is its link."""

from django.db import migrations

IN_FORCE = (
    "m.since <= statement_timestamp() and (m.until is null or m.until > statement_timestamp())"
)

# The roles are those of coordination.roles; a test compares them.
SEATS = f"""
set local role relay_definer;
create or replace function may_seat(person bigint, seat int, wanted text) returns boolean
stable language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  select person is distinct from my_actor() and exists (
    select from coordination_desk d where d.group_id = seat and d.closed_at is null
      and (person is null
           or exists (select from coordination_user u
                      where u.id = person and u.agency_id = d.agency_id and u.is_active))
      and wanted = any (case when d.team_id is null
            then array['analyst', 'coordinator', 'data_steward', 'auditor']
            else array['worker', 'lead', 'agency_admin'] end)
      and administers(d.agency_id)
      and (wanted = 'agency_admin' or exists (
        select from coordination_membership m join coordination_desk o on o.group_id = m.desk_id
        where m.user_id = my_actor() and o.agency_id = d.agency_id
          and m.role in ('agency_admin', 'coordinator') and {IN_FORCE})))
$$;
reset role;
"""

# Whoever reads the table has digests and no link: the functions hash what is presented.
LINKS = """
revoke select on coordination_invitation from relay_app;
grant select (id, reference, desk_id, role, email, language, invited_by_id, invited_at, expires_at,
              revoked_at, used_at, used_in, person_id) on coordination_invitation to relay_app;
set local role relay_definer;
create or replace function invitation_open(presented text) returns setof coordination_invitation
stable language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  select i.* from coordination_invitation i join coordination_desk d on d.group_id = i.desk_id
  where i.digest = encode(sha256(convert_to(presented, 'UTF8')), 'hex')
    and i.used_at is null and i.revoked_at is null
    and i.expires_at > statement_timestamp() and d.closed_at is null
$$;
create or replace function accept_invitation(
  presented text, name text, first text, last text, hashed text, speaks text
) returns bigint language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  offer coordination_invitation;
  person bigint;
begin
  select i.* into offer from coordination_invitation i
    join coordination_desk d on d.group_id = i.desk_id
    where i.digest = encode(sha256(convert_to(presented, 'UTF8')), 'hex')
      and i.used_at is null and i.revoked_at is null
      and i.expires_at > statement_timestamp() and d.closed_at is null
    for update of i;
  if not found then
    return null;
  end if;
  insert into coordination_user (password, is_superuser, username, first_name, last_name, email,
                                 agency_id, language, is_active, shortcuts, one_page)
  values (hashed, false, name, first, last, offer.email, agency_of(offer.desk_id), speaks, true,
          true, false)
  returning id into person;
  update coordination_invitation set used_at = statement_timestamp(), used_in = txid_current(),
    person_id = person where id = offer.id;
  return person;
end $$;
reset role;
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0024_owner_rights")]

    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (SEATS, LINKS)]
