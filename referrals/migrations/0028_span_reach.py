"""Spans say whether the page, the facts or only the minimum of a case could be seen."""

from django.db import migrations

MOMENT = """case when session_user = 'relay_worker'
    then coalesce(nullif(current_setting('relay.moment', true), '')::timestamptz, statement_timestamp())
    else statement_timestamp() end"""

REACH = f"""
set local role relay_definer;
create or replace function access_span_of_case() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  insert into coordination_accessspan
    (case_reference, subject, desk_id, reason, source, opens_page, is_minimum, since, until)
  select o.reference, 'case:' || o.reference, new.group_id, new.reason, new.source, new.opens_page,
    new.words_until is not null, {MOMENT}, new.until
  from cases_case o where o.id = new.content_object_id;
  return null;
end $$;
reset role;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("referrals", "0027_moved_consents"),
        ("coordination", "0028_span_reach"),
    ]

    operations = [migrations.RunSQL(REACH, migrations.RunSQL.noop)]
