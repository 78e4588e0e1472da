"""What is over is read by a new lead as far as its basis goes: police and its end are said there too."""

from django.db import migrations

# The kinds are those of the vocabulary `organisation_kind` that are police; a test compares them.
HISTORY = """
create function history_within_its_basis() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if exists (
    select from referrals_referral r join referrals_basis b on b.referral_id = r.id
    join coordination_desk d on d.group_id = new.group_id
    join coordination_agency a on a.id = d.agency_id
    where r.id = new.content_object_id
      and (r.basis_ended_at is not null or b.until <= statement_timestamp()
           or (a.police_involved
               and not b.audience::text[] && array['police', 'police_first_nation', 'care_unit'])))
  then
    raise exception 'the basis does not reach whoever leads now'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger history_within_its_basis before insert or update on referrals_referralgrant
  for each row when (new.reason = 'history'
    and (new.until is null or new.until > statement_timestamp()))
  execute function history_within_its_basis();
revoke execute on function history_within_its_basis from public;
alter function history_within_its_basis() owner to relay_definer;
"""


class Migration(migrations.Migration):
    dependencies = [("referrals", "0025_looks")]

    operations = [migrations.RunSQL(HISTORY, migrations.RunSQL.noop)]
