"""
Training coverage is that of the end of the last month, in steps of five.

Counts of today, read every day, told whose course it was that was one more since yesterday. What
is entered, confirmed, corrected or removed now changes nothing before the month is over; and a
month moves a count by five or not at all.
"""

from django.db import migrations

BEGAN = (
    "(date_trunc('month', statement_timestamp() at time zone 'America/Toronto')"
    " at time zone 'America/Toronto')"
)

COVERAGE = f"""
create or replace function training_coverage(wanted text) returns table (
  kind text, region text, people int, held int, said text
) stable language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  with month as (
    select {BEGAN} as began, ({BEGAN} at time zone 'America/Toronto')::date as day),
  active as (
    select distinct a.kind::text as kind, t.region::text as region, m.user_id as id
    from coordination_membership m cross join month
    join coordination_desk d on d.group_id = m.desk_id
      and (d.closed_at is null or d.closed_at >= month.began)
    join coordination_agency a on a.id = d.agency_id join coordination_team t on t.id = d.team_id
    where m.role in ('worker', 'lead')
      and m.since < month.began and (m.until is null or m.until >= month.began)
      and (session_user <> 'relay_app'
        or my_role_anywhere('analyst') or my_role_anywhere('coordinator'))),
  holders as (
    select distinct c.person_id from coordination_completion c cross join month
    join coordination_course k on k.id = c.course_id
    where k.code = wanted and c.entered_at < month.began
      and (c.ended_at is null or c.ended_at >= month.began)
      and (c.expires_on is null or c.expires_on >= month.day)),
  cells as (
    select a.kind, a.region, count(*)::int as people, count(h.person_id)::int as held
    from active a left join holders h on h.person_id = a.id group by a.kind, a.region)
  select c.kind, c.region,
    case when c.people >= 5 then 5 * round(c.people / 5.0)::int end,
    case when c.people >= 5 and c.held >= 5 and c.people - c.held >= 5
      then 5 * round(c.held / 5.0)::int end,
    case when c.people < 5 then 'hidden' when c.held < 5 then 'few'
      when c.people - c.held < 5 then 'most' else 'counted' end
  from cells c order by c.kind, c.region
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0057_seated_for_a_month")]

    operations = [
        migrations.RunSQL(
            f"set local role relay_definer; {COVERAGE} reset role;", migrations.RunSQL.noop
        )
    ]
