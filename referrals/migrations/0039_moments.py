"""
What the web process says of a referral or a hand-off was now; a call was within the last day.

Found by somebody who played an insider. Only what goes on for the same need has an older clock.
"""

from django.db import migrations

MOMENTS = {
    "referrals_handoff": ("proposed_at", "answered_at"),
    "referrals_referral": (
        *("written_at", "sent_at", "accepted_at", "completed_at", "settled_at"),
        *("sender_contact_at", "receiver_contact_at", "basis_ended_at"),
    ),
    "referrals_referralgrant": ("seen_at",),
}

SINCE = """
create function referral_clock() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if session_user = 'relay_app' and new.need_since is not null
     and new.need_since is distinct from new.sent_at and not exists (
       select from referrals_referral r
       where r.id = new.reroutes_id and r.need_since = new.need_since)
  then
    raise exception 'a need''s clock starts when it is first sent'
      using errcode = 'check_violation', constraint = 'referral_clock';
  elsif session_user = 'relay_app' and new.agreed_by_phone_at is not null
     and (new.agreed_by_phone_at between new.sent_at - interval '25 hours' and new.sent_at)
       is not true
  then
    raise exception 'a call was within the day before'
      using errcode = 'check_violation', constraint = 'referral_clock';
  end if;
  return new;
end $$;
create trigger clock before insert on referrals_referral
  for each row execute function referral_clock();
create trigger clock_starts before update of need_since, agreed_by_phone_at on referrals_referral
  for each row when (old.need_since is distinct from new.need_since
    or old.agreed_by_phone_at is distinct from new.agreed_by_phone_at)
  execute function referral_clock();
revoke execute on function referral_clock from public;
alter function referral_clock() owner to relay_definer;
"""

TRIGGERS = [
    f"create trigger of_now before insert or update on {table} for each row"
    f" execute function of_now({', '.join(moments)});"
    for table, moments in MOMENTS.items()
]


class Migration(migrations.Migration):
    dependencies = [
        ("referrals", "0038_offered_with_it"),
        ("cases", "0022_said_as_it_was_done"),
    ]

    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (SINCE, *TRIGGERS)]
