"""
Meetings are moved and cancelled with an entry that says so, once; what is cancelled stays so.

A change that is neither writes down what was decided.
"""

from django.db import migrations

RIGHTS = """
grant update (starts_at, place, cancelled_at, cancel_reason) on coordination_meeting to relay_app;
drop trigger of_now on coordination_meeting;
create trigger of_now before insert or update on coordination_meeting
  for each row execute function of_now(written_at, cancelled_at);
drop policy add on coordination_meeting;
create policy add on coordination_meeting for insert to relay_app
  with check (my_role_anywhere('coordinator') and written_at is null and cancelled_at is null);
"""

GUARD = """
create function meeting_guard() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
  if session_user <> 'relay_app' then
    return new;
  end if;
  if old.cancelled_at is not null then
    raise exception 'a meeting that was cancelled stays so'
      using errcode = 'check_violation', constraint = 'meeting_cancelled_stays';
  elsif (old.starts_at, old.place) is distinct from (new.starts_at, new.place)
    and (old.written_at is not null or new.starts_at <= statement_timestamp()
      or (old.written_at, old.decisions, old.cancelled_at)
         is distinct from (new.written_at, new.decisions, new.cancelled_at))
  then
    raise exception 'a meeting that was not held is moved to a time to come'
      using errcode = 'check_violation', constraint = 'meeting_moved_ahead';
  end if;
  return new;
end $$;
create trigger guard before update on coordination_meeting
  for each row execute function meeting_guard();
"""

MOVED = "(old.starts_at, old.place) is distinct from (new.starts_at, new.place)"
CANCELLED = "old.cancelled_at is null and new.cancelled_at is not null"
WHEN = (
    (15, MOVED, "meeting.moved"),
    (16, CANCELLED, "meeting.cancelled"),
    (17, f"not ({MOVED}) and not ({CANCELLED})", "meeting.written_up"),
)
# Whoever hangs a function on a table has to be allowed to run it, as long as that takes.
MAY = "set local role relay_definer; {} execute on function said_of_groups() {} session_user; reset role;"
SAID = (
    MAY.format("grant", "to")
    + "drop trigger said_7 on coordination_meeting;"
    + "".join(
        f"create constraint trigger said_{number} after update on coordination_meeting"
        f" deferrable initially deferred for each row when ({when})"
        f" execute function said_of_groups('{verb}');"
        for number, when, verb in WHEN
    )
    + MAY.format("revoke", "from")
)

# Volatile, so that each of several entries of one statement sees those before it.
MADE = """
set local role relay_definer;
create or replace function made_meeting(named text, verb text) returns boolean volatile
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return exists (select from coordination_meeting m where m.reference = named
      and audit_made_now(m.xmin) and case verb
        when 'meeting.planned' then m.version = 1
        when 'meeting.moved' then m.version > 1 and m.written_at is null and m.cancelled_at is null
        when 'meeting.cancelled' then m.cancelled_at is not null
        when 'meeting.written_up' then m.version > 1 and m.written_at is not null
        else false end)
    and not exists (select from audit_entry e
      where e.subject = 'meeting:' || named and e.verb = made_meeting.verb
        and audit_made_now(e.xmin));
end $$;
reset role;
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0061_meetings_moved"), ("audit", "0008_bodies")]

    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (RIGHTS, GUARD, SAID, MADE)
    ]
