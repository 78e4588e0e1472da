"""The worklist's index carries what the policy of a line reads."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("referrals", "0006_saved_views"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="referralgrant",
            name="referral_grant_worklist",
        ),
        migrations.AddIndex(
            model_name="referralgrant",
            index=models.Index(
                fields=["group", "box", "due_at", "content_object"],
                include=("until", "reason"),
                name="referral_grant_worklist",
            ),
        ),
    ]
