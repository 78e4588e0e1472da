"""
Who seats, ends and deactivates whom, and who reads invitations: the database's question too.

Nobody changes their own seat. The web process gets nothing here that reaches a case or a referral.
"""

from django.db import migrations

IN_FORCE = (
    "m.since <= statement_timestamp() and (m.until is null or m.until > statement_timestamp())"
)

# The roles are those of coordination.roles; a test compares them.
MAY = f"""
grant select on coordination_desk, coordination_agency, coordination_team to relay_definer;
create function has_administrator(wanted bigint) returns boolean stable language sql
security definer set search_path = pg_catalog, public, pg_temp as $$
  select exists (
    select from coordination_membership m join coordination_user u on u.id = m.user_id
    join coordination_desk d on d.group_id = m.desk_id
    where d.agency_id = wanted and m.role = 'agency_admin' and u.is_active and {IN_FORCE})
$$;
create function administers(wanted bigint) returns boolean stable language sql
security definer set search_path = pg_catalog, public, pg_temp as $$
  select exists (
    select from coordination_membership m join coordination_user u on u.id = m.user_id
    join coordination_desk d on d.group_id = m.desk_id
    where m.user_id = my_actor() and u.is_active and {IN_FORCE} and (
      (m.role in ('agency_admin', 'coordinator') and d.agency_id = wanted)
      or (m.role = 'coordinator' and not has_administrator(wanted))))
$$;
create function may_seat(person bigint, seat int, wanted text) returns boolean stable language sql
security definer set search_path = pg_catalog, public, pg_temp as $$
  select person is distinct from my_actor() and exists (
    select from coordination_desk d where d.group_id = seat and d.closed_at is null
      and (person is null
           or exists (select from coordination_user u
                      where u.id = person and u.agency_id = d.agency_id and u.is_active))
      and wanted = any (case when d.team_id is null
            then array['analyst', 'coordinator', 'data_steward', 'auditor']
            else array['worker', 'lead', 'agency_admin'] end)
      and administers(d.agency_id))
$$;
-- The Office may also end what an agency's administrator holds: nobody else could.
create function may_end(person bigint) returns boolean stable language sql
security definer set search_path = pg_catalog, public, pg_temp as $$
  select person is distinct from my_actor() and exists (
    select from coordination_user u where u.id = person and (
      administers(u.agency_id)
      or (my_role_anywhere('coordinator') and exists (
        select from coordination_membership m where m.user_id = u.id
          and m.role = 'agency_admin' and {IN_FORCE}))))
$$;
revoke execute on function has_administrator, administers, may_seat, may_end from public;
grant execute on function has_administrator, administers, may_seat, may_end
  to relay_app, relay_worker;
alter function has_administrator owner to relay_definer;
alter function administers owner to relay_definer;
alter function may_seat owner to relay_definer;
alter function may_end owner to relay_definer;
"""

INVITATIONS = """
grant select, insert on coordination_invitation to relay_app, relay_worker;
grant update (revoked_at) on coordination_invitation to relay_app;
grant select, update on coordination_invitation to relay_definer;
alter table coordination_invitation enable row level security;
alter table coordination_invitation force row level security;
create policy worker on coordination_invitation to relay_worker using (true) with check (true);
create function agency_of(seat int) returns bigint stable language sql
set search_path = pg_catalog, public, pg_temp as $$
  select agency_id from coordination_desk where group_id = seat
$$;
create policy read on coordination_invitation for select to relay_app
  using (administers(agency_of(desk_id)));
create policy add on coordination_invitation for insert to relay_app with check (
  invited_by_id = (select my_actor()) and used_at is null and revoked_at is null
  and may_seat(null, desk_id, role)
  and expires_at <= statement_timestamp() + interval '73 hours');
create policy change on coordination_invitation for update to relay_app
  using (administers(agency_of(desk_id)) and used_at is null)
  with check (administers(agency_of(desk_id)));

-- Whoever holds the secret of an open invitation becomes the person that it names a place for. What
-- is wrong, used, expired or revoked answers null, alike.
create function invitation_open(presented text) returns setof coordination_invitation
stable language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  select i.* from coordination_invitation i join coordination_desk d on d.group_id = i.desk_id
  where i.digest = presented and i.used_at is null and i.revoked_at is null
    and i.expires_at > statement_timestamp() and d.closed_at is null
$$;
create function accept_invitation(
  presented text, name text, first text, last text, hashed text, speaks text
) returns bigint language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  offer coordination_invitation;
  person bigint;
begin
  select i.* into offer from coordination_invitation i
    join coordination_desk d on d.group_id = i.desk_id
    where i.digest = presented and i.used_at is null and i.revoked_at is null
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
grant insert on coordination_user to relay_definer;
revoke execute on function invitation_open, accept_invitation from public;
grant execute on function invitation_open, accept_invitation to relay_app, relay_worker;
alter function invitation_open owner to relay_definer;
alter function accept_invitation owner to relay_definer;
"""

MEMBERSHIPS = """
grant insert, update (until, successor_id, ended_by_id) on coordination_membership to relay_app;
create function membership_guard() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if session_user <> 'relay_app' then
    return new;
  end if;
  if tg_op = 'INSERT' then
    if new.until is not null or new.ended_by_id is not null or new.successor_id is not null
       or new.passed_on_at is not null or new.since > clock_timestamp() + interval '1 minute'
       or not (may_seat(new.user_id, new.desk_id, new.role) or exists (
         select from coordination_invitation i
         where i.person_id = new.user_id and i.desk_id = new.desk_id and i.role = new.role
           and i.used_in = txid_current()
           and not exists (select from coordination_membership m where m.user_id = new.user_id)))
    then
      raise exception 'an administrator seats people of the own agency, and never themselves'
        using errcode = 'insufficient_privilege';
    end if;
    return new;
  end if;
  if old.until <= statement_timestamp() or new.until is null
     or new.until > clock_timestamp() + interval '1 minute'
     or new.ended_by_id is distinct from my_actor() or not may_end(old.user_id)
     or (new.successor_id is not null and not exists (
       select from coordination_membership m join coordination_user u on u.id = m.user_id
       where m.user_id = new.successor_id and m.desk_id = new.desk_id and u.is_active
         and m.role in ('worker', 'lead')
         and (m.until is null or m.until > statement_timestamp())))
  then
    raise exception 'an administrator ends seats of the own agency, and never their own'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger guard before insert or update on coordination_membership
  for each row execute function membership_guard();
revoke execute on function membership_guard from public;
alter function membership_guard() owner to relay_definer;

-- The Django group of a desk follows its seats, whoever writes them.
create function membership_group() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if new.until is null or new.until > statement_timestamp() then
    insert into coordination_user_groups (user_id, group_id) values (new.user_id, new.desk_id)
    on conflict do nothing;
  elsif not exists (
    select from coordination_membership m where m.user_id = new.user_id and m.desk_id = new.desk_id
      and m.id <> new.id and (m.until is null or m.until > statement_timestamp()))
  then
    delete from coordination_user_groups where user_id = new.user_id and group_id = new.desk_id;
  end if;
  return null;
end $$;
grant select, insert, delete on coordination_user_groups to relay_definer;
create trigger in_step after insert or update on coordination_membership
  for each row execute function membership_group();
revoke execute on function membership_group from public;
alter function membership_group() owner to relay_definer;
"""

# Who is deactivated is out at once: no session, no token, no password. Nobody comes back by a flag.
PEOPLE = """
grant update (is_active) on coordination_user to relay_app;
create or replace function user_guard() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
  if session_user = 'relay_app' and my_actor() is distinct from new.id
     and (old.password, old.language, old.shortcuts, old.one_page)
         is distinct from (new.password, new.language, new.shortcuts, new.one_page)
  then
    raise exception 'a person changes what is theirs' using errcode = 'insufficient_privilege';
  end if;
  if session_user = 'relay_app' and old.is_active is distinct from new.is_active
     and not (old.is_active and may_end(new.id))
  then
    raise exception 'an administrator deactivates people of the own agency'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create function user_leaves() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  new.password := '!' || md5(gen_random_uuid()::text);
  update coordination_apitoken set revoked_at = statement_timestamp()
    where user_id = new.id and revoked_at is null;
  return new;
end $$;
grant update (revoked_at) on coordination_apitoken to relay_definer;
create trigger leaves before update of is_active on coordination_user for each row
  when (old.is_active and not new.is_active) execute function user_leaves();
revoke execute on function user_leaves from public;
alter function user_leaves() owner to relay_definer;
"""

# What a desk offers and how it is reached is its administrator's; where it stands is not.
DESKS = """
grant update (services, age_bands, genders, languages, duty_phone, opens_at, closes_at,
              cover_desk_id, closed_at, is_addressable) on coordination_desk to relay_app;
create function desk_guard() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
  if session_user = 'relay_app' and (
    not (administers(new.agency_id) or my_role_anywhere('coordinator'))
    or (old.closed_at is not null)
    or (old.is_addressable is distinct from new.is_addressable and new.closed_at is null))
  then
    raise exception 'an administrator changes desks of the own agency'
      using errcode = 'insufficient_privilege';
  end if;
  if new.cover_desk_id is distinct from old.cover_desk_id and new.cover_desk_id is not null
     and not exists (select from coordination_desk c where c.group_id = new.cover_desk_id
                     and c.closed_at is null and c.team_id is not null
                     and (c.agency_id = new.agency_id or c.team_id = new.team_id))
  then
    raise exception 'a cover desk is of the same agency or the same team'
      using errcode = 'check_violation', constraint = 'desk_cover_is_near';
  end if;
  return new;
end $$;
create trigger guard before update on coordination_desk
  for each row execute function desk_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0014_people")]

    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop)
        for sql in (MAY, INVITATIONS, MEMBERSHIPS, PEOPLE, DESKS)
    ]
