"""Groups that were closed go when they have been kept long enough: the worker deletes them."""

from django.db import migrations

RIGHTS = """
grant delete on coordination_workinggroup, coordination_groupagency, coordination_meeting,
  coordination_meeting_attending, coordination_groupaction to relay_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0058_training_of_last_month")]

    operations = [migrations.RunSQL(RIGHTS, migrations.RunSQL.noop)]
