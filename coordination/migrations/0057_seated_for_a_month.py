"""
Whoever confirms thresholds had their seat for thirty days when they were proposed.

A coordinator who seats two people of their own needed nobody else. Now it takes a month in which
the Office's coordinators and privacy officers, who were told of both seats, can ask who they are.
"""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("coordination.migrations.0053_two_people").APART
START = BEFORE.index("create function stands_apart")
FUNCTION = BEFORE[START : BEFORE.index("$$;", START) + len("$$;")]
SEATED = "m.since <= p.proposed_at"
LONGER = FUNCTION.replace("create function", "create or replace function").replace(
    SEATED, f"{SEATED} - interval '30 days'"
)


class Migration(migrations.Migration):
    dependencies = [("coordination", "0056_causes_there_are")]

    operations = [
        migrations.RunSQL(
            f"set local role relay_definer; {LONGER} reset role;", migrations.RunSQL.noop
        )
    ]
