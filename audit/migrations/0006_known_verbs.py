"""Which events there are, of what, and who says them; `manage.py migrate` fills it from the code."""

import django.contrib.postgres.fields
from django.db import migrations, models

RIGHTS = """
revoke all on audit_knownverb from public, relay_app, relay_worker;
grant select on audit_knownverb to relay_app, relay_worker, relay_definer;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0005_disposal")]

    operations = [
        migrations.CreateModel(
            name="KnownVerb",
            fields=[
                ("verb", models.CharField(max_length=40, primary_key=True, serialize=False)),
                (
                    "kinds",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20),
                        help_text="what it speaks of",
                        size=None,
                    ),
                ),
                (
                    "makes_version",
                    models.BooleanField(help_text="each makes the next version of its subject"),
                ),
                ("by_worker", models.BooleanField(help_text="no person says it")),
            ],
        ),
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
    ]
