"""Row-level security of cases, their lead-only facts and their grants: one policy per command."""

from django.db import migrations

TABLES = ("cases_case", "cases_leadfacts", "cases_casegrant")

RIGHTS = """
grant select, insert, update on cases_case, cases_leadfacts, cases_casegrant
  to relay_app, relay_worker;
grant select on cases_case, cases_casegrant to relay_definer;
"""

FORCE = "".join(
    f"alter table {table} enable row level security;"
    f"alter table {table} force row level security;"
    f"create policy worker on {table} to relay_worker using (true) with check (true);"
    for table in TABLES
)

# A policy on grants must not read grants, so this one is a definer function with the desks passed
# in. The lead gives any grant; a receiver only renews or ends rows that a sending made.
MAY_SHARE = """
create function may_share_case(
  wanted bigint, grantee int, why text, cause text, mine int[]
) returns boolean stable language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  return exists (select from cases_case where id = wanted and lead_desk_id = any (mine))
    or (why = 'receiver'
        and exists (select from cases_casegrant where content_object_id = wanted
                    and group_id = grantee and reason = why and source = cause)
        and exists (select from cases_casegrant where content_object_id = wanted
                    and group_id = any (mine) and reason = why and source = cause));
end $$;
revoke execute on function may_share_case from public;
grant execute on function may_share_case to relay_app, relay_worker;
alter function may_share_case owner to relay_definer;
"""

MINE = "any ((select my_desks())::int[])"

POLICIES = f"""
create policy read on cases_case for select to relay_app using (
  lead_desk_id = {MINE}
  or (select true from cases_casegrant g where g.content_object_id = cases_case.id
        and g.group_id = {MINE} and (g.until is null or g.until > statement_timestamp()) limit 1));
create policy add on cases_case for insert to relay_app with check (lead_desk_id = {MINE});
create policy change on cases_case for update to relay_app
  using (lead_desk_id = {MINE}) with check (lead_desk_id = {MINE});

create policy read on cases_leadfacts for select to relay_app using (
  (select true from cases_case c where c.id = case_id and c.lead_desk_id = {MINE} limit 1));
create policy add on cases_leadfacts for insert to relay_app with check (
  (select true from cases_case c where c.id = case_id and c.lead_desk_id = {MINE} limit 1));
create policy change on cases_leadfacts for update to relay_app using (
  (select true from cases_case c where c.id = case_id and c.lead_desk_id = {MINE} limit 1));

create policy read on cases_casegrant for select to relay_app using (
  group_id = {MINE}
  or may_share_case(content_object_id, group_id, reason, source, (select my_desks())));
create policy add on cases_casegrant for insert to relay_app with check (
  may_share_case(content_object_id, group_id, reason, source, (select my_desks())));
create policy change on cases_casegrant for update to relay_app
  using (may_share_case(content_object_id, group_id, reason, source, (select my_desks())))
  with check (may_share_case(content_object_id, group_id, reason, source, (select my_desks())));
"""

RECORDED = """
create constraint trigger recorded after insert or update on cases_case
  deferrable initially deferred for each row execute function audit_recorded('case');
create trigger next_version before update on cases_case
  for each row execute function audit_next_version();
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0002_initial"), ("coordination", "0002_walls")]

    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop)
        for sql in (RIGHTS, FORCE, MAY_SHARE, POLICIES, RECORDED)
    ]
