"""Areas to avoid are a plain list, no longer than there are areas: no list of lists."""

from django.db import migrations

PLAIN = """
set local role relay_definer;
create or replace function case_areas_known() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if array_ndims(new.areas_to_avoid) > 1
     or cardinality(new.areas_to_avoid) > (select count(*) from coordination_area)
     or exists (select from unnest(new.areas_to_avoid) as named
                where not exists (select from coordination_area a where a.slug = named))
  then
    raise exception 'an area to avoid is one that a team covers'
      using errcode = 'check_violation', constraint = 'case_areas_known';
  end if;
  return new;
end $$;
reset role;
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0025_agreed_by_now")]

    operations = [migrations.RunSQL(PLAIN, migrations.RunSQL.noop)]
