"""
A consent ends within two years of the day on which the person agreed, whatever the SQL.

Those that were recorded before stay as they were given; so do they on the case that is the same
person, where they are recorded anew.
"""

from django.db import migrations

ENDS = """
create function consent_bounded() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
  if new.until > new.given_on + interval '732 days' or new.until < new.given_on then
    raise exception 'a consent ends within two years'
      using errcode = 'check_violation', constraint = 'consent_bounded';
  end if;
  return new;
end $$;
create trigger bounded before insert on cases_consent
  for each row when (new.moved_from_id is null) execute function consent_bounded();
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0023_said_now")]

    operations = [migrations.RunSQL(ENDS, migrations.RunSQL.noop)]
