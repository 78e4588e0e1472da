"""A meeting is cancelled before it begins: of one that began is written down what came of it."""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("coordination.migrations.0066_meetings_as_they_were").GUARDS.partition(
    "drop trigger guard"
)[0]
# The app's clock may be a little behind the database's.
NOW = BEFORE.replace(
    "    elsif not planned and not cancelled\n",
    """    elsif cancelled and new.starts_at < statement_timestamp() - interval '1 minute' then
      raise exception 'a meeting that began is not cancelled any more'
        using errcode = 'check_violation', constraint = 'meeting_cancelled_ahead';
    elsif not planned and not cancelled
""",
)


class Migration(migrations.Migration):
    dependencies = [("coordination", "0071_one_decides_after_another")]

    operations = [migrations.RunSQL(NOW, BEFORE)]
