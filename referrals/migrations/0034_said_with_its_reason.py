"""
An entry of a move gives the reason that its row has, and who holds a referral does not withdraw it.

Found by somebody who played an insider. The literals are those of referrals.states; a test
compares them. The last four pairs are what a new lead ends of a case that came to it.
"""

from django.db import migrations

SAID = """
set local role relay_definer;
create or replace function referral_recorded() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  said text;
  body jsonb;
  fits boolean;
  was jsonb;
begin
  select e.verb, b.data into said, body
    from audit_entry e join audit_entrybody b on b.entry_id = e.id
    where e.subject = tg_argv[0] || ':' || new.reference and e.version = new.version
      and e.recorded_at >= transaction_timestamp();
  if not found then
    raise exception 'version % of % % is not in the record', new.version, tg_argv[0], new.reference
      using errcode = 'check_violation', constraint = 'recorded';
  elsif tg_op = 'INSERT' then
    fits := said = 'referral.drafted';
  elsif old.status <> new.status then
    fits := (said, old.status, new.status) in (
      ('referral.accept_undone', 'accepted', 'sent'),
      ('referral.accepted', 'questioned', 'accepted'),
      ('referral.accepted', 'sent', 'accepted'),
      ('referral.answered', 'questioned', 'sent'),
      ('referral.asked', 'sent', 'questioned'),
      ('referral.completed', 'accepted', 'completed'),
      ('referral.completed', 'in_service', 'completed'),
      ('referral.declined', 'questioned', 'declined'),
      ('referral.declined', 'sent', 'declined'),
      ('referral.given_back', 'accepted', 'returning'),
      ('referral.given_back', 'in_service', 'returning'),
      ('referral.given_back', 'waitlisted', 'returning'),
      ('referral.lapsed', 'questioned', 'returned'),
      ('referral.lapsed', 'sent', 'returned'),
      ('referral.reopened', 'completed', 'in_service'),
      ('referral.sent', 'draft', 'sent'),
      ('referral.started', 'accepted', 'in_service'),
      ('referral.started', 'waitlisted', 'in_service'),
      ('referral.taken_back', 'returning', 'returned'),
      ('referral.waitlisted', 'accepted', 'waitlisted'),
      ('referral.withdrawal_confirmed', 'accepted', 'withdrawn'),
      ('referral.withdrawal_confirmed', 'in_service', 'withdrawn'),
      ('referral.withdrawal_confirmed', 'waitlisted', 'withdrawn'),
      ('referral.withdrawn', 'draft', 'withdrawn'),
      ('referral.withdrawn', 'questioned', 'withdrawn'),
      ('referral.withdrawn', 'sent', 'withdrawn'),
      ('referral.withdrawn', 'accepted', 'withdrawn'),
      ('referral.withdrawn', 'in_service', 'withdrawn'),
      ('referral.withdrawn', 'waitlisted', 'withdrawn'),
      ('referral.withdrawn', 'returning', 'returned'));
  else
    fits := case said
      when 'referral.resolved' then old.settled_at is null and new.settled_at is not null
      when 'referral.rerouted' then old.settled_at is null and new.settled_at is not null
      when 'referral.basis_ended' then old.basis_ended_at is null and new.basis_ended_at is not null
      when 'referral.withdrawal_requested' then new.withdraw_reason <> ''
      when 'referral.handed_over' then old.from_desk_id <> new.from_desk_id
      when 'referral.joined' then old.case_id <> new.case_id
      when 'referral.contact_confirmed' then (old.sender_contact_at, old.receiver_contact_at)
        is distinct from (new.sender_contact_at, new.receiver_contact_at)
      else said not in (
        'referral.accept_undone', 'referral.accepted', 'referral.answered', 'referral.asked',
        'referral.completed', 'referral.declined', 'referral.drafted', 'referral.given_back',
        'referral.lapsed', 'referral.reopened', 'referral.sent', 'referral.started',
        'referral.taken_back', 'referral.waitlisted', 'referral.withdrawal_confirmed',
        'referral.withdrawn') end;
  end if;
  if not fits then
    raise exception 'the entry says something else than what was done'
      using errcode = 'check_violation', constraint = 'said_as_it_was_done';
  elsif tg_op = 'UPDATE' and session_user = 'relay_app' then
    was := to_jsonb(old);
    if exists (
      select from jsonb_each(to_jsonb(new)) n
      where n.value is distinct from was -> n.key and n.key <> 'version' and not n.key = any (case said
        when 'referral.accept_undone' then
          '{status,accepting_desk_id,responsible_desk_id,accepted_at,due_at}'
        when 'referral.accepted' then
          '{status,accepting_desk_id,responsible_desk_id,accepted_at,due_at,questions}'
        when 'referral.answered' then '{status,questions}'
        when 'referral.asked' then '{status,questions}'
        when 'referral.basis_ended' then '{basis_ended_at,basis_end}'
        when 'referral.completed' then '{status,completed_at,due_at,withdraw_reason}'
        when 'referral.contact_confirmed' then '{sender_contact_at,receiver_contact_at}'
        when 'referral.declined' then '{status,decline_reason,suggested_desk_id,questions,due_at}'
        when 'referral.given_back' then '{status,give_back_reason,withdraw_reason,due_at}'
        when 'referral.handed_over' then '{from_desk_id,responsible_desk_id}'
        when 'referral.joined' then '{case_id}'
        when 'referral.lapsed' then '{status,questions,due_at,basis_ended_at,basis_end}'
        when 'referral.reopened' then '{status,completed_at,due_at}'
        when 'referral.rerouted' then '{settled_at}'
        when 'referral.resolved' then '{settled_at}'
        when 'referral.sent' then '{status,sent_at,need_since,due_at,agreed_by_phone_at}'
        when 'referral.started' then '{status,due_at}'
        when 'referral.taken_back' then
          '{status,accepting_desk_id,responsible_desk_id,accepted_at,due_at}'
        when 'referral.waitlisted' then '{status,due_at}'
        when 'referral.withdrawal_confirmed' then
          '{status,accepting_desk_id,responsible_desk_id,accepted_at,due_at,settled_at}'
        when 'referral.withdrawal_requested' then '{withdraw_reason}'
        when 'referral.withdrawn' then
          '{status,withdraw_reason,questions,due_at,settled_at,accepting_desk_id,responsible_desk_id,accepted_at}'
        else '{}' end::text[]))
      or old.due_at <> new.due_at and new.due_at > statement_timestamp() + interval '91 days'
      or said = 'referral.withdrawal_confirmed' and (new.settled_at is not null) <> (new.withdraw_reason
        in ('consent_withdrawn', 'found_elsewhere', 'handed_off', 'no_longer_needed', 'sent_in_error'))
      or said = 'referral.withdrawn' and not taking_over(old.case_id)
        and old.status in ('accepted', 'waitlisted', 'in_service', 'returning')
      or said in ('referral.completed', 'referral.given_back') and new.withdraw_reason <> ''
    then
      raise exception 'this event changes something else'
        using errcode = 'check_violation', constraint = 'changed_as_it_was_said';
    elsif (case said
        when 'referral.declined' then body ->> 'reason' = new.decline_reason
        when 'referral.given_back' then body ->> 'reason' = new.give_back_reason
        when 'referral.withdrawal_requested' then body ->> 'reason' = new.withdraw_reason
        when 'referral.withdrawal_confirmed' then body ->> 'reason' = new.withdraw_reason
        when 'referral.withdrawn' then body ->> 'reason' = new.withdraw_reason
        when 'referral.basis_ended' then body ->> 'end' = new.basis_end
        when 'referral.lapsed' then body ->> 'end' = new.basis_end
        when 'referral.asked' then
          body -> 'questions' @> to_jsonb(new.questions) and body -> 'questions' <@ to_jsonb(new.questions)
        when 'referral.completed' then body -> 'outcomes' = (
          select jsonb_object_agg(s.service, s.outcome) from referrals_requestedservice s
          where s.referral_id = new.id)
        when 'referral.contact_confirmed' then body ->> 'both' = (
          new.sender_contact_at is not null and new.receiver_contact_at is not null)::text
        else true end) is not true
    then
      raise exception 'the entry gives another reason than the row'
        using errcode = 'check_violation', constraint = 'said_with_its_reason';
    end if;
  end if;
  return null;
end $$;
reset role;
"""


class Migration(migrations.Migration):
    dependencies = [("referrals", "0033_moves_with_its_lines")]

    operations = [migrations.RunSQL(SAID, migrations.RunSQL.noop)]
