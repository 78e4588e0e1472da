"""
Nobody agreed on a day that is still to come, whatever the SQL.

The two years of a consent count from that day, so one of 2099 would open the case until 2101.
"""

from django.db import migrations

# Days before the year 1 are none that a page can show.
AGREED = """
create function agreed_by_now() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
declare
  agreed date := (to_jsonb(new) ->> tg_argv[0])::date;
begin
  if agreed > (statement_timestamp() at time zone 'America/Toronto')::date
     or agreed < date '0001-01-01'
  then
    raise exception 'nobody agreed on a day that is still to come'
      using errcode = 'check_violation', constraint = 'agreed_by_now';
  end if;
  return new;
end $$;
create trigger agreed_by_now before insert or update of given_on on cases_consent
  for each row execute function agreed_by_now('given_on');
create trigger agreed_by_now before insert or update of consent_given_on
  on cases_indigenousidentity
  for each row execute function agreed_by_now('consent_given_on');
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0024_consents_end")]

    operations = [migrations.RunSQL(AGREED, migrations.RunSQL.noop)]
