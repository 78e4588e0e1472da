"""
Two people change what releases hide, in the database too: who proposed does not confirm.

`said_as` is for whatever names its subject by a column: no such change without its entry.
"""

from django.db import migrations

ALIVE = "m.since <= statement_timestamp() and (m.until is null or m.until > statement_timestamp())"

WALLS = """
grant select, insert on coordination_thresholdproposal to relay_app;
grant update (decision, decided_by_id, decided_at) on coordination_thresholdproposal to relay_app;
grant usage on sequence coordination_thresholdproposal_id_seq to relay_app;
grant select on coordination_thresholdproposal to relay_worker, relay_definer;
alter table coordination_thresholdproposal enable row level security;
alter table coordination_thresholdproposal force row level security;
create policy worker on coordination_thresholdproposal to relay_worker
  using (true) with check (true);
create policy read on coordination_thresholdproposal for select to relay_app using (
  my_role_anywhere('coordinator') or my_role_anywhere('auditor'));
create policy add on coordination_thresholdproposal for insert to relay_app with check (
  my_role_anywhere('coordinator') and proposed_by_id = (select my_actor()) and decision = '');
create policy change on coordination_thresholdproposal for update to relay_app
  using (decision = '' and (my_role_anywhere('coordinator') or my_role_anywhere('auditor')))
  with check (decided_by_id = (select my_actor()) and (decision = 'set_aside'
    or (my_role_anywhere('auditor') and proposed_by_id <> (select my_actor()))));
create trigger of_now before insert or update on coordination_thresholdproposal for each row
  execute function of_now('proposed_at', 'decided_at');
"""

ANOTHER_AGENCY = f"""
create function thresholds_guard() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  home bigint := (select u.agency_id from coordination_user u where u.id = new.proposed_by_id);
begin
  if session_user = 'relay_app' and new.decision = 'confirmed'
     and (select u.agency_id from coordination_user u where u.id = my_actor()) = home
     and exists (
       select from coordination_membership m join coordination_user u on u.id = m.user_id
       where m.role = 'auditor' and u.is_active and u.agency_id <> home and {ALIVE})
  then
    raise exception 'somebody of another agency confirms'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger guard before update on coordination_thresholdproposal
  for each row execute function thresholds_guard();
revoke execute on function thresholds_guard from public;
alter function thresholds_guard owner to relay_definer;
"""

SAID = """
create function made_thresholds(named text) returns boolean stable language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return exists (select from coordination_thresholdproposal p
    where p.number::text = named and audit_made_now(p.xmin));
end $$;
revoke execute on function made_thresholds from public;
alter function made_thresholds owner to relay_definer;
create function said_as() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if session_user = 'relay_app' and not exists (
    select from audit_entry e
    where e.subject = tg_argv[0] || ':' || (to_jsonb(new) ->> tg_argv[1])
      and e.verb = any (tg_argv[2:]) and audit_made_now(e.xmin))
  then
    raise exception 'a change of % is not in the record', tg_table_name
      using errcode = 'check_violation', constraint = 'said_now';
  end if;
  return null;
end $$;
create constraint trigger said_now after insert on coordination_thresholdproposal
  deferrable initially deferred for each row
  execute function said_as('thresholds', 'number', 'thresholds.proposed');
create constraint trigger confirmed_now after update on coordination_thresholdproposal
  deferrable initially deferred for each row when (new.decision = 'confirmed')
  execute function said_as('thresholds', 'number', 'thresholds.confirmed');
create constraint trigger set_aside_now after update on coordination_thresholdproposal
  deferrable initially deferred for each row when (new.decision = 'set_aside')
  execute function said_as('thresholds', 'number', 'thresholds.set_aside');
revoke execute on function said_as from public;
alter function said_as owner to relay_definer;
set local role relay_definer;
grant execute on function said_as to relay_owner;
reset role;
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0041_thresholds"), ("audit", "0002_record")]

    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (WALLS, ANOTHER_AGENCY, SAID)
    ]
