"""Areas are those of the network, and a row that waits holds facts by their names: no words."""

from django.db import migrations

# The names are those of cases.facts; a test compares them.
NAMES = """array['age_band', 'gender_identity', 'situation', 'service_language', 'indigenous_led',
  'access_needs', 'dependants', 'contact_rules', 'areas_to_avoid', 'safety_flags', 'needs',
  'trafficking_status', 'exploitation_types', 'means_of_control', 'recruiter_relation',
  'justice_stage']"""

SHAPES = f"""
alter table cases_importrow add constraint import_row_holds_facts check (
  facts - {NAMES} = '{{}}'::jsonb
  and not jsonb_path_exists(facts, 'lax $.* ? (@.type() == "object")')
  and not jsonb_path_exists(facts,
    'lax $.** ? (@.type() == "string") ? (!(@ like_regex "^[a-z0-9_-]{{0,80}}$"))'));

create function case_areas_known() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if exists (select from unnest(new.areas_to_avoid) as named
             where not exists (select from coordination_area a where a.slug = named)) then
    raise exception 'an area to avoid is one that a team covers'
      using errcode = 'check_violation', constraint = 'case_areas_known';
  end if;
  return new;
end $$;
create trigger areas_known before insert on cases_case for each row
  when (new.areas_to_avoid <> '{{}}') execute function case_areas_known();
create trigger changed_areas_known before update of areas_to_avoid on cases_case for each row
  when (new.areas_to_avoid is distinct from old.areas_to_avoid)
  execute function case_areas_known();
grant select on coordination_area to relay_definer;
revoke execute on function case_areas_known from public;
alter function case_areas_known() owner to relay_definer;
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0019_former_leads_consents"), ("coordination", "0024_owner_rights")]

    operations = [migrations.RunSQL(SHAPES, migrations.RunSQL.noop)]
