"""What leaves Relay has a digest and a signature of its own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("coordination", "0039_readers_of_releases")]

    operations = [
        migrations.AddField(
            model_name="release",
            name="exported_digest",
            field=models.CharField(blank=True, default="", max_length=64),
        ),
        migrations.AddField(
            model_name="release",
            name="exported_signature",
            field=models.CharField(blank=True, default="", max_length=128),
        ),
    ]
