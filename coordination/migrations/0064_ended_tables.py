"""What one body withdrew is ended for every body: none decides about it any more."""

from importlib import import_module

from django.db import migrations

LIFE = (
    import_module("coordination.migrations.0050_stewardship_walls")
    .LIFE.partition("create trigger pair")[0]
    .replace("create function", "create or replace function")
    .replace(
        "  return new;",
        """  if exists (select from coordination_stewardship s
    where s.table_id = new.table_id and s.status = 'withdrawn')
  then
    raise exception 'a body has withdrawn this table: it is ended'
      using errcode = 'check_violation', constraint = 'stewardship_ended';
  end if;
  return new;""",
    )
)


class Migration(migrations.Migration):
    dependencies = [("coordination", "0063_statistics_since")]

    operations = [migrations.RunSQL(LIFE, migrations.RunSQL.noop)]
