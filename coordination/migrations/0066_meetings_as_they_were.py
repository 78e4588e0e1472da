"""
What is said of groups, their meetings and actions is what was done, and once.

Found by somebody who played an insider: a rename was also told as an opening, a meeting that stayed
as a move, with times that nobody had set; and minutes were written of what had not begun.
"""

from django.db import migrations

# One change and one entry a transaction: the deferred triggers then ask for the entry that is meant.
ONCE = """
create function changes_once() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  again boolean;
begin
  execute format('select audit_made_now(t.xmin) from public.%I t where t.id = $1', tg_table_name)
    into again using old.id;
  if session_user = 'relay_app' and again then
    raise exception 'a row of % changes once in a transaction', tg_table_name
      using errcode = 'check_violation', constraint = 'changes_once';
  end if;
  return new;
end $$;
""" + "".join(
    f"create trigger once before update on {table} for each row execute function changes_once();"
    for table in (
        "coordination_workinggroup",
        "coordination_meeting",
        "coordination_groupaction",
    )
)

# Volatile, so that each of several entries of one statement sees those before it.
MADE = """
create function told_now(told text) returns boolean language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  return exists (select from audit_entry e where e.subject = told
    and split_part(e.verb, '.', 1) = split_part(told, ':', 1) and audit_made_now(e.xmin));
end $$;
set local role relay_definer;
create or replace function made_group(named text, verb text) returns boolean volatile
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return not told_now('group:' || named)
    and exists (select from coordination_workinggroup g where g.reference = named
      and audit_made_now(g.xmin) and case verb
        when 'group.opened' then g.version = 1
        when 'group.changed' then g.version > 1 and g.closed_at is null
        when 'group.closed' then g.version > 1 and g.closed_at is not null
        when 'group.reopened' then g.version > 1 and g.closed_at is null
        else false end);
end $$;
create or replace function made_meeting(named text, verb text) returns boolean volatile
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return not told_now('meeting:' || named)
    and exists (select from coordination_meeting m where m.reference = named
      and audit_made_now(m.xmin) and case verb
        when 'meeting.planned' then m.version = 1
        when 'meeting.moved' then m.version > 1 and m.written_at is null and m.cancelled_at is null
        when 'meeting.cancelled' then m.version > 1 and m.cancelled_at is not null
        when 'meeting.written_up' then m.version > 1 and m.written_at is not null
        else false end);
end $$;
create or replace function made_action(named text, verb text) returns boolean volatile
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return not told_now('action:' || named)
    and exists (select from coordination_groupaction a where a.reference = named
      and audit_made_now(a.xmin) and case verb
        when 'action.planned' then a.version = 1
        when 'action.changed' then a.version > 1 and a.status in ('planned', 'in_hand')
          and my_role_anywhere('coordinator')
        when 'action.taken' then a.version > 1 and a.status = 'in_hand'
        when 'action.finished' then a.version > 1 and a.status = 'done'
        when 'action.dropped' then a.version > 1 and a.status = 'dropped'
        when 'action.reopened' then a.version > 1 and a.status = 'planned'
        else false end);
end $$;
reset role;
"""

# The app's clock may be a little ahead of the database's, as of_now() has it.
GUARDS = """
create or replace function meeting_guard() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
declare
  apart interval := make_interval(hours => 366 * 24, mins => 1);
  planned boolean := tg_op = 'INSERT';
  cancelled boolean := false;
begin
  if session_user <> 'relay_app' then
    return new;
  end if;
  if tg_op = 'UPDATE' then
    planned := (old.starts_at, old.place) is distinct from (new.starts_at, new.place);
    cancelled := new.cancelled_at is not null;
    if old.cancelled_at is not null then
      raise exception 'a meeting that was cancelled stays so'
        using errcode = 'check_violation', constraint = 'meeting_cancelled_stays';
    elsif planned and (old.written_at is not null or new.starts_at <= statement_timestamp()
      or (old.written_at, old.decisions, old.cancelled_at)
         is distinct from (new.written_at, new.decisions, new.cancelled_at))
    then
      raise exception 'a meeting that was not held is moved to a time to come'
        using errcode = 'check_violation', constraint = 'meeting_moved_ahead';
    elsif not planned and not cancelled
      and new.starts_at > statement_timestamp() + interval '1 minute'
    then
      raise exception 'a meeting is written up once it began'
        using errcode = 'check_violation', constraint = 'meeting_written_up_later';
    end if;
  end if;
  if planned
    and new.starts_at not between statement_timestamp() - apart and statement_timestamp() + apart
  then
    raise exception 'a group meets within a year'
      using errcode = 'check_violation', constraint = 'meeting_within_a_year';
  elsif (planned or cancelled) and not exists (
    select from coordination_workinggroup g where g.id = new.group_id and g.closed_at is null)
  then
    raise exception 'a group that is closed plans nothing'
      using errcode = 'check_violation', constraint = 'meeting_of_an_open_group';
  end if;
  return new;
end $$;
drop trigger guard on coordination_meeting;
create trigger guard before insert or update on coordination_meeting
  for each row execute function meeting_guard();
create function attending_guard() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if not exists (
    select from coordination_meeting m join coordination_groupagency g on g.group_id = m.group_id
    where m.id = new.meeting_id and g.agency_id = new.agency_id)
  then
    raise exception 'whoever attends is or was in the group'
      using errcode = 'check_violation', constraint = 'attending_in_the_group';
  end if;
  return new;
end $$;
create trigger guard before insert on coordination_meeting_attending
  for each row execute function attending_guard();
"""

MOVED = "(old.starts_at, old.place) is distinct from (new.starts_at, new.place)"
CANCELLED = "old.cancelled_at is null and new.cancelled_at is not null"
WHEN = (
    (6, "meeting", "insert", "", "meeting.planned"),
    (8, "meeting_attending", "insert or delete", "", "meeting.written_up"),
    (15, "meeting", "update", MOVED, "meeting.moved"),
    (16, "meeting", "update", CANCELLED, "meeting.cancelled"),
    (17, "meeting", "update", f"not ({MOVED}) and not ({CANCELLED})", "meeting.written_up"),
)
SAID = """
create function meeting_said() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  line jsonb := case when tg_op = 'DELETE' then to_jsonb(old) else to_jsonb(new) end;
  before jsonb := case when tg_op = 'UPDATE' then to_jsonb(old) end;
  about coordination_meeting;
  said jsonb;
begin
  if session_user <> 'relay_app' then
    return null;
  end if;
  select m.* into about from coordination_meeting m
  where m.id = coalesce(line ->> 'meeting_id', line ->> 'id')::bigint;
  select b.data into said from audit_entry e join audit_entrybody b on b.entry_id = e.id
  where e.subject = 'meeting:' || about.reference and e.verb = tg_argv[0]
    and audit_made_now(e.xmin);
  if not coalesce(case tg_argv[0]
    when 'meeting.planned' then planned_as(said, line) and said ->> 'group' =
      (select g.reference from coordination_workinggroup g where g.id = about.group_id)
    when 'meeting.moved' then planned_as(said -> 'before', before)
      and planned_as(said -> 'after', line)
    when 'meeting.cancelled' then said ->> 'reason' = about.cancel_reason
    else said -> 'decided' = to_jsonb(about.decisions <> '') and said -> 'attending' = (
      select coalesce(jsonb_agg(a.slug order by a.slug collate "C"), '[]')
      from coordination_meeting_attending t join coordination_agency a on a.id = t.agency_id
      where t.meeting_id = about.id)
    end, false)
  then
    raise exception 'a change of % is not in the record as it was', tg_table_name
      using errcode = 'check_violation', constraint = 'said_now';
  end if;
  return null;
end $$;
create function planned_as(said jsonb, line jsonb) returns boolean stable language sql
set search_path = pg_catalog, public, pg_temp as $$
  select (said ->> 'starts_at')::timestamptz = (line ->> 'starts_at')::timestamptz
    and said ->> 'place' = line ->> 'place'
$$;
""" + "".join(
    f"drop trigger said_{number} on coordination_{table};"
    f"create constraint trigger said_{number} after {change} on coordination_{table}"
    f" deferrable initially deferred for each row {f'when ({when})' if when else ''}"
    f" execute function meeting_said('{verb}');"
    for number, table, change, when, verb in WHEN
)

OWNED = "".join(
    f"revoke execute on function {name} from public; alter function {name} owner to relay_definer;"
    for name in (
        "changes_once()",
        "told_now(text)",
        "attending_guard()",
        "meeting_said()",
        "planned_as(jsonb, jsonb)",
    )
)


class Migration(migrations.Migration):
    dependencies = [("coordination", "0065_codes_of_groups")]

    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (ONCE, MADE, GUARDS, SAID, OWNED)
    ]
