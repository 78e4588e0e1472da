"""What failed rests, and what ended its process is known: see audit.retries."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0006_known_verbs"),
    ]

    operations = [
        migrations.AddField(
            model_name="pending",
            name="again_at",
            field=models.DateTimeField(
                help_text="not before: it is tried, or has failed", null=True
            ),
        ),
    ]
