"""
What moves with a hand-off is told by its urgency, and until which hour it waits, if it does.

To the microsecond, the time at which a line was due said which of the reader's own lines it was.
"""

from importlib import import_module

from django.db import migrations

SQL = import_module("referrals.migrations.0038_offered_with_it").SQL
BEFORE = SQL[: SQL.index("$$;\nrevoke") + len("$$;")].replace(
    "create function", "create or replace function"
)
RANK = import_module("referrals.migrations.0050_urgent_first").RANK.format("r.urgency::text")

WAITS = "r.status in ('sent', 'questioned', 'returning')"
NOW = BEFORE
for old, new in (
    ("select r.status::text", f"select case when {WAITS} then 'sent' else 'accepted' end"),
    ("text, r.due_at", f"text, case when {WAITS} then date_trunc('hour', r.due_at) end"),
    ("order by r.due_at, r.id", f"order by {RANK}, 1 desc, 3"),
):
    NOW = NOW.replace(old, new)


class Migration(migrations.Migration):
    dependencies = [("referrals", "0050_urgent_first")]

    operations = [
        migrations.RunSQL(
            f"set local role relay_definer; {NOW} reset role;",
            f"set local role relay_definer; {BEFORE} reset role;",
        )
    ]
