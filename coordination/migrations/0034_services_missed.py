"""What was looked for in vain, for the Office: service and region, never which desk or when."""

from django.db import migrations

MISSED = """
create function services_missed(begins date) returns table (service text, region text)
stable language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if session_user = 'relay_app'
     and not (my_role_anywhere('coordinator') or my_role_anywhere('analyst')) then
    return;
  end if;
  return query
  select distinct g.service::text, g.region::text from coordination_servicegap g
  where g.day >= greatest(begins, current_date - 90);
end $$;
revoke execute on function services_missed from public;
grant execute on function services_missed to relay_app, relay_worker;
alter function services_missed owner to relay_definer;
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0033_tally_walls")]

    operations = [migrations.RunSQL(MISSED, "drop function services_missed")]
