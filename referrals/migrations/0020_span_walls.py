"""Grants write down what they have been; the lead reads it, and an auditor who said why."""

from django.db import migrations

MINE = "any ((select my_desks())::int[])"

# The worker may load a past that was: then the moment is the one that it tells of.
MOMENT = """case when session_user = 'relay_worker'
    then coalesce(nullif(current_setting('relay.moment', true), '')::timestamptz, statement_timestamp())
    else statement_timestamp() end"""


def written(kind: str, table: str, case: str, opens: str) -> str:
    """Return the trigger function of one kind of grant, and its triggers."""
    grants = f"{table}grant"
    opened = " or old.opens_page <> new.opens_page" if opens != "true" else ""
    return f"""
create function access_span_of_{kind}() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  insert into coordination_accessspan
    (case_reference, subject, desk_id, reason, source, opens_page, since, until)
  select {case}, '{kind}:' || o.reference, new.group_id, new.reason, new.source, {opens},
    {MOMENT}, new.until
  from {table} o where o.id = new.content_object_id;
  return null;
end $$;
create trigger span after insert on {grants}
  for each row execute function access_span_of_{kind}();
create trigger span_of_change after update on {grants} for each row
  when ((old.group_id, old.reason, old.source, old.until)
        is distinct from (new.group_id, new.reason, new.source, new.until){opened})
  execute function access_span_of_{kind}();
revoke execute on function access_span_of_{kind} from public;
alter function access_span_of_{kind}() owner to relay_definer;
"""


OF_CASE = "(select c.reference from cases_case c where c.id = o.case_id)"
KINDS = (
    ("case", "cases_case", "o.reference", "new.opens_page"),
    ("referral", "referrals_referral", OF_CASE, "true"),
    ("handoff", "referrals_handoff", OF_CASE, "true"),
)
WRITTEN = "grant insert, select on coordination_accessspan to relay_definer;" + "".join(
    written(*kind) for kind in KINDS
)

# Grants of before: since when is not known, so the first entry about what caused them is taken.
BEFORE = (
    "set local role relay_definer;"
    + "".join(
        f"""
insert into coordination_accessspan
  (case_reference, subject, desk_id, reason, source, opens_page, since, until)
select {case}, '{kind}:' || o.reference, new.group_id, new.reason, new.source, {opens},
  coalesce((select min(e.occurred_at) from audit_entry e where e.subject = new.source),
           statement_timestamp()), new.until
from {table}grant new join {table} o on o.id = new.content_object_id order by new.id;
"""
        for kind, table, case, opens in KINDS
    )
    # Its foreign keys are asked now: a table with questions pending cannot be altered below.
    + "reset role; set constraints all immediate; set constraints all deferred;"
)

READS = f"""
create function traces_access(of_case text, what text) returns boolean stable language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  mine int[] := my_desks();
begin
  return exists (select from cases_case c
      where c.reference = of_case and c.lead_desk_id = any (mine))
    or (what like 'referral:%' and exists (select from referrals_referral r
      where r.reference = split_part(what, ':', 2) and r.from_desk_id = any (mine)))
    or (what like 'handoff:%' and exists (select from referrals_handoff h
      where h.reference = split_part(what, ':', 2) and h.from_desk_id = any (mine)))
    -- An auditor says first for which purpose: the entry comes with the reading, or there is none.
    or (my_role_anywhere('auditor') and exists (select from audit_entry e
      where e.subject = 'trace:' || of_case and e.verb = 'access.traced'
        and e.actor_id = my_actor() and e.recorded_at >= transaction_timestamp()));
end $$;
-- Who looked: how often and when last, by desk; a person's name is their own agency's business.
create function looks_at(of_case text, what text, starts timestamptz, ends timestamptz)
returns table (desk_id int, looks bigint, last_at timestamptz) stable language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  if session_user = 'relay_app' and not (traces_access(of_case, what)
    and exists (select from coordination_accessspan s
      where s.case_reference = of_case and s.subject = what))
  then
    return;
  end if;
  return query select e.desk_id, count(*), max(e.occurred_at) from audit_entry e
    where e.subject = what and e.desk_id is not null and e.occurred_at >= starts
      and e.occurred_at < ends and e.verb in ({{reads}})
    group by e.desk_id order by max(e.occurred_at) desc;
end $$;
revoke execute on function traces_access, looks_at from public;
grant execute on function traces_access, looks_at to relay_app, relay_worker;
alter function traces_access owner to relay_definer;
alter function looks_at owner to relay_definer;

grant select on coordination_accessspan to relay_app, relay_worker;
alter table coordination_accessspan enable row level security;
alter table coordination_accessspan force row level security;
create policy worker on coordination_accessspan to relay_worker using (true) with check (true);
create policy read on coordination_accessspan for select to relay_app using (
  desk_id = {MINE} or traces_access(case_reference, subject));
""".replace(
    "{reads}", "'case.viewed', 'case.told', 'referral.viewed', 'referral.printed', 'handoff.viewed'"
)


class Migration(migrations.Migration):
    dependencies = [
        ("referrals", "0019_consent_walls"),
        ("coordination", "0019_access_spans"),
    ]

    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (WRITTEN, BEFORE, READS)
    ]
