"""That a release was taken says somebody who reads it, of one that there is; and its key."""

from django.db import migrations, models

MADE = """
create function made_release(named text) returns boolean stable language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  return exists (select from coordination_release r where r.period = named)
    and (my_role_anywhere('analyst') or my_role_anywhere('coordinator')
      or my_role_anywhere('auditor'));
end $$;
revoke execute on function made_release from public;
grant select on coordination_release to relay_definer;
alter function made_release owner to relay_definer;
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0045_missed_since")]

    operations = [
        migrations.RunSQL(MADE, "drop function made_release"),
        migrations.AddField(
            model_name="release",
            name="public_key",
            field=models.CharField(
                blank=True, default="", help_text="to check them", max_length=64
            ),
        ),
    ]
