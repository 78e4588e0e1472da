"""That a rail was overridden is said with the draft or the sending that does it."""

from django.db import migrations

TRIGGER = """
create constraint trigger said_now after insert on referrals_override
  deferrable initially deferred for each row
  execute function said_now('referral.drafted', 'referral.sent');
"""


class Migration(migrations.Migration):
    dependencies = [("referrals", "0039_moments"), ("cases", "0023_said_now")]

    operations = [migrations.RunSQL(TRIGGER, migrations.RunSQL.noop)]
