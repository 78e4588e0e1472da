"""Whoever took a case along in an export has looked at it too."""

from django.db import migrations

LOOKS = """
set local role relay_definer;
create or replace function looks_at(
  of_case text, what text, starts timestamptz, ends timestamptz
) returns table (desk_id int, looks bigint, last_at timestamptz) stable language plpgsql
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
      and e.occurred_at < ends and e.verb in ('case.viewed', 'case.told', 'case.exported',
        'referral.viewed', 'referral.printed', 'handoff.viewed')
    group by e.desk_id order by max(e.occurred_at) desc;
end $$;
reset role;
"""


class Migration(migrations.Migration):
    dependencies = [("referrals", "0024_disposal_of_links")]

    operations = [migrations.RunSQL(LOOKS, migrations.RunSQL.noop)]
