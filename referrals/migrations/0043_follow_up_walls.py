"""
The Office says that it asked about what is overdue, without reaching it; and asks a desk to look.

Its coordinator reads no referral, so these two entries have a guard of their own: of a row that
this transaction made. The list says what was followed up, and puts on top what was promised in
vain. To a contact that is not on Relay the sender speaks: it has to act.
"""

from django.db import migrations

RIGHTS = """
grant select, insert on referrals_followup, referrals_deskreminder to relay_app, relay_worker;
grant delete on referrals_followup to relay_worker;
grant select on referrals_followup, referrals_deskreminder to relay_definer;
alter table referrals_followup enable row level security, force row level security;
alter table referrals_deskreminder enable row level security, force row level security;
"""

# The literals are those of referrals.states and handoff_states.
REFERRAL = """
    select 'referral:' || r.reference as subject, r.version, r.id,
      r.status = 'sent' and r.to_agency_id is null and r.to_province = '' as asks,
      r.from_desk_id, r.to_team_id, r.urgency::text as urgency, r.due_at
    from {} where r.status in ('sent', 'questioned', 'returning')
      and r.due_at < statement_timestamp()
      and (wanted is null or 'referral:' || r.reference = wanted)"""
HANDOFF = """
    select 'handoff:' || h.reference, h.version, h.id,
      h.to_agency_id is null and h.to_province = '', h.from_desk_id, h.to_team_id, '', h.due_at
    from {} where h.status = 'proposed' and h.due_at < statement_timestamp()
      and (wanted is null or 'handoff:' || h.reference = wanted)"""
# What was promised in vain for longer stands among the longest overdue anyway.
PROMISED = """referrals_followup f join {0} on {1}.reference = split_part(f.subject, ':', 2)
      and f.subject like '{2}:%'
      and f.promised_by between statement_timestamp() - interval '30 days' and statement_timestamp()"""

OVERDUE = f"""
create index referral_waiting on referrals_referral (due_at)
  where status in ('sent', 'questioned', 'returning');
create index handoff_waiting on referrals_handoff (due_at) where status = 'proposed';
create index follow_up_promised on referrals_followup (promised_by)
  where promised_by is not null;
set local role relay_definer;
drop function overdue();
reset role;
create function overdue(wanted text default null) returns table (
  subject text, version int, side text, desks int[], team_id bigint, urgency text,
  due_at timestamptz, last_verb text, last_at timestamptz, followed int, how text,
  followed_at timestamptz, promised_by timestamptz
) stable language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if session_user = 'relay_app' and not my_role_anywhere('coordinator') then
    return;
  end if;
  return query
  with late as (
    ({REFERRAL.format("referrals_referral r")}
    order by r.due_at limit 500)
    union
    ({HANDOFF.format("referrals_handoff h")}
    order by h.due_at limit 500)
    union
    {REFERRAL.format(PROMISED.format("referrals_referral r", "r", "referral"))}
    union
    {HANDOFF.format(PROMISED.format("referrals_handoff h", "h", "handoff"))}
  ), ranked as (
    select l.*, coalesce(f.number, 0)::int as followed, f.how::text as how, f.at, f.promised_by,
      case when f.promised_by is null then 1 when f.promised_by > statement_timestamp() then 2
        else 0 end as place
    from late l
    left join lateral (
      select n.number, case when n.version = l.version then n.how end as how,
        case when n.version = l.version then n.at end as at,
        case when n.version = l.version then n.promised_by end as promised_by
      from referrals_followup n where n.subject = l.subject order by n.number desc limit 1
    ) f on true
    order by place, l.due_at, l.subject limit 500
  )
  select l.subject, l.version, case when l.asks then 'receiver' else 'sender' end,
    case when not l.asks then array[l.from_desk_id] when l.subject like 'referral:%' then array(
        select g.group_id from referrals_referralgrant g
        where g.content_object_id = l.id and g.reason = 'receiver' and not g.declined
          and (g.until is null or g.until > statement_timestamp()) order by g.group_id)
      else array(
        select g.group_id from referrals_handoffgrant g
        where g.content_object_id = l.id and g.reason = 'handoff' and not g.declined
          and (g.until is null or g.until > statement_timestamp()) order by g.group_id) end,
    case when l.asks then l.to_team_id end, l.urgency, l.due_at, e.verb::text, e.occurred_at,
    l.followed, l.how, l.at, l.promised_by
  from ranked l left join lateral (
    select a.verb, a.occurred_at from audit_entry a
    where a.subject = l.subject and a.version is not null order by a.id desc limit 1) e on true
  order by l.place, l.due_at, l.subject;
end $$;
revoke execute on function overdue from public;
grant execute on function overdue to relay_app, relay_worker;
alter function overdue owner to relay_definer;
"""

POLICIES = """
create function may_follow_up(wanted text, of_version int, as_number int) returns boolean
stable language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  return exists (select from overdue(wanted) o
                 where o.version = of_version and o.followed + 1 = as_number);
end $$;
revoke execute on function may_follow_up from public;
grant execute on function may_follow_up to relay_app;
alter function may_follow_up owner to relay_definer;

create policy worker on referrals_followup to relay_worker using (true) with check (true);
create policy read on referrals_followup for select to relay_app
  using ((select my_role_anywhere('coordinator')));
create policy add on referrals_followup for insert to relay_app
  with check (by_id = my_actor() and may_follow_up(subject, version, number));
create policy worker on referrals_deskreminder to relay_worker using (true) with check (true);
create policy read on referrals_deskreminder for select to relay_app
  using ((select my_role_anywhere('coordinator')));
create policy add on referrals_deskreminder for insert to relay_app
  with check (by_id = my_actor() and my_role_anywhere('coordinator'));
create trigger of_now before insert on referrals_followup
  for each row execute function of_now('at');
create trigger of_now before insert on referrals_deskreminder
  for each row execute function of_now('at');
"""

SAID = """
create function reminder_rests() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  perform pg_advisory_xact_lock(hashtext('reminder_rests'), new.desk_id);
  if exists (select from referrals_deskreminder d
             where d.desk_id = new.desk_id and d.at > new.at - interval '1 hour')
  then
    raise exception 'a desk is asked once an hour'
      using errcode = 'check_violation', constraint = 'reminder_rests';
  end if;
  return new;
end $$;
create function follow_up_said() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if session_user = 'relay_app' and not (
    1 = (select count(*) from audit_entry e join audit_entrybody b on b.entry_id = e.id
      where e.subject = new.subject and e.verb like '%.followed_up' and audit_made_now(e.xmin)
        and b.data ->> 'number' = new.number::text and b.data ->> 'how' = new.how
        and (b.data ->> 'promised_by')::timestamptz is not distinct from new.promised_by
        and b.data ->> 'side' in ('sender', 'receiver'))
    and (select count(*) from audit_entry e
      where e.subject = new.subject and e.verb like '%.followed_up' and audit_made_now(e.xmin))
      = (select count(*) from referrals_followup f
      where f.subject = new.subject and audit_made_now(f.xmin)))
  then
    raise exception 'a follow-up is not in the record as it was'
      using errcode = 'check_violation', constraint = 'said_now';
  end if;
  return null;
end $$;
create function office_entry_guard() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if not exists (select from audit_knownverb k where k.verb = new.verb
                 and split_part(new.subject, ':', 1) = any (k.kinds)) or new.version is not null
     or new.subject !~ '^[a-z]+:[A-Za-z0-9_-]{1,50}$'
  then
    raise exception 'there is no such event of such a subject'
      using errcode = 'check_violation', constraint = 'entry_speaks_of_its_kind';
  elsif session_user <> 'relay_app' then
    return new;
  elsif new.desk_id is null or not my_role_at(new.desk_id, 'coordinator') then
    raise exception 'the Office says this' using errcode = 'insufficient_privilege';
  elsif not (case new.verb
    when 'desk.reminded' then exists (select from referrals_deskreminder r
      join coordination_desk d on d.group_id = r.desk_id
      where 'desk:' || d.slug = new.subject and audit_made_now(r.xmin))
    else exists (select from referrals_followup f
      where f.subject = new.subject and audit_made_now(f.xmin)) end)
  then
    raise exception 'an entry tells of what its own transaction did'
      using errcode = 'check_violation', constraint = 'entry_of_its_change';
  end if;
  return new;
end $$;
revoke execute on function reminder_rests, follow_up_said, office_entry_guard from public;
alter function reminder_rests() owner to relay_definer;
alter function follow_up_said() owner to relay_definer;
alter function office_entry_guard() owner to relay_definer;
set local role relay_definer;
grant execute on function reminder_rests, follow_up_said, office_entry_guard, audit_entry_guard
  to relay_owner;
reset role;
create trigger rests before insert on referrals_deskreminder
  for each row execute function reminder_rests();
create constraint trigger said_now after insert on referrals_deskreminder
  deferrable initially deferred for each row execute function said_now('desk.reminded');
create constraint trigger said_now after insert on referrals_followup
  deferrable initially deferred for each row execute function follow_up_said();
drop trigger guard on audit_entry;
create trigger guard before insert on audit_entry for each row
  when (new.verb not in ('referral.followed_up', 'handoff.followed_up', 'desk.reminded'))
  execute function audit_entry_guard();
create trigger office_guard before insert on audit_entry for each row
  when (new.verb in ('referral.followed_up', 'handoff.followed_up', 'desk.reminded'))
  execute function office_entry_guard();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("referrals", "0042_follow_ups"),
        ("coordination", "0036_said_now"),
        ("audit", "0008_bodies"),
    ]

    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (RIGHTS, OVERDUE, POLICIES, SAID)
    ]
