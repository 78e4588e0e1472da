"""
What is asked of entries that the web process writes is asked of those alone.

Both functions let every other login through; the trigger now says so, and seeding, imports and
sweeps, which write many entries, do not call them for nothing.
"""

from django.db import migrations

OF_THE_APP = """
set local role relay_definer;
grant execute on function audit_entry_in_sight, audit_entry_of_its_change to relay_owner;
reset role;
drop trigger in_sight on audit_entry;
create trigger in_sight before insert on audit_entry for each row
  when (session_user = 'relay_app' and new.subject ~ '^(case|referral|handoff):')
  execute function audit_entry_in_sight();
drop trigger of_its_change on audit_entry;
create constraint trigger of_its_change after insert on audit_entry
  deferrable initially deferred for each row
  when (session_user = 'relay_app' and new.version is not null)
  execute function audit_entry_of_its_change();
set local role relay_definer;
revoke execute on function audit_entry_in_sight, audit_entry_of_its_change from relay_owner;
reset role;
"""


class Migration(migrations.Migration):
    dependencies = [("referrals", "0028_span_reach")]

    operations = [migrations.RunSQL(OF_THE_APP, migrations.RunSQL.noop)]
