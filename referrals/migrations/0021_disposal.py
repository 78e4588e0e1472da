"""What the worker may delete of a case, and whether a legal hold keeps one."""

from django.db import migrations

RIGHTS = """
grant delete on cases_case, cases_leadfacts, cases_casegrant, referrals_referral,
  referrals_requestedservice, referrals_basis, referrals_referralgrant, referrals_handoff,
  referrals_handoffgrant, referrals_override, cases_childreport, cases_consent,
  coordination_accessspan to relay_worker;
grant select on coordination_desk to relay_definer;
"""

# A hold on a desk or an agency keeps every case in which one of its desks ever had a part: access
# that ended stays written. A desk learns it of the cases that it leads.
HELD = """
create function case_is_held(wanted text) returns boolean stable language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  one record;
  parties int[];
begin
  select id, lead_desk_id into one from cases_case where reference = wanted;
  if not found
    or session_user = 'relay_app' and not coalesce(one.lead_desk_id = any (my_desks()), false)
  then
    return false;
  end if;
  if not exists (select from coordination_legalhold h where h.lifted_at is null
                 and (h.until is null or h.until > statement_timestamp()))
  then
    return false;
  end if;
  select array_agg(desk) into parties from (
    select one.lead_desk_id union
    select group_id from cases_casegrant where content_object_id = one.id union
    select unnest(array[from_desk_id, to_desk_id, accepting_desk_id])
      from referrals_referral where case_id = one.id union
    select g.group_id from referrals_referralgrant g
      join referrals_referral r on r.id = g.content_object_id where r.case_id = one.id union
    select unnest(array[from_desk_id, to_desk_id, accepting_desk_id])
      from referrals_handoff where case_id = one.id union
    select g.group_id from referrals_handoffgrant g
      join referrals_handoff h on h.id = g.content_object_id where h.case_id = one.id
  ) p (desk);
  return exists (
    select from coordination_legalhold h
    where h.lifted_at is null and (h.until is null or h.until > statement_timestamp())
      and (h.case_reference = wanted or h.desk_id = any (parties) or h.agency_id in (
        select d.agency_id from coordination_desk d where d.group_id = any (parties))));
end $$;
revoke execute on function case_is_held from public;
grant execute on function case_is_held to relay_app, relay_worker;
alter function case_is_held owner to relay_definer;

create function case_subjects(wanted bigint) returns text[] stable language sql
set search_path = pg_catalog, public, pg_temp as $$
  select array_agg(subject) from (
    select 'case:' || reference from cases_case where id = wanted union all
    select 'referral:' || reference from referrals_referral where case_id = wanted union all
    select 'handoff:' || reference from referrals_handoff where case_id = wanted
  ) s (subject)
$$;

-- Who sets a hold has to know that it took; the record, which they read, says so too.
create function case_is_known(wanted text) returns boolean stable language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  return (session_user = 'relay_worker' or my_role_anywhere('auditor'))
    and exists (select from cases_case where reference = wanted);
end $$;
revoke execute on function case_is_known from public;
grant execute on function case_is_known to relay_app, relay_worker;
alter function case_is_known owner to relay_definer;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("referrals", "0020_span_walls"),
        ("coordination", "0021_retention_walls"),
        ("cases", "0016_indigenous_identity"),
    ]

    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (RIGHTS, HELD)]
