"""
What is past its time anywhere, for the Office: which code, who has to act, how long; never whom.

The Office reaches no referral. A definer function answers it, and only it, with what a coordinator
needs to phone: no person, no need, no words.
"""

from django.db import migrations

# The literals are those of referrals.states and handoff_states; a test compares the counts. Of what
# waits on an answer the receiver acts, of questions and of what comes back the sender.
OVERDUE = """
create function overdue() returns table (
  subject text, desks int[], team_id bigint, urgency text, due_at timestamptz, last_verb text,
  last_at timestamptz
) stable language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if session_user = 'relay_app' and not my_role_anywhere('coordinator') then
    return;
  end if;
  return query
  with late as (
    select 'referral:' || r.reference as subject,
      case when r.status = 'sent' then array(
        select g.group_id from referrals_referralgrant g
        where g.content_object_id = r.id and g.reason = 'receiver' and not g.declined
          and (g.until is null or g.until > statement_timestamp()) order by g.group_id)
      else array[r.from_desk_id] end as desks,
      case when r.status = 'sent' then r.to_team_id end as team_id,
      r.urgency::text as urgency, r.due_at
    from referrals_referral r
    where r.status in ('sent', 'questioned', 'returning') and r.due_at < statement_timestamp()
    union all
    select 'handoff:' || h.reference, array(
        select g.group_id from referrals_handoffgrant g
        where g.content_object_id = h.id and g.reason = 'handoff' and not g.declined
          and (g.until is null or g.until > statement_timestamp()) order by g.group_id),
      h.to_team_id, '', h.due_at
    from referrals_handoff h
    where h.status = 'proposed' and h.due_at < statement_timestamp()
  )
  select l.subject, l.desks, l.team_id, l.urgency, l.due_at, e.verb::text, e.occurred_at
  from late l left join lateral (
    select a.verb, a.occurred_at from audit_entry a
    where a.subject = l.subject and a.version is not null order by a.id desc limit 1) e on true
  order by l.due_at, l.subject limit 500;
end $$;
revoke execute on function overdue from public;
grant execute on function overdue to relay_app, relay_worker;
alter function overdue owner to relay_definer;
"""


class Migration(migrations.Migration):
    dependencies = [("referrals", "0035_duties_held"), ("audit", "0007_retries")]

    operations = [migrations.RunSQL(OVERDUE, "drop function overdue")]
