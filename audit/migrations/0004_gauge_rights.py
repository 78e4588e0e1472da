"""The worker measures; the web process reads the measures, and nothing of what they measure."""

from django.db import migrations

RIGHTS = """
revoke all on audit_gauge from public, relay_app, relay_worker;
grant select on audit_gauge to relay_app;
grant select, insert, update on audit_gauge to relay_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_gauges")]

    operations = [migrations.RunSQL(RIGHTS, migrations.RunSQL.noop)]
