"""
The Office reads releases; only the worker writes them, and nobody changes one, the owner neither.

How they were made nobody but the worker reads: it says what they hide.
"""

from django.db import migrations

WALLS = """
grant select on coordination_release to relay_app;
grant select, insert on coordination_release, coordination_releaseworking to relay_worker;
grant usage on sequence coordination_release_id_seq to relay_worker;
grant select, insert, update, delete on coordination_releaserefused to relay_worker;
create policy read on coordination_release for select to relay_app using (
  my_role_anywhere('analyst') or my_role_anywhere('coordinator'));
create trigger append_only before update or delete on coordination_release
  for each row execute function audit_refuse();
create trigger append_only before update or delete on coordination_releaseworking
  for each row execute function audit_refuse();
"""

FORCE = "".join(
    f"alter table {table} enable row level security;"
    f"alter table {table} force row level security;"
    f"create policy worker on {table} to relay_worker using (true) with check (true);"
    for table in (
        "coordination_release",
        "coordination_releaseworking",
        "coordination_releaserefused",
    )
)


class Migration(migrations.Migration):
    dependencies = [("coordination", "0037_releases"), ("audit", "0002_record")]

    operations = [
        migrations.RunSQL(FORCE, migrations.RunSQL.noop),
        migrations.RunSQL(WALLS, migrations.RunSQL.noop),
    ]
