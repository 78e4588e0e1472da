"""The triggers of people and desks ask who may, also where the owner of the tables mends a row."""

from django.db import migrations

RIGHTS = """
set local role relay_definer;
grant execute on function has_administrator, administers, may_seat, may_end to relay_owner;
reset role;
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0023_register_walls")]

    operations = [migrations.RunSQL(RIGHTS, migrations.RunSQL.noop)]
