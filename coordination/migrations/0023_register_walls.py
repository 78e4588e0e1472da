"""Registers are the privacy officer's, in the database too; a line says what it said first."""

from django.db import migrations

FORCE = "".join(
    f"""
alter table {table} enable row level security;
alter table {table} force row level security;
grant select, insert on {table} to relay_app;
grant select on {table} to relay_worker;
create policy worker on {table} to relay_worker using (true) with check (true);
"""
    for table in (
        "coordination_accessrequest",
        "coordination_legalprocess",
        "coordination_breach",
    )
)

KEPT = "".join(
    f"""
create policy read on {table} for select to relay_app using (my_role_anywhere('auditor'));
create policy add on {table} for insert to relay_app with check (
  my_role_anywhere('auditor') and entered_by_id = (select my_actor()));
create policy change on {table} for update to relay_app
  using (my_role_anywhere('auditor') and {still}) with check (my_role_anywhere('auditor'));
"""
    for table, still in (
        ("coordination_legalprocess", "outcome = ''"),
        ("coordination_breach", "closed_on is null"),
    )
)

# Requests also belong to whoever leads the case: their policies are in referrals, above cases.
COLUMNS = """
grant update (outcome, answered_on, answered_by_id) on coordination_accessrequest to relay_app;
grant update (words) on coordination_accessrequest to relay_worker;
grant update (outcome, given, answered_on, answered_by_id) on coordination_legalprocess to relay_app;
grant update (sensitivity, misuse, steps, risk, persons, reported_on, notified_on, closed_on)
  on coordination_breach to relay_app;
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0022_registers")]

    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (FORCE, KEPT, COLUMNS)]
