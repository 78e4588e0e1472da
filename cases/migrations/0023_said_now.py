"""What is said of a child's report, of an identity and of an export is said as it is done."""

from django.db import migrations

TRIGGERS = """
create constraint trigger said_now after insert or update on cases_childreport
  deferrable initially deferred for each row execute function said_now('case.report_said');
create constraint trigger said_now after insert on cases_export
  deferrable initially deferred for each row execute function said_now('export.taken');
create constraint trigger said_now after insert on cases_indigenousidentity
  deferrable initially deferred for each row execute function said_now('identity.recorded');
create constraint trigger gone_now after delete on cases_indigenousidentity
  deferrable initially deferred for each row execute function said_now('identity.withdrawn');
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0022_said_as_it_was_done"), ("coordination", "0036_said_now")]

    operations = [migrations.RunSQL(TRIGGERS, migrations.RunSQL.noop)]
