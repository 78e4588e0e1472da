"""Since which year a service was looked for in vain, for the Office; never which desk, or when."""

from django.db import migrations

SINCE = """
create function service_missed_since(wanted text, place text) returns int stable language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  if session_user = 'relay_app'
     and not (my_role_anywhere('coordinator') or my_role_anywhere('analyst')) then
    return null;
  end if;
  return (select extract(year from min(g.day))::int from coordination_servicegap g
          where g.service = wanted and g.region = place);
end $$;
revoke execute on function service_missed_since from public;
grant execute on function service_missed_since to relay_app, relay_worker;
alter function service_missed_since owner to relay_definer;
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0044_group_walls")]

    operations = [migrations.RunSQL(SINCE, "drop function service_missed_since")]
