"""Whoever runs Relay takes the link back that a governance body gave somebody, at its letter."""

from django.db import migrations

RIGHT = "grant update (revoked_at) on coordination_invitation to relay_worker;"
BACK = "revoke update (revoked_at) on coordination_invitation from relay_worker;"


class Migration(migrations.Migration):
    dependencies = [("coordination", "0068_invited_by_nobody")]

    operations = [migrations.RunSQL(RIGHT, BACK)]
