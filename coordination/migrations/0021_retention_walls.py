"""Who sets periods and holds: the privacy officer, in the database too; only the worker disposes."""

from django.db import migrations

FORCE = "".join(
    f"alter table {table} enable row level security;"
    f"alter table {table} force row level security;"
    f"create policy worker on {table} to relay_worker using (true) with check (true);"
    for table in (
        "coordination_retentionperiod",
        "coordination_legalhold",
        "coordination_tombstone",
    )
)

# A week passes before a period counts, whoever writes it: what it disposes of does not come back.
WALLS = """
grant select, insert on coordination_retentionperiod to relay_app;
grant select on coordination_retentionperiod to relay_worker;
create policy read on coordination_retentionperiod for select to relay_app using (
  (select true from coordination_membership m where m.user_id = (select my_actor()) limit 1));
create policy add on coordination_retentionperiod for insert to relay_app with check (
  my_role_anywhere('auditor') and set_by_id = (select my_actor())
  and holds_from > statement_timestamp() + interval '6 days 23 hours');

grant select, insert on coordination_legalhold to relay_app;
grant update (lifted_by_id, lifted_at, lift_reason) on coordination_legalhold to relay_app;
grant select on coordination_legalhold to relay_worker, relay_definer;
create policy read on coordination_legalhold for select to relay_app
  using (my_role_anywhere('auditor'));
create policy add on coordination_legalhold for insert to relay_app with check (
  my_role_anywhere('auditor') and set_by_id = (select my_actor()) and lifted_at is null);
create policy change on coordination_legalhold for update to relay_app
  using (my_role_anywhere('auditor') and lifted_at is null)
  with check (my_role_anywhere('auditor') and lifted_by_id = (select my_actor()));

grant select on coordination_tombstone to relay_app;
grant select, insert on coordination_tombstone to relay_worker;
create policy read on coordination_tombstone for select to relay_app
  using (my_role_anywhere('auditor'));
grant select, delete on coordination_step to relay_worker;
"""

UNDO = "".join(
    f"drop policy {policy} on coordination_{table};"
    for table, policies in (
        ("retentionperiod", ("worker", "read", "add")),
        ("legalhold", ("worker", "read", "add", "change")),
        ("tombstone", ("worker", "read")),
    )
    for policy in policies
)


class Migration(migrations.Migration):
    dependencies = [("coordination", "0020_retention"), ("audit", "0005_disposal")]

    operations = [
        migrations.RunSQL(FORCE, migrations.RunSQL.noop),
        migrations.RunSQL(WALLS, UNDO),
    ]
