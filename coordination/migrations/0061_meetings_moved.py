"""A meeting can be moved, or cancelled for a reason."""

from django.db import migrations, models
from django.db.models import Q

import coordination.fields


class Migration(migrations.Migration):
    dependencies = [("coordination", "0060_stewards_invited")]

    operations = [
        migrations.AddField("meeting", "cancelled_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "meeting",
            "cancel_reason",
            coordination.fields.CodeField(
                blank=True, default="", max_length=40, vocabulary="meeting_cancel_reason"
            ),
        ),
        migrations.AddConstraint(
            "meeting",
            models.CheckConstraint(
                condition=Q(cancelled_at=None, cancel_reason="")
                | ~Q(cancel_reason="") & Q(cancelled_at__isnull=False, written_at=None),
                name="meeting_cancelled_for_a_reason",
            ),
        ),
    ]
