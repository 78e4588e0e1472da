"""
Whoever was invited by a command, and so by nobody, keeps nobody from being somebody else.

Among those who let somebody in, one who is not known made every answer unknown.
"""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("coordination.migrations.0057_seated_for_a_month").LONGER
JOINED = "join let_in l on i.person_id = l.person)"
NOW = BEFORE.replace(JOINED, f"{JOINED[:-1]}\n    where i.invited_by_id is not null)")


class Migration(migrations.Migration):
    dependencies = [("coordination", "0067_meetings_before_closing")]

    operations = [
        migrations.RunSQL(
            f"set local role relay_definer; {NOW} reset role;",
            f"set local role relay_definer; {BEFORE} reset role;",
        )
    ]
