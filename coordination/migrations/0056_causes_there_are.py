"""
What caused an action is there: a gap in open figures, or a figure of a release that stands.

By its shape alone, a service or a place was a column of words that every agency of a group reads.
What the stewards decide about is no open figure, so it is no cause either.
"""

from django.db import migrations

# The literals are those of the vocabulary without `counting.sealed.SERVICES`, and of `coverage`.
SERVICES = """'crisis_support', 'safety_planning', 'emergency_shelter', 'youth_residence',
    'transitional_housing', 'long_term_housing', 'rent_assistance', 'emergency_expenses',
    'transport_relocation', 'health_primary', 'sexual_assault_care', 'mental_health',
    'trauma_counselling', 'addictions', 'dental', 'tattoo_removal', 'income_support',
    'id_replacement', 'immigration', 'restraining_order', 'legal_other', 'court_support',
    'testimonial_aids', 'police_liaison', 'child_protection', 'youth_in_transition',
    'parenting_family', 'peer_support', 'education', 'employment', 'image_takedown',
    'basic_needs', 'interpretation', 'settlement'"""
REGIONS = "'central', 'east', 'north', 'toronto', 'west'"

KNOWN = f"""
create function cause_known() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  stored jsonb;
begin
  if new.cause = 'gap'
     and not (new.service in ({SERVICES}) and new.region in ({REGIONS}))
  then
    raise exception 'there is no such gap in open figures'
      using errcode = 'check_violation', constraint = 'cause_known';
  elsif new.cause = 'table' then
    select t into stored from coordination_release r, jsonb_array_elements(r.tables) t
      where r.period = new.period and t ->> 'name' = new."table" order by r.version desc limit 1;
    if stored is null or exists (
      select from string_to_table(new.place, ',') pair
      where not exists (select from jsonb_array_elements(stored -> 'dimensions') d
        where d ->> 'name' = split_part(pair, '=', 1)
          and d -> 'codes' ? split_part(pair, '=', 2)))
      or (select count(distinct split_part(pair, '=', 1)) < count(*)
          from string_to_table(new.place, ',') pair)
    then
      raise exception 'there is no such figure in a release'
        using errcode = 'check_violation', constraint = 'cause_known';
    end if;
  end if;
  return new;
end $$;
create trigger cause_known before insert or update of cause, service, region, "table", period, place
  on coordination_groupaction for each row execute function cause_known();
revoke execute on function cause_known from public;
grant select on coordination_release to relay_definer;
alter function cause_known() owner to relay_definer;
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0055_group_names"), ("coordination", "0038_release_walls")]

    operations = [migrations.RunSQL(KNOWN, migrations.RunSQL.noop)]
