"""Imports are their desk's; rows are put in by who checked the file; keys are the worker's."""

from django.db import migrations

MINE = "any ((select my_desks())::int[])"
OF_MINE = f"(select true from cases_import i where i.id = of_id and i.desk_id = {MINE} limit 1)"

WALLS = f"""
grant select, insert on cases_import to relay_app, relay_worker;
-- Who asked and for which desk is what the worker acts as: the web process cannot change it.
grant update (status, version, started_at, ended_at, stop_reason) on cases_import to relay_app;
grant update on cases_import to relay_worker;
grant select, insert, delete on cases_importrow to relay_app;
grant select, update, delete on cases_importrow to relay_worker;
grant select on cases_imported to relay_app;
grant select, insert, update on cases_imported to relay_worker;

alter table cases_import enable row level security;
alter table cases_import force row level security;
alter table cases_importrow enable row level security;
alter table cases_importrow force row level security;
alter table cases_imported enable row level security;
alter table cases_imported force row level security;
create policy worker on cases_import to relay_worker using (true) with check (true);
create policy worker on cases_importrow to relay_worker using (true) with check (true);
create policy worker on cases_imported to relay_worker using (true) with check (true);

create policy read on cases_import for select to relay_app using (desk_id = {MINE});
create policy add on cases_import for insert to relay_app with check (
  desk_id = {MINE} and asker_id = (select my_actor()) and status = 'checked');
-- The desk may stop it; only who checked it starts it; that it is done the worker says.
create policy change on cases_import for update to relay_app using (desk_id = {MINE})
  with check (desk_id = {MINE}
    and (status = 'stopped' or (status = 'running' and asker_id = (select my_actor()))));

create policy read on cases_importrow for select to relay_app using ({OF_MINE});
create policy add on cases_importrow for insert to relay_app with check (
  (select true from cases_import i where i.id = of_id and i.desk_id = {MINE}
    and i.asker_id = (select my_actor()) and i.status = 'checked' limit 1));
create policy discard on cases_importrow for delete to relay_app using ({OF_MINE});

create policy read on cases_imported for select to relay_app using (desk_id = {MINE});

alter table cases_importrow add constraint import_row_holds_codes check (
  facts::text ~ '^[a-z0-9_":,{{}}\\[\\] -]*$' and facts::text !~ '[0-9]{{4}}'
  and octet_length(key) = 32 and octet_length(fingerprint) = 32);
alter table cases_imported add constraint imported_is_a_digest check (
  octet_length(key) = 32 and octet_length(fingerprint) = 32);
"""

# The literals are those of cases.import_states.IMPORT_PAIRS; a test compares them.
PAIRS = """
create function import_pair() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
  if tg_op = 'INSERT' then
    if new.status = 'checked' then return new; end if;
  elsif (old.status, new.status) in (
    ('checked', 'running'),
    ('checked', 'stopped'),
    ('running', 'done'),
    ('running', 'stopped')
  ) then
    return new;
  end if;
  raise exception 'an import cannot become %', new.status
    using errcode = 'check_violation', constraint = 'import_pair';
end $$;
create trigger pair before insert or update of status on cases_import
  for each row execute function import_pair();
create constraint trigger recorded after insert or update on cases_import
  deferrable initially deferred for each row execute function audit_recorded('import');
create trigger next_version before update on cases_import
  for each row execute function audit_next_version();
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0009_imports"), ("coordination", "0008_own_rows")]

    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (WALLS, PAIRS)]
