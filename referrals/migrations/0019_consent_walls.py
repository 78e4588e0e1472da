"""What rests on a basis and what ends with it: no wider than its consent, and never renewed."""

from django.db import migrations

# A use is never wider or longer than the consent, and of a consent of its own case.
WITHIN = """
create function within_consent(wanted bigint, of_case bigint, code text, kinds text[],
                               needs text[], ends timestamptz)
returns boolean stable language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  return exists (select from cases_consent c where c.id = wanted and c.case_id = of_case
    and c.kind = code and kinds <@ c.audience::text[] and ends <= c.until
    and (c.services = '{}' or (needs <> '{}' and needs <@ c.services::text[])) and c.withdrawn_at is null);
end $$;
revoke execute on function within_consent from public;
alter function within_consent owner to relay_definer;

create function basis_within_consent() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if not within_consent(new.consent_id,
      (select r.case_id from referrals_referral r where r.id = new.referral_id), new.code,
      new.audience::text[],
      array(select s.service::text from referrals_requestedservice s
            where s.referral_id = new.referral_id), new.until) then
    raise exception 'the consent does not allow this'
      using errcode = 'check_violation', constraint = 'basis_within_consent';
  end if;
  return new;
end $$;
create trigger within_consent before insert or update on referrals_basis for each row
  when (new.consent_id is not null) execute function basis_within_consent();
revoke execute on function basis_within_consent from public;
grant select on referrals_requestedservice, referrals_basis to relay_definer;
alter function basis_within_consent() owner to relay_definer;

create function handoff_within_consent() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if not within_consent(new.consent_id, new.case_id, new.basis, new.audience::text[],
      (select c.needs::text[] from cases_case c where c.id = new.case_id), new.until) then
    raise exception 'the consent does not allow this'
      using errcode = 'check_violation', constraint = 'handoff_within_consent';
  end if;
  return new;
end $$;
create trigger within_consent before insert on referrals_handoff for each row
  when (new.consent_id is not null) execute function handoff_within_consent();
revoke execute on function handoff_within_consent from public;
alter function handoff_within_consent() owner to relay_definer;
"""

# Named so that it comes after "pair": what the life cycle does not know is refused as that.
RESTS = """
create function referral_rests() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  ends timestamptz;
  taken_back boolean;
  is_over boolean;
begin
  select b.until, coalesce(c.withdrawn_at is not null, false) into ends, taken_back
    from referrals_basis b left join cases_consent c on c.id = b.consent_id
    where b.referral_id = new.id;
  is_over := taken_back or ends <= statement_timestamp();
  if old.basis_ended_at is not null
     and (old.basis_ended_at, old.basis_end) is distinct from (new.basis_ended_at, new.basis_end)
  then
    raise exception 'a basis that has ended stays ended'
      using errcode = 'check_violation', constraint = 'referral_rests';
  elsif old.basis_ended_at is null and new.basis_ended_at is not null
     and (not is_over or (new.basis_end = 'consent_withdrawn') <> taken_back) then
    raise exception 'the basis has not ended'
      using errcode = 'check_violation', constraint = 'referral_rests';
  elsif old.status in ('sent', 'questioned') and new.status = 'returned'
     and new.basis_ended_at is null then
    raise exception 'it comes back when its basis ends'
      using errcode = 'check_violation', constraint = 'referral_rests';
  elsif (old.status, new.status) in (('draft', 'sent'), ('sent', 'accepted'),
      ('questioned', 'accepted'), ('questioned', 'sent'), ('accepted', 'sent'),
      ('completed', 'in_service'))
     and (taken_back or new.basis_ended_at is not null
          -- The worker writes a past that was, when it loads one.
          or (session_user = 'relay_app' and new.status <> 'sent' and ends <= statement_timestamp()))
  then
    raise exception 'the basis has ended'
      using errcode = 'check_violation', constraint = 'referral_rests';
  end if;
  return new;
end $$;
create trigger rests before update on referrals_referral for each row
  when (old.status is distinct from new.status
        or old.basis_ended_at is distinct from new.basis_ended_at)
  execute function referral_rests();
revoke execute on function referral_rests from public;
alter function referral_rests() owner to relay_definer;
"""

# A later lead sees no offer of the lead before, but ends the support that rests on its consent.
SHARED = """
create function shared_on(wanted bigint) returns setof text stable language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return query select h.reference::text from referrals_handoff h
    join cases_case c on c.id = h.case_id
    where h.consent_id = wanted and h.type = 'shared' and h.status = 'accepted'
      and (session_user = 'relay_worker' or c.lead_desk_id = any (my_desks()));
end $$;
revoke execute on function shared_on from public;
grant execute on function shared_on to relay_app, relay_worker;
alter function shared_on owner to relay_definer;
"""

# Whoever takes a consent back in the record takes back what rests on it, in the same transaction.
CARRIED_OUT = """
create function consent_carried_out() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if exists (select from referrals_basis b join referrals_referral r on r.id = b.referral_id
             where b.consent_id = new.id and r.basis_ended_at is null and r.status in
               ('sent', 'questioned', 'accepted', 'waitlisted', 'in_service', 'returning'))
     or exists (select from referrals_handoff h
                where h.consent_id = new.id and h.status = 'proposed')
  then
    raise exception 'something still rests on this consent'
      using errcode = 'check_violation', constraint = 'consent_carried_out';
  end if;
  return null;
end $$;
create constraint trigger carried_out after update on cases_consent
  deferrable initially deferred for each row when (new.withdrawn_at is not null)
  execute function consent_carried_out();
revoke execute on function consent_carried_out from public;
alter function consent_carried_out() owner to relay_definer;
"""

# Access that closed to the minimum opens no page and brings no later words, whoever renews it.
MINIMUM = """
create function case_grant_keeps_the_minimum() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if exists (select from referrals_referral r
             where r.reference = split_part(new.source, ':', 2)
               and r.case_id = new.content_object_id and r.basis_ended_at is not null
               and (new.opens_page or new.words_until is distinct from r.basis_ended_at))
  then
    raise exception 'the basis has ended: only the minimum is left'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger keeps_the_minimum before insert or update on cases_casegrant for each row
  when (new.reason = 'receiver' and (new.until is null or new.until > statement_timestamp()))
  execute function case_grant_keeps_the_minimum();
revoke execute on function case_grant_keeps_the_minimum from public;
alter function case_grant_keeps_the_minimum() owner to relay_definer;
"""

# The literals are those of referrals.states.PAIRS; a test compares them.
PAIRS = """
create or replace function referral_pair() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
  if (old.status, new.status) not in (
    ('accepted', 'completed'),
    ('accepted', 'in_service'),
    ('accepted', 'returning'),
    ('accepted', 'sent'),
    ('accepted', 'waitlisted'),
    ('accepted', 'withdrawn'),
    ('completed', 'in_service'),
    ('draft', 'sent'),
    ('draft', 'withdrawn'),
    ('in_service', 'completed'),
    ('in_service', 'returning'),
    ('in_service', 'withdrawn'),
    ('questioned', 'accepted'),
    ('questioned', 'declined'),
    ('questioned', 'returned'),
    ('questioned', 'sent'),
    ('questioned', 'withdrawn'),
    ('returning', 'returned'),
    ('sent', 'accepted'),
    ('sent', 'declined'),
    ('sent', 'questioned'),
    ('sent', 'returned'),
    ('sent', 'withdrawn'),
    ('waitlisted', 'in_service'),
    ('waitlisted', 'returning'),
    ('waitlisted', 'withdrawn')
  ) then
    raise exception 'a referral cannot go from % to %', old.status, new.status
      using errcode = 'check_violation', constraint = 'referral_pair';
  end if;
  return new;
end $$;
"""

SIDES = """
set local role relay_definer;
create or replace function referral_side() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  mine int[];
  sends boolean;
  receives boolean;
begin
  if session_user <> 'relay_app' then
    return new;
  end if;
  mine := my_desks();
  if new.accepting_desk_id is not null
     and new.accepting_desk_id is distinct from old.accepting_desk_id
     and not new.accepting_desk_id = any (mine)
  then
    raise exception 'a desk accepts for itself' using errcode = 'insufficient_privilege';
  end if;
  if taking_over(old.case_id) then
    return new;
  end if;
  if old.from_desk_id <> new.from_desk_id then
    raise exception 'the sender''s side follows a hand-off'
      using errcode = 'insufficient_privilege';
  end if;
  sends := old.from_desk_id = any (mine);
  receives := (sends and (old.to_agency_id is not null or old.to_province <> ''))
    or exists (select from referrals_referralgrant g where g.content_object_id = old.id
               and g.group_id = any (mine) and g.reason = 'receiver'
               and (g.until is null or g.until > statement_timestamp()));
  if old.basis_ended_at is distinct from new.basis_ended_at and not sends then
    raise exception 'the sender''s desk says that a consent was taken back'
      using errcode = 'insufficient_privilege';
  end if;
  if old.status is distinct from new.status and not (case
      when (old.status, new.status) in (
        ('draft', 'sent'),
        ('draft', 'withdrawn'),
        ('questioned', 'returned'),
        ('questioned', 'sent'),
        ('questioned', 'withdrawn'),
        ('returning', 'returned'),
        ('sent', 'returned'),
        ('sent', 'withdrawn')
      ) then sends else receives end)
  then
    raise exception 'the other side of the referral decides this'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
reset role;
"""

# The literals are those of referrals.handoff_states; a test compares them.
HANDOFFS = """
set local role relay_definer;
create or replace function handoff_guard() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  mine int[];
  sends boolean;
  receives boolean;
  taken_back boolean;
begin
  new.accepted_in := case when tg_op = 'UPDATE' then old.accepted_in end;
  if tg_op = 'INSERT' then
    if new.status <> 'proposed' then
      raise exception 'a hand-off begins as a proposal'
        using errcode = 'check_violation', constraint = 'handoff_first_status';
    end if;
    return new;
  end if;
  if (old.case_id, old.from_desk_id, old.to_desk_id, old.to_team_id, old.to_agency_id,
      old.to_province, old.writer_id, old.type, old.reason, old.basis, old.provision, old.audience,
      old.until, old.consent_id, old.safety_plan_reviewed, old.consent_confirmed, old.despite_areas,
      old.agreed_by_phone_at, old.proposed_at, old.due_at) is distinct from (new.case_id, new.from_desk_id, new.to_desk_id, new.to_team_id,
      new.to_agency_id, new.to_province, new.writer_id, new.type, new.reason, new.basis,
      new.provision, new.audience, new.until, new.consent_id,
      new.safety_plan_reviewed, new.consent_confirmed,
      new.despite_areas, new.agreed_by_phone_at, new.proposed_at, new.due_at)
  then
    raise exception 'a proposal stays as it was written'
      using errcode = 'check_violation', constraint = 'handoff_fixed';
  end if;
  if old.status is distinct from new.status and (old.status, new.status) not in (
    ('proposed', 'accepted'),
    ('proposed', 'declined'),
    ('proposed', 'lapsed'),
    ('proposed', 'withdrawn'))
  then
    raise exception 'a hand-off cannot go from % to %', old.status, new.status
      using errcode = 'check_violation', constraint = 'handoff_pair';
  end if;
  select c.withdrawn_at is not null into taken_back from cases_consent c where c.id = old.consent_id;
  taken_back := coalesce(taken_back, false);
  if new.status = 'lapsed' and old.status = 'proposed'
     and ((not taken_back and old.until > statement_timestamp())
          or (new.basis_end = 'consent_withdrawn') <> taken_back)
  then
    raise exception 'the basis has not ended'
      using errcode = 'check_violation', constraint = 'handoff_lapses';
  elsif new.status = 'accepted' and old.status = 'proposed' and taken_back then
    raise exception 'the basis has ended'
      using errcode = 'check_violation', constraint = 'handoff_lapses';
  end if;
  if old.status = 'proposed' and new.status = 'accepted' then
    new.accepted_in := txid_current();
  end if;
  if session_user <> 'relay_app' then
    return new;
  end if;
  mine := my_desks();
  sends := old.from_desk_id = any (mine);
  receives := (sends and (old.to_agency_id is not null or old.to_province <> ''))
    or exists (select from referrals_handoffgrant g where g.content_object_id = old.id
               and g.group_id = any (mine) and g.reason = 'handoff'
               and (g.until is null or g.until > statement_timestamp()));
  if (new.status in ('lapsed', 'withdrawn') and not sends)
     or (new.status in ('accepted', 'declined') and not receives)
     or (new.accepting_desk_id is not null and not new.accepting_desk_id = any (mine))
     or (old.status <> 'proposed' and old.status = new.status)
  then
    raise exception 'the other side of the hand-off decides this'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
reset role;
"""


class Migration(migrations.Migration):
    dependencies = [("referrals", "0018_consents")]

    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop)
        for sql in (WITHIN, RESTS, SHARED, CARRIED_OUT, MINIMUM, PAIRS, SIDES, HANDOFFS)
    ]
