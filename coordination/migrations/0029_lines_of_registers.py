"""Lines of registers have a version, and go when they have been kept long enough."""

from django.db import migrations, models

RIGHTS = "".join(
    f"""
grant update (version) on {table} to relay_app;
grant delete on {table} to relay_worker;
"""
    for table in (
        "coordination_accessrequest",
        "coordination_legalprocess",
        "coordination_breach",
    )
)


class Migration(migrations.Migration):
    dependencies = [("coordination", "0028_span_reach")]

    operations = [
        *(
            migrations.AddField(name, "version", models.PositiveSmallIntegerField(default=1))
            for name in ("accessrequest", "breach", "legalprocess")
        ),
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
    ]
