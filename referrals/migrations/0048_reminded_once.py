"""
One reminder of a desk is told once.

Found by somebody who played an insider: one reminder with 20 entries gave its leads 20 notices.
"""

from importlib import import_module

from django.db import migrations

SAID = import_module("referrals.migrations.0043_follow_up_walls").SAID
START = SAID.index("create function office_entry_guard")
BEFORE = SAID[START : SAID.index("end $$;", START) + len("end $$;")].replace(
    "create function", "create or replace function"
)
FROM = "where 'desk:' || d.slug = new.subject and audit_made_now(r.xmin))"
ONCE = """
      and not exists (select from audit_entry e where e.subject = new.subject
        and e.verb = new.verb and audit_made_now(e.xmin))"""
GUARD = f"set local role relay_definer;{BEFORE.replace(FROM, FROM + ONCE)}reset role;"


class Migration(migrations.Migration):
    dependencies = [("referrals", "0047_untrained_is_its_desks")]

    operations = [migrations.RunSQL(GUARD, migrations.RunSQL.noop)]
