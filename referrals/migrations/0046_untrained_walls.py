"""That somebody accepted without the course a desk asks for is said in the acceptance, or not."""

from django.db import migrations

GUARD = """
create function accepted_untrained() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  named text := split_part(new.subject, ':', 2);
begin
  if session_user = 'relay_app' and not exists (
    select from referrals_referral r where new.verb = 'referral.accepted_untrained'
      and r.reference = named and r.status = 'accepted' and audit_made_now(r.xmin)
    union all
    select from referrals_handoff h where new.verb = 'handoff.accepted_untrained'
      and h.reference = named and h.status = 'accepted' and audit_made_now(h.xmin))
  then
    raise exception 'an entry tells of what its own transaction did'
      using errcode = 'check_violation', constraint = 'entry_of_its_change';
  end if;
  return new;
end $$;
revoke execute on function accepted_untrained from public;
create trigger accepted_untrained before insert on audit_entry for each row
  when (new.verb in ('referral.accepted_untrained', 'handoff.accepted_untrained'))
  execute function accepted_untrained();
alter function accepted_untrained() owner to relay_definer;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("referrals", "0045_events_as_they_were"),
        ("coordination", "0048_training_walls"),
    ]

    operations = [migrations.RunSQL(GUARD, migrations.RunSQL.noop)]
