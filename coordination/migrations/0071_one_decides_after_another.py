"""
Bodies decide about a table one after another.

Two that decided in the same instant did not see each other: a table that one withdrew was released
by another all the same.
"""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("coordination.migrations.0064_ended_tables").LIFE
NOW = BEFORE.replace(
    "begin\n",
    "begin\n  perform pg_advisory_xact_lock(hashtext(text 'stewardship'), new.table_id::int);\n",
)


class Migration(migrations.Migration):
    dependencies = [("coordination", "0070_known_codes")]

    operations = [migrations.RunSQL(NOW, BEFORE)]
