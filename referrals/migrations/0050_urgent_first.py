"""
Where the overdue list is cut, the least urgent falls off, and of one urgency what is late least.

A planned referral that was late for longer stood before an immediate one.
"""

from importlib import import_module

from django.db import migrations

OVERDUE = import_module("referrals.migrations.0043_follow_up_walls").OVERDUE
START = OVERDUE.index("create function overdue")
BEFORE = OVERDUE[START : OVERDUE.index("end $$;", START) + len("end $$;")]

# The literals are those of the vocabulary `urgency` and of referrals.overdue; a test compares them.
RANK = "array_position(array['immediate', 'crisis', 'urgent', 'priority', 'planned'], {})"
REFERRAL = RANK.format("r.urgency::text")
OF_LATE = RANK.format("case l.urgency when '' then 'urgent' else l.urgency end")

NOW = BEFORE.replace("create function", "create or replace function")
for old, new in (
    ("order by r.due_at limit 500", f"order by {REFERRAL}, r.due_at limit 500"),
    ("select l.*, coalesce", f"select l.*, {OF_LATE} as rank, coalesce"),
    ("order by place, l.due_at, l.subject limit 500", "order by rank, place, l.due_at, l.subject limit 500"),
    ("order by l.place, l.due_at, l.subject", "order by l.rank, l.place, l.due_at, l.subject"),
):  # fmt: skip
    NOW = NOW.replace(old, new)


class Migration(migrations.Migration):
    dependencies = [("referrals", "0049_unassigned_for_coordinators")]

    operations = [
        migrations.RunSQL(
            f"set local role relay_definer; {NOW} reset role;",
            f"set local role relay_definer;"
            f" {BEFORE.replace('create function', 'create or replace function')} reset role;",
        )
    ]
