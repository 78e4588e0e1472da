"""A link between two cases goes with either of them."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("referrals", "0023_link_walls"), ("cases", "0017_links")]

    operations = [
        migrations.RunSQL(
            "grant delete on cases_caselink to relay_worker;",
            "revoke delete on cases_caselink from relay_worker;",
        )
    ]
