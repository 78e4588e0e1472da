"""Auditors read releases too; who reads them sees which periods were refused."""

from django.db import migrations

READERS = " or ".join(f"my_role_anywhere('{r}')" for r in ("analyst", "coordinator", "auditor"))

WALLS = f"""
drop policy read on coordination_release;
grant select on coordination_releaserefused to relay_app;
create policy read on coordination_release for select to relay_app using ({READERS});
create policy read on coordination_releaserefused for select to relay_app using ({READERS});
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0038_release_walls")]

    operations = [migrations.RunSQL(WALLS, migrations.RunSQL.noop)]
