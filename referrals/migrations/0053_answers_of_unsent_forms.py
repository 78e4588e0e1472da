"""
A form in progress holds answers to what it asks, no long number, and goes after its week.

Found by somebody who played an insider: numbers and names of answers were anybody's to choose, and
so was the day until which they stayed.
"""

from django.db import migrations

# The names are those of referrals.new_forms; a test compares them. No old row is looked at: in a
# week there is none.
NAMES = """array['urgency', 'services', 'age_band', 'gender_identity', 'situation',
  'service_language', 'indigenous_led', 'safety_flags', 'contact_rules', 'areas_to_avoid',
  'access_needs', 'dependants', 'basis', 'consent_form', 'provision', 'audience', 'until', 'to',
  'agreed_at']"""

MINE = "writer_id = (select my_actor()) and desk_id = any ((select my_desks())::int[])"
# An hour more than a week: a process's clock is never quite the database's.
A_WEEK = "kept_until <= statement_timestamp() + interval '169 hours'"

ANSWERS = f"""
alter table referrals_unsentform add constraint unsent_form_holds_answers check (
  answers - {NAMES} = '{{}}'::jsonb
  and not jsonb_path_exists(answers, 'lax $.** ? (@.type() == "number")
    ? (@ < 0 || @ > 99 || @ != @.floor())')) not valid;
alter policy add on referrals_unsentform with check ({MINE} and {A_WEEK});
alter policy change on referrals_unsentform with check ({MINE} and {A_WEEK});
"""


class Migration(migrations.Migration):
    dependencies = [("referrals", "0052_holds_of_others")]

    operations = [migrations.RunSQL(ANSWERS, migrations.RunSQL.noop)]
