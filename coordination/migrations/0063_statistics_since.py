"""Whoever reads statistics is told since when there is anything to count: a month, and no more."""

from django.db import migrations

SINCE = """
create function statistics_since() returns date stable language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if session_user = 'relay_app' and not (my_role_anywhere('analyst')
     or my_role_anywhere('coordinator') or my_role_anywhere('auditor')) then
    return null;
  end if;
  return (select min(month) from coordination_tally);
end $$;
revoke execute on function statistics_since from public;
grant execute on function statistics_since to relay_app, relay_worker;
grant select on coordination_tally to relay_definer;
alter function statistics_since owner to relay_definer;
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0062_meeting_walls")]

    operations = [migrations.RunSQL(SINCE, migrations.RunSQL.noop)]
