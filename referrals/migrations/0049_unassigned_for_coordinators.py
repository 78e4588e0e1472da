"""
What nobody took on is told to coordinators, as the overdue list is, and no longer to analysts.

A live sum of one at a desk told that a referral had come.
"""

from django.db import migrations

# The literals are those of the vocabulary `assign_within`; a test compares them.
UNASSIGNED = """
set local role relay_definer;
create or replace function unassigned() returns table (
  desk_id int, urgency text, waiting bigint, oldest_at timestamptz
) stable language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if session_user = 'relay_app' and not my_role_anywhere('coordinator') then
    return;
  end if;
  return query
  with free as (
    select g.group_id, r.urgency::text as of_urgency, case g.box when 'inbox' then r.sent_at
      when 'active' then r.accepted_at else r.due_at end as since
    from referrals_referralgrant g join referrals_referral r on r.id = g.content_object_id
    where g.assignee_id is null and g.box in ('inbox', 'active', 'needs_action')
      and (g.until is null or g.until > statement_timestamp())
  )
  select f.group_id, f.of_urgency, count(*), min(f.since)
  from free f join (values
    ('immediate', interval '15 minutes'), ('crisis', interval '1 hour'),
    ('urgent', interval '4 hours'), ('priority', interval '1 day'), ('planned', interval '2 days')
  ) s(code, span) on s.code = f.of_urgency
  where f.since < statement_timestamp() - s.span
  group by 1, 2;
end $$;
reset role;
"""


class Migration(migrations.Migration):
    dependencies = [("referrals", "0048_reminded_once")]

    operations = [migrations.RunSQL(UNASSIGNED, migrations.RunSQL.noop)]
