"""A form in progress holds codes, whoever writes; and a purpose that was said stays said."""

from django.db import migrations

# Codes, slugs (with what they name before a colon), days and times of day.
UNSENT = """
alter table referrals_unsentform add constraint unsent_form_holds_codes check (
  jsonb_typeof(answers) = 'object' and length(answers::text) <= 8000
  and not jsonb_path_exists(answers, 'lax $.* ? (@.type() == "object")')
  and not jsonb_path_exists(answers, 'lax $.keyvalue().key ? (!(@ like_regex "^[a-z_]{1,40}$"))')
  and not jsonb_path_exists(answers, 'lax $.** ? (@.type() == "string")
    ? (!(@ like_regex "^([a-z]+:)?[a-z0-9_-]{0,80}$"))
    ? (!(@ like_regex "^[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?$"))')
  and not jsonb_path_exists(answers, 'lax $.** ? (@.type() == "string")
    ? (!(@ like_regex "^[0-9]{4}-[0-9]{2}-[0-9]{2}$")) ? (@ like_regex "[0-9]{4}")'));
"""

# Said in a transaction that is over, and lately: whoever reads and rolls back has still said it.
TRACES = """
set local role relay_definer;
create or replace function traces_access(of_case text, what text) returns boolean stable
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  mine int[] := my_desks();
begin
  return exists (select from cases_case c
      where c.reference = of_case and c.lead_desk_id = any (mine))
    or (what like 'referral:%' and exists (select from referrals_referral r
      where r.reference = split_part(what, ':', 2) and r.from_desk_id = any (mine)))
    or (what like 'handoff:%' and exists (select from referrals_handoff h
      where h.reference = split_part(what, ':', 2) and h.from_desk_id = any (mine)))
    or (my_role_anywhere('auditor') and exists (select from audit_entry e
      where e.subject = 'trace:' || of_case and e.verb = 'access.traced'
        and e.actor_id = my_actor() and e.recorded_at < transaction_timestamp()
        and e.recorded_at > statement_timestamp() - interval '10 minutes'));
end $$;
reset role;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("referrals", "0031_ends_by_themselves"),
        ("coordination", "0030_desks_of_administrators"),
        ("cases", "0020_shapes_of_codes"),
    ]

    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (UNSENT, TRACES)]
