"""
A desk learns of a hold on a case that it leads if that names the case, the desk or its agency.

Found by somebody who played an insider: a case was held from the moment at which it was sent to an
agency under a hold, so its lead learned whom holds concern. What is kept stays the same.
"""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("referrals.migrations.0021_disposal").HELD
HELD = (
    BEFORE.partition("revoke execute")[0]
    .replace("create function", "create or replace function")
    .replace(
        "  ) p (desk);\n",
        """  ) p (desk);
  if session_user = 'relay_app' then
    parties := array[one.lead_desk_id];
  end if;
""",
    )
)


class Migration(migrations.Migration):
    dependencies = [("referrals", "0051_not_picked_out")]

    operations = [
        migrations.RunSQL(
            f"set local role relay_definer; {HELD} reset role;", migrations.RunSQL.noop
        )
    ]
