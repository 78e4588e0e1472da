"""
What nobody at a desk took on for longer than its urgency allows, counted for the Office.

The standards are in the function: with any others an analyst could ask when single lines came. Of
what was sent it waits since then, of what was accepted since that; of what came back, since it did.
"""

from django.db import migrations

# The literals are those of the vocabulary `assign_within`; a test compares them.
UNASSIGNED = """
create index referral_grant_unassigned on referrals_referralgrant (box)
  where assignee_id is null and box in ('inbox', 'active', 'needs_action');
create function unassigned() returns table (
  desk_id int, urgency text, waiting bigint, oldest_at timestamptz
) stable language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  coordinates boolean := session_user <> 'relay_app' or my_role_anywhere('coordinator');
begin
  if not (coordinates or my_role_anywhere('analyst')) then
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
  select f.group_id, case when coordinates then f.of_urgency else '' end, count(*),
    case when coordinates then min(f.since) end
  from free f join (values
    ('immediate', interval '15 minutes'), ('crisis', interval '1 hour'),
    ('urgent', interval '4 hours'), ('priority', interval '1 day'), ('planned', interval '2 days')
  ) s(code, span) on s.code = f.of_urgency
  where f.since < statement_timestamp() - s.span
  group by 1, 2;
end $$;
revoke execute on function unassigned from public;
grant execute on function unassigned to relay_app, relay_worker;
alter function unassigned owner to relay_definer;
"""


class Migration(migrations.Migration):
    dependencies = [("referrals", "0043_follow_up_walls")]

    operations = [migrations.RunSQL(UNASSIGNED, migrations.RunSQL.noop)]
