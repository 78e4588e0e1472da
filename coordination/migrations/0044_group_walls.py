"""
Working groups: the Office's coordinator makes them, their agencies' people and the Office read.

A desk's lead, or its agency's administrator, says of the desk's own actions that they are in hand
or done, and nothing else. What changes is said in the transaction that changes it.
"""

from django.db import migrations

PAIRS = """('planned', 'in_hand'), ('planned', 'done'), ('in_hand', 'done'),
    ('planned', 'dropped'), ('in_hand', 'dropped'), ('done', 'planned'), ('dropped', 'planned')"""

READ = """
create function in_group(wanted bigint, agency bigint) returns boolean stable language sql
security definer set search_path = pg_catalog, public, pg_temp as $$
  select exists (select from coordination_groupagency g
    where g.group_id = wanted and g.agency_id = agency and g.left_at is null)
$$;
create function reads_group(wanted bigint) returns boolean stable language sql
security definer set search_path = pg_catalog, public, pg_temp as $$
  select exists (
    select from coordination_membership m join coordination_user u on u.id = m.user_id
    join coordination_desk d on d.group_id = m.desk_id
    where m.user_id = my_actor() and u.is_active and m.since <= statement_timestamp()
      and (m.until is null or m.until > statement_timestamp())
      and (m.role in ('analyst', 'coordinator', 'auditor')
        or m.role in ('worker', 'lead', 'agency_admin') and in_group(wanted, d.agency_id)))
$$;
create function owns_action(desk int) returns boolean stable language sql
security definer set search_path = pg_catalog, public, pg_temp as $$
  select exists (
    select from coordination_membership m join coordination_user u on u.id = m.user_id
    join coordination_desk d on d.group_id = m.desk_id
    where m.user_id = my_actor() and u.is_active and m.since <= statement_timestamp()
      and (m.until is null or m.until > statement_timestamp())
      and (m.role = 'lead' and m.desk_id = desk
        or m.role = 'agency_admin' and d.agency_id = agency_of(desk)))
$$;
"""

TABLES = """
grant select, insert on coordination_workinggroup, coordination_groupagency,
  coordination_meeting, coordination_groupaction to relay_app;
grant select, insert, delete on coordination_meeting_attending to relay_app;
grant select, insert on coordination_meeting_attending to relay_worker;
grant select, insert, update on coordination_workinggroup, coordination_groupagency,
  coordination_meeting, coordination_groupaction to relay_worker;
grant update (name_en, name_fr, purpose, closed_at, version) on coordination_workinggroup
  to relay_app;
grant update (left_at) on coordination_groupagency to relay_app;
grant update (decisions, written_at, version) on coordination_meeting to relay_app;
grant update (what, owner_id, due_on, due_set_at, status, said, drop_reason, ended_at, version)
  on coordination_groupaction to relay_app;
grant select on coordination_workinggroup, coordination_groupagency, coordination_meeting,
  coordination_meeting_attending, coordination_groupaction to relay_definer;
"""

FORCE = "".join(
    f"alter table {table} enable row level security;"
    f"alter table {table} force row level security;"
    f"create policy worker on {table} to relay_worker using (true) with check (true);"
    for table in (
        "coordination_workinggroup",
        "coordination_groupagency",
        "coordination_meeting",
        "coordination_meeting_attending",
        "coordination_groupaction",
    )
)

POLICIES = """
create policy read on coordination_workinggroup for select to relay_app using (reads_group(id));
create policy add on coordination_workinggroup for insert to relay_app
  with check (my_role_anywhere('coordinator') and closed_at is null);
create policy change on coordination_workinggroup for update to relay_app
  using (my_role_anywhere('coordinator')) with check (my_role_anywhere('coordinator'));
create policy read on coordination_groupagency for select to relay_app
  using (reads_group(group_id));
create policy add on coordination_groupagency for insert to relay_app
  with check (my_role_anywhere('coordinator') and left_at is null);
create policy change on coordination_groupagency for update to relay_app
  using (my_role_anywhere('coordinator') and left_at is null)
  with check (my_role_anywhere('coordinator') and left_at is not null);
create policy read on coordination_meeting for select to relay_app using (reads_group(group_id));
create policy add on coordination_meeting for insert to relay_app
  with check (my_role_anywhere('coordinator') and written_at is null);
create policy change on coordination_meeting for update to relay_app
  using (my_role_anywhere('coordinator')) with check (my_role_anywhere('coordinator'));
create policy read on coordination_meeting_attending for select to relay_app using (
  (select true from coordination_meeting m where m.id = meeting_id limit 1));
create policy add on coordination_meeting_attending for insert to relay_app
  with check (my_role_anywhere('coordinator'));
create policy remove on coordination_meeting_attending for delete to relay_app
  using (my_role_anywhere('coordinator'));
create policy read on coordination_groupaction for select to relay_app
  using (reads_group(group_id));
create policy add on coordination_groupaction for insert to relay_app with check (
  my_role_anywhere('coordinator')
  and (select true from coordination_workinggroup g
       where g.id = group_id and g.closed_at is null limit 1));
create policy change on coordination_groupaction for update to relay_app
  using (my_role_anywhere('coordinator') or owns_action(owner_id))
  with check (my_role_anywhere('coordinator') or owns_action(owner_id));
"""

GUARDS = (
    f"""
create function next_version() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
  if session_user = 'relay_app' and new.version <> old.version + 1 then
    raise exception 'a change of % makes the next version', tg_table_name
      using errcode = 'check_violation', constraint = 'next_version';
  end if;
  return new;
end $$;
create function group_guard() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if new.closed_at is not null and exists (
    select from coordination_groupaction a
    where a.group_id = new.id and a.status in ('planned', 'in_hand'))
  then
    raise exception 'a group closes with its actions ended'
      using errcode = 'check_violation', constraint = 'group_closes_last';
  end if;
  return new;
end $$;
create function action_guard() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if tg_op = 'UPDATE' and old.status <> new.status
     and (old.status, new.status) not in ({PAIRS}) or tg_op = 'INSERT' and new.status <> 'planned'
  then
    raise exception 'no such change of an action'
      using errcode = 'check_violation', constraint = 'action_pair';
  elsif (tg_op = 'INSERT' or old.owner_id <> new.owner_id)
     and not in_group(new.group_id, agency_of(new.owner_id))
  then
    raise exception 'an action is owned by a desk of its group'
      using errcode = 'check_violation', constraint = 'action_owned_in_its_group';
  elsif session_user = 'relay_app' and tg_op = 'UPDATE' and not my_role_anywhere('coordinator')
     and (old.status = new.status or new.status not in ('in_hand', 'done')
       or (old.what, old.owner_id, old.due_on, old.due_set_at)
          is distinct from (new.what, new.owner_id, new.due_on, new.due_set_at))
  then
    raise exception 'a desk says of its action that it is in hand or done'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger guard before update of closed_at on coordination_workinggroup
  for each row execute function group_guard();
create trigger guard before insert or update on coordination_groupaction
  for each row execute function action_guard();
"""
    + "".join(
        f"create trigger next_version before update on {table}"
        " for each row execute function next_version();"
        f"create trigger of_now before insert or update on {table}"
        f" for each row execute function of_now({moments});"
        for table, moments in (
            ("coordination_workinggroup", "opened_at, closed_at"),
            ("coordination_meeting", "written_at"),
            ("coordination_groupaction", "planned_at, ended_at, due_set_at"),
        )
    )
    + """
create trigger of_now before insert or update on coordination_groupagency
  for each row execute function of_now(joined_at, left_at);
"""
)

SAID = """
create function said_of_groups() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  line jsonb := case when tg_op = 'DELETE' then to_jsonb(old) else to_jsonb(new) end;
  named text;
begin
  if session_user <> 'relay_app' then
    return null;
  end if;
  named := case tg_table_name
    when 'coordination_workinggroup' then 'group:' || (line ->> 'reference')
    when 'coordination_meeting' then 'meeting:' || (line ->> 'reference')
    when 'coordination_groupaction' then 'action:' || (line ->> 'reference')
    when 'coordination_groupagency' then (select 'group:' || g.reference
      from coordination_workinggroup g where g.id = (line ->> 'group_id')::bigint)
    else (select 'meeting:' || m.reference
      from coordination_meeting m where m.id = (line ->> 'meeting_id')::bigint) end;
  if not exists (select from audit_entry e where e.subject = named and e.verb = any (tg_argv)
                 and audit_made_now(e.xmin))
  then
    raise exception 'a change of % is not in the record', tg_table_name
      using errcode = 'check_violation', constraint = 'said_now';
  end if;
  return null;
end $$;
create function made_group(named text, verb text) returns boolean stable language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return exists (select from coordination_workinggroup g where g.reference = named
    and audit_made_now(g.xmin) and case verb
      when 'group.opened' then g.version = 1
      when 'group.closed' then g.closed_at is not null
      else g.version > 1 and g.closed_at is null end);
end $$;
create function made_meeting(named text, verb text) returns boolean stable language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return exists (select from coordination_meeting m where m.reference = named
    and audit_made_now(m.xmin)
    and (verb = 'meeting.planned') = (m.version = 1));
end $$;
create function made_action(named text, verb text) returns boolean stable language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return exists (select from coordination_groupaction a where a.reference = named
    and audit_made_now(a.xmin) and case verb
      when 'action.planned' then a.version = 1
      when 'action.changed' then a.version > 1 and my_role_anywhere('coordinator')
      when 'action.taken' then a.status = 'in_hand'
      when 'action.finished' then a.status = 'done'
      when 'action.dropped' then a.status = 'dropped'
      when 'action.reopened' then a.version > 1 and a.status = 'planned'
      else false end);
end $$;
"""

WHEN = (
    ("workinggroup", "insert", "", ("group.opened",)),
    ("workinggroup", "update", "old.closed_at is null and new.closed_at is not null",
     ("group.closed",)),
    ("workinggroup", "update", "old.closed_at is not null and new.closed_at is null",
     ("group.reopened",)),
    ("workinggroup", "update", "old.closed_at is not distinct from new.closed_at",
     ("group.changed",)),
    ("groupagency", "insert", "", ("group.opened", "group.changed")),
    ("groupagency", "update", "", ("group.changed",)),
    ("meeting", "insert", "", ("meeting.planned",)),
    ("meeting", "update", "", ("meeting.written_up",)),
    ("meeting_attending", "insert or delete", "", ("meeting.written_up",)),
    ("groupaction", "insert", "", ("action.planned",)),
    ("groupaction", "update", "old.status = new.status", ("action.changed",)),
    *(
        ("groupaction", "update", f"old.status <> new.status and new.status = '{status}'", (verb,))
        for status, verb in (
            ("in_hand", "action.taken"),
            ("done", "action.finished"),
            ("dropped", "action.dropped"),
            ("planned", "action.reopened"),
        )
    ),
)  # fmt: skip


def triggers() -> str:
    """Return a trigger for each change, with the events that may tell of it."""
    return "".join(
        f"create constraint trigger said_{number} after {change} on coordination_{table}"
        f" deferrable initially deferred for each row {f'when ({when})' if when else ''}"
        f" execute function said_of_groups({', '.join(repr(verb) for verb in verbs)});"
        for number, (table, change, when, verbs) in enumerate(WHEN)
    )


OWNED = "".join(
    f"revoke execute on function {name} from public; alter function {name} owner to relay_definer;"
    for name in (
        "group_guard()",
        "action_guard()",
        "said_of_groups()",
        "made_group(text, text)",
        "made_meeting(text, text)",
        "made_action(text, text)",
        "in_group(bigint, bigint)",
        "reads_group(bigint)",
        "owns_action(int)",
    )
)

GIVEN = """
grant execute on function in_group(bigint, bigint), reads_group(bigint), owns_action(int)
  to relay_app, relay_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0043_groups")]

    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop)
        for sql in (
            READ,
            TABLES,
            FORCE,
            POLICIES,
            GUARDS,
            SAID,
            triggers(),
            GIVEN,
            OWNED,
        )
    ]
