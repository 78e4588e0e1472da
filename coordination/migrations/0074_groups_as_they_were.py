"""
What an entry says of a group or an action is compared with its rows, as it is of meetings.

Found by somebody who played an insider: of a group that was renamed was told that an agency had
left, and of an action that another desk owned it.
"""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("coordination.migrations.0044_group_walls").WHEN

SAID = """
create function moved_agencies(wanted bigint, is_in boolean) returns jsonb stable
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  return (select coalesce(jsonb_agg(a.slug order by a.slug collate "C"), '[]')
    from coordination_groupagency m join coordination_agency a on a.id = m.agency_id
    where m.group_id = wanted and (m.left_at is null) = is_in and audit_made_now(m.xmin));
end $$;
create function group_said() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  line jsonb := to_jsonb(new);
  key bigint := coalesce(line ->> 'group_id', line ->> 'id')::bigint;
  told text;
  said jsonb;
begin
  if session_user <> 'relay_app' then
    return null;
  end if;
  select e.verb, b.data into told, said from coordination_workinggroup g
  join audit_entry e on e.subject = 'group:' || g.reference
  join audit_entrybody b on b.entry_id = e.id
  where g.id = key and e.verb = any (tg_argv) and audit_made_now(e.xmin);
  if said is distinct from (case told
    when 'group.opened' then jsonb_build_object('agencies', moved_agencies(key, true))
    when 'group.changed' then jsonb_build_object(
      'joined', moved_agencies(key, true), 'left', moved_agencies(key, false))
    else '{}' end)
  then
    raise exception 'a change of % is not in the record as it was', tg_table_name
      using errcode = 'check_violation', constraint = 'said_now';
  end if;
  return null;
end $$;
create function action_said() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  said jsonb;
begin
  if session_user <> 'relay_app' then
    return null;
  end if;
  select case when tg_argv[0] = 'action.planned' then b.data - 'kept' else b.data end into said
  from audit_entry e join audit_entrybody b on b.entry_id = e.id
  where e.subject = 'action:' || new.reference and e.verb = tg_argv[0] and audit_made_now(e.xmin);
  if said is distinct from (case tg_argv[0]
      when 'action.planned' then jsonb_build_object('cause', new.cause, 'group',
        (select g.reference from coordination_workinggroup g where g.id = new.group_id))
      when 'action.changed' then '{}'
      when 'action.dropped'
        then jsonb_build_object('said', new.said <> '', 'reason', new.drop_reason)
      else jsonb_build_object('said', new.said <> '') end
    || jsonb_build_object('due_on', new.due_on, 'owner',
      (select d.slug from coordination_desk d where d.group_id = new.owner_id)))
  then
    raise exception 'a change of % is not in the record as it was', tg_table_name
      using errcode = 'check_violation', constraint = 'said_now';
  end if;
  return null;
end $$;
"""

ASKED = {"groupaction": "action_said", "groupagency": "group_said", "workinggroup": "group_said"}
HUNG = "".join(
    f"drop trigger said_{number} on coordination_{table};"
    f"create constraint trigger said_{number} after {change} on coordination_{table}"
    f" deferrable initially deferred for each row {f'when ({when})' if when else ''}"
    f" execute function {ASKED[table]}({', '.join(repr(verb) for verb in verbs)});"
    for number, (table, change, when, verbs) in enumerate(BEFORE)
    if table in ASKED
)

OWNED = "".join(
    f"revoke execute on function {name} from public; alter function {name} owner to relay_definer;"
    for name in ("moved_agencies(bigint, boolean)", "group_said()", "action_said()")
)
GONE = "set local role relay_definer; drop function said_of_groups(); reset role;"


class Migration(migrations.Migration):
    dependencies = [("coordination", "0073_planned_at")]

    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (SAID, HUNG, OWNED, GONE)
    ]
