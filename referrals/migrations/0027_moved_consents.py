"""A referral that changes its case rests on the consent that was recorded anew there."""

from django.db import migrations

TAKES_ALONG = """
set local role relay_definer;
create or replace function referral_takes_along() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  update referrals_requestedservice set case_id = new.case_id where referral_id = new.id;
  update referrals_basis b set consent_id = c.id from cases_consent c
    where b.referral_id = new.id and c.case_id = new.case_id and c.moved_from_id = b.consent_id;
  update cases_note set case_id = new.case_id
    where about = 'referral:' || new.reference and case_id = old.case_id;
  insert into coordination_accessspan
    (case_reference, subject, desk_id, reason, source, opens_page, since, until)
  select c.reference, 'referral:' || new.reference, g.group_id, g.reason, g.source, true,
    statement_timestamp(), g.until
  from referrals_referralgrant g join cases_case c on c.id = new.case_id
  where g.content_object_id = new.id and (g.until is null or g.until > statement_timestamp())
  order by g.id;
  return null;
end $$;
reset role;
grant update (consent_id) on referrals_basis to relay_definer;
"""

# Nothing new is shared on a consent that has moved.
WITHIN = """
set local role relay_definer;
create or replace function within_consent(wanted bigint, of_case bigint, code text, kinds text[],
                                          needs text[], ends timestamptz)
returns boolean stable language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  return exists (select from cases_consent c where c.id = wanted and c.case_id = of_case
    and c.kind = code and kinds <@ c.audience::text[] and ends <= c.until
    and (c.services = '{}' or (needs <> '{}' and needs <@ c.services::text[]))
    and c.withdrawn_at is null and c.moved_at is null);
end $$;
reset role;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("referrals", "0026_history_within_its_basis"),
        ("cases", "0018_moved_consents"),
    ]

    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (TAKES_ALONG, WITHIN)]
