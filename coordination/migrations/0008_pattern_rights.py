"""The gate's patterns: everybody's process reads them; the Office adds and retires, none deletes."""

from django.db import migrations

RIGHTS = """
grant select, insert, update on coordination_identifierpattern to relay_app, relay_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0007_identifier_patterns")]

    operations = [migrations.RunSQL(RIGHTS, migrations.RunSQL.noop)]
