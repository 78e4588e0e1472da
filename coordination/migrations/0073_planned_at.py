"""A step says since when it stands there, so that one planned after its moment is not late since."""

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("coordination", "0072_meetings_cancelled_ahead")]

    operations = [
        migrations.AddField(
            model_name="step",
            name="planned_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(),
                help_text="it could not be taken before",
            ),
        ),
    ]
