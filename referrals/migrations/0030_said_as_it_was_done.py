"""
An entry says what was done, of what it was done to, by who did it: nothing beside, nothing else.

Found by somebody who played an insider. One trigger asks what three asked before it.
"""

from django.db import migrations

ALIVE = "(g.until is null or g.until > statement_timestamp())"
MINE = "any (mine)"

RIGHTS = """
grant select on cases_import, cases_export, coordination_capacity, coordination_agreement,
  coordination_identifierpattern, coordination_servicegap, coordination_retentionperiod,
  coordination_legalprocess, coordination_breach, coordination_accessrequest to relay_definer;
"""

# Whoever leads or holds a case reads its Indigenous identity where its desk may: as its policies.
IDENTITY = f"""exists (select from cases_case c join coordination_desk d on d.group_id = {MINE}
      join coordination_agency a on a.id = d.agency_id
      where c.reference = named and a.kind in ('indigenous_org', 'cas_indigenous')
        and (c.lead_desk_id = d.group_id or exists (
          select from cases_casegrant g where g.content_object_id = c.id
            and g.group_id = d.group_id and g.opens_page and g.reason in ('receiver', 'shared')
            and {ALIVE})))"""


def by_reference(table: str, more: str = "") -> str:
    return (
        f"exists (select from {table} o where o.reference = named and audit_made_now(o.xmin){more})"
    )


# Of the network and the registers: a row that this very transaction made, or one's own account.
OTHERS = f"""case kind
    when 'box' then named ~ '^[a-z_]+$'
    when 'asked' then named ~ '^(-|[0-9A-Z]{{4}}-[0-9A-Z]{{4}})$'
    when 'trace' then named ~ '^[0-9A-Z]{{8}}$' and my_role_anywhere('auditor')
    when 'identity' then {IDENTITY}
    when 'import' then exists (select from cases_import o
      where o.reference = named and o.desk_id = any (mine)
        and (new.version is null or o.version = new.version and audit_made_now(o.xmin)))
    when 'export' then {by_reference("cases_export", " and o.taker_id = my_actor()")}
    when 'request' then {by_reference("coordination_accessrequest")}
    when 'process' then {by_reference("coordination_legalprocess")}
    when 'breach' then {by_reference("coordination_breach")}
    when 'hold' then {by_reference("coordination_legalhold")}
    when 'invitation' then {by_reference("coordination_invitation")}
    when 'review' then exists (select from coordination_accessreview r where r.reference = named
      and (audit_made_now(r.xmin) or exists (select from coordination_reviewline l
        where l.review_id = r.id and audit_made_now(l.xmin))))
    when 'retention' then exists (select from coordination_retentionperiod p
      where p.record_class = named and audit_made_now(p.xmin))
    when 'pattern' then exists (select from coordination_identifierpattern p
      where p.code = named and audit_made_now(p.xmin))
    when 'agreement' then exists (select from coordination_agreement a
      where a.id::text = named and audit_made_now(a.xmin))
    when 'gap' then exists (select from coordination_servicegap s
      where s.service || ':' || s.region = named and audit_made_now(s.xmin))
    when 'agency' then exists (select from coordination_agency a
      where a.slug = named and audit_made_now(a.xmin))
    when 'desk' then exists (select from coordination_desk d where d.slug = named
      and (audit_made_now(d.xmin) or exists (select from coordination_capacity c
        where c.desk_id = d.group_id and audit_made_now(c.xmin))
      or exists (select from coordination_shift s
        where s.desk_id = d.group_id and audit_made_now(s.xmin))
      or exists (select from coordination_dutyexception e
        where e.desk_id = d.group_id and audit_made_now(e.xmin))))
    when 'user' then named = my_actor()::text or exists (select from coordination_user u
      where u.id::text = named and (audit_made_now(u.xmin) or exists (
        select from coordination_membership m where m.user_id = u.id and audit_made_now(m.xmin))))
    else false end"""

# What claims a version is of the change that this transaction made; what claims none is a look, or
# it has its own row beside. Whoever has lost sight of something says nothing more about it.
GUARD = f"""
set local role relay_definer;
create or replace function audit_entry_guard() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  known audit_knownverb;
  kind text := split_part(new.subject, ':', 1);
  named text := substr(new.subject, length(split_part(new.subject, ':', 1)) + 2);
  mine int[];
  sees boolean;
  done boolean;
begin
  select * into known from audit_knownverb where verb = new.verb;
  if not found or not kind = any (known.kinds)
     or known.makes_version <> (new.version is not null)
     or new.subject !~ '^[a-z]+:[A-Za-z0-9:_-]{{1,50}}$'
  then
    raise exception 'there is no such event of such a subject'
      using errcode = 'check_violation', constraint = 'entry_speaks_of_its_kind';
  end if;
  if session_user <> 'relay_app' then
    return new;
  end if;
  if known.by_worker then
    raise exception 'no person says this' using errcode = 'insufficient_privilege';
  end if;
  if new.desk_id is not null and not exists (
    select from coordination_membership m where m.user_id = new.actor_id
      and m.desk_id = new.desk_id and m.since <= statement_timestamp()
      and (m.until is null or m.until > statement_timestamp()))
  then
    raise exception 'the actor has no seat at this desk' using errcode = 'insufficient_privilege';
  end if;
  mine := my_desks();
  if kind = 'referral' then
    select r.from_desk_id = {MINE} or taking_over(r.case_id) or exists (
        select from referrals_referralgrant g where g.content_object_id = r.id
          and g.group_id = {MINE} and {ALIVE}),
      case
        when new.version is not null then r.version = new.version and audit_made_now(r.xmin)
        when new.verb in ('referral.assigned', 'referral.seen') then exists (
          select from referrals_referralgrant g where g.content_object_id = r.id
            and g.group_id = {MINE} and audit_made_now(g.xmin))
        else true end
      into sees, done from referrals_referral r where r.reference = named;
  elsif kind = 'case' then
    select c.lead_desk_id = {MINE} or exists (
        select from cases_casegrant g where g.content_object_id = c.id
          and g.group_id = {MINE} and {ALIVE}),
      case
        when new.version is not null then c.version = new.version and audit_made_now(c.xmin)
        when new.verb = 'case.assigned' then audit_made_now(c.xmin)
        when new.verb like 'consent.%' then exists (
          select from cases_consent k where k.case_id = c.id and audit_made_now(k.xmin))
        else true end
      into sees, done from cases_case c where c.reference = named;
  elsif kind = 'handoff' then
    select h.from_desk_id = {MINE} or h.accepting_desk_id = {MINE} or exists (
        select from referrals_handoffgrant g where g.content_object_id = h.id
          and g.group_id = {MINE} and {ALIVE}),
      new.version is null or h.version = new.version and audit_made_now(h.xmin)
      into sees, done from referrals_handoff h where h.reference = named;
  else
    sees := true;
    done := {OTHERS};
  end if;
  if new.verb = 'note.added' then
    done := exists (select from cases_note n
                    where n.about = new.subject and audit_made_now(n.xmin));
  end if;
  if sees is not true then
    raise exception 'an entry about what its actor does not see'
      using errcode = 'insufficient_privilege';
  elsif done is not true then
    raise exception 'an entry tells of what its own transaction did'
      using errcode = 'check_violation', constraint = 'entry_of_its_change';
  end if;
  return new;
end $$;
grant execute on function audit_entry_guard to relay_owner;
reset role;
drop trigger handoff_guard on audit_entry;
drop trigger in_sight on audit_entry;
drop trigger of_its_change on audit_entry;
set local role relay_definer;
drop function audit_handoff_guard, audit_entry_in_sight, audit_entry_of_its_change;
reset role;
"""

# The literals are those of referrals.states and handoff_states; a test compares them. The last four
# are what a new lead ends of a case that came to it.
SAID = """
create function referral_recorded() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  said text;
  fits boolean;
  was jsonb;
begin
  select e.verb into said from audit_entry e
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
    then
      raise exception 'this event changes something else'
        using errcode = 'check_violation', constraint = 'changed_as_it_was_said';
    end if;
  end if;
  return null;
end $$;
drop trigger recorded on referrals_referral;
create constraint trigger recorded after insert or update on referrals_referral
  deferrable initially deferred for each row execute function referral_recorded('referral');
revoke execute on function referral_recorded from public;
alter function referral_recorded() owner to relay_definer;

create function handoff_recorded() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  said text;
begin
  select e.verb into said from audit_entry e
    where e.subject = tg_argv[0] || ':' || new.reference and e.version = new.version
      and e.recorded_at >= transaction_timestamp();
  if not found then
    raise exception 'version % of % % is not in the record', new.version, tg_argv[0], new.reference
      using errcode = 'check_violation', constraint = 'recorded';
  elsif (tg_op = 'INSERT' or old.status <> new.status) and said <> 'handoff.' || new.status
     or tg_op = 'UPDATE' and old.status = new.status and said in ('handoff.proposed',
       'handoff.accepted', 'handoff.declined', 'handoff.withdrawn', 'handoff.lapsed')
  then
    raise exception 'the entry says something else than what was done'
      using errcode = 'check_violation', constraint = 'said_as_it_was_done';
  end if;
  return null;
end $$;
drop trigger recorded on referrals_handoff;
create constraint trigger recorded after insert or update on referrals_handoff
  deferrable initially deferred for each row execute function handoff_recorded('handoff');
revoke execute on function handoff_recorded from public;
alter function handoff_recorded() owner to relay_definer;
"""


# What is said on a status is one side's, and so is what a side writes beside it. The literals are
# those of the sender's transitions in referrals.states; a test compares them.
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
    or old.status = new.status and not sends and (old.settled_at, old.withdraw_reason)
      is distinct from (new.settled_at, new.withdraw_reason)
    or old.sender_contact_at is distinct from new.sender_contact_at and not sends
    or old.receiver_contact_at is distinct from new.receiver_contact_at and not receives
  then
    raise exception 'the other side of the referral decides this'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
reset role;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("referrals", "0029_walls_of_the_app"),
        ("audit", "0006_known_verbs"),
        ("cases", "0017_links"),
        ("coordination", "0029_lines_of_registers"),
    ]

    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (RIGHTS, GUARD, SAID, SIDES)
    ]
