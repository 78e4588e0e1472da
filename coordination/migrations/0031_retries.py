"""What failed rests, and what ended its process is known: see audit.retries."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("coordination", "0030_desks_of_administrators"),
    ]

    operations = [
        migrations.AddField(
            model_name="step",
            name="again_at",
            field=models.DateTimeField(
                help_text="not before: it is tried, or has failed", null=True
            ),
        ),
    ]
