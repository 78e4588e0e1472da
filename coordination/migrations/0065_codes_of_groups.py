"""
What agencies of a group read of its meetings and actions are codes of their vocabularies.

By its shape alone, a place or a reason was a column of words that every agency of a group reads.
What is there already is not asked.
"""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

ACTIONS = ["planned", "in_hand", "done", "dropped"]
DROPPED = ["", "solved_otherwise", "no_means", "not_ours", "no_use", "merged", "mistake"]
PLACES = ["in_person", "video", "phone", "mixed"]
CANCELLED = ["", "too_few", "nothing_to_decide", "emergency", "merged", "mistake"]


class Migration(migrations.Migration):
    dependencies = [("coordination", "0064_ended_tables")]

    operations = [
        AddConstraintNotValid(
            model_name="groupaction",
            constraint=models.CheckConstraint(
                condition=models.Q(status__in=ACTIONS) & models.Q(drop_reason__in=DROPPED),
                name="action_in_known_codes",
            ),
        ),
        AddConstraintNotValid(
            model_name="meeting",
            constraint=models.CheckConstraint(
                condition=models.Q(place__in=PLACES) & models.Q(cancel_reason__in=CANCELLED),
                name="meeting_in_known_codes",
            ),
        ),
    ]
