"""Row-level security of hand-offs; what accepting one moves, in the one transaction of it."""

from django.db import migrations

MINE = "any ((select my_desks())::int[])"
TABLES = ("referrals_handoff", "referrals_handoffgrant")

RIGHTS = """
grant select, insert, update on referrals_handoff, referrals_handoffgrant
  to relay_app, relay_worker;
grant select on referrals_handoff, referrals_handoffgrant to relay_definer;
"""

FORCE = "".join(
    f"alter table {table} enable row level security;"
    f"alter table {table} force row level security;"
    f"create policy worker on {table} to relay_worker using (true) with check (true);"
    for table in TABLES
)

MAY_SHARE = """
create function may_share_handoff(wanted bigint, grantee int, why text)
returns boolean stable language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  return exists (select from referrals_handoff where id = wanted
                 and from_desk_id = any (my_desks()))
    or exists (select from referrals_handoffgrant where content_object_id = wanted
               and group_id = any (my_desks()) and reason = 'handoff' and why = 'handoff'
               and (until is null or until > statement_timestamp()));
end $$;
revoke execute on function may_share_handoff from public;
grant execute on function may_share_handoff to relay_app, relay_worker;
alter function may_share_handoff owner to relay_definer;

-- Whether this very transaction accepted a hand-off of the case for a desk of the actor.
create function taking_over(wanted bigint) returns boolean stable language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  return exists (select from referrals_handoff h where h.case_id = wanted
                 and h.status = 'accepted' and h.accepted_in = txid_current()
                 and h.accepting_desk_id = any (my_desks()) and h.type <> 'shared');
end $$;
revoke execute on function taking_over from public;
grant execute on function taking_over to relay_app, relay_worker;
alter function taking_over owner to relay_definer;
"""

GRANTED = f"""(select true from referrals_handoffgrant g
    where g.content_object_id = referrals_handoff.id and g.group_id = {MINE}
      and (g.until is null or g.until > statement_timestamp()) limit 1)"""

POLICIES = f"""
create policy read on referrals_handoff for select to relay_app using (
  from_desk_id = {MINE} or accepting_desk_id = {MINE} or {GRANTED});
create policy add on referrals_handoff for insert to relay_app with check (
  from_desk_id = {MINE} and status = 'proposed' and writer_id = (select my_actor())
  and (select true from cases_case c where c.id = case_id and c.lead_desk_id = {MINE} limit 1));
create policy change on referrals_handoff for update to relay_app
  using (from_desk_id = {MINE} or {GRANTED})
  with check (from_desk_id = {MINE} or accepting_desk_id = {MINE} or {GRANTED});

create policy read on referrals_handoffgrant for select to relay_app using (
  group_id = {MINE} or may_share_handoff(content_object_id, group_id, reason));
create policy add on referrals_handoffgrant for insert to relay_app with check (
  may_share_handoff(content_object_id, group_id, reason));
create policy change on referrals_handoffgrant for update to relay_app
  using (may_share_handoff(content_object_id, group_id, reason))
  with check (may_share_handoff(content_object_id, group_id, reason));
"""

# Cheap in every other transaction: the setting is there only while a hand-off is being accepted.
TAKING = "((select nullif(current_setting('relay.takeover', true), '')) is not null and taking_over({case}))"

MOVES = f"""
drop policy change on cases_case;
create policy change on cases_case for update to relay_app
  using (lead_desk_id = {MINE} or {TAKING.format(case="id")}) with check (lead_desk_id = {MINE});

drop policy read on referrals_referral;
create policy read on referrals_referral for select to relay_app using (
  (status <> 'draft' or writer_id = (select my_actor()) or {TAKING.format(case="case_id")})
  and (from_desk_id = {MINE} or responsible_desk_id = {MINE} or (select true
    from referrals_referralgrant g where g.content_object_id = referrals_referral.id
      and g.group_id = {MINE} and (g.until is null or g.until > statement_timestamp()) limit 1)
    or {TAKING.format(case="case_id")}));
drop policy change on referrals_referral;
create policy change on referrals_referral for update to relay_app using (
  from_desk_id = {MINE} or responsible_desk_id = {MINE} or (select true
    from referrals_referralgrant g where g.content_object_id = referrals_referral.id
      and g.group_id = {MINE} and (g.until is null or g.until > statement_timestamp()) limit 1)
  or {TAKING.format(case="case_id")})
  with check (accepting_desk_id is null or accepting_desk_id = {MINE} or from_desk_id = {MINE}
    or {TAKING.format(case="case_id")});
"""

SHARES = """
set local role relay_definer;
create or replace function may_share_case(
  wanted bigint, grantee int, why text, cause text, mine int[]
) returns boolean stable language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  mine := my_desks();
  return exists (select from cases_case where id = wanted and lead_desk_id = any (mine))
    -- Opened again: whoever holds the referral opens the case for itself.
    or (why = 'receiver' and grantee = any (mine)
        and exists (select from referrals_referral r
                    where r.reference = split_part(cause, ':', 2) and r.case_id = wanted
                      and r.accepting_desk_id = grantee
                      and r.status in ('accepted', 'waitlisted', 'in_service', 'returning')))
    -- Shared support begins for whoever accepted it; other offers of a hand-off end with an answer.
    or (why in ('handoff', 'shared')
        and exists (select from referrals_handoff h
                    where h.reference = split_part(cause, ':', 2) and h.case_id = wanted
                      and ((h.status = 'accepted' and h.accepting_desk_id = any (mine)
                            and (why = 'handoff' or grantee = h.accepting_desk_id))
                           or (why = 'handoff' and grantee = any (mine)
                               and exists (select from cases_casegrant where source = cause
                                 and content_object_id = wanted and group_id = grantee
                                 and reason = why
                                 and (until is null or until > statement_timestamp()))))))
    or (why = 'receiver'
        and exists (select from cases_casegrant where content_object_id = wanted
                    and group_id = grantee and reason = why and source = cause)
        and exists (select from cases_casegrant where content_object_id = wanted
                    and group_id = any (mine) and reason = why and source = cause
                    and (until is null or until > statement_timestamp())))
    or taking_over(wanted);
end $$;
create or replace function may_share_referral(
  wanted bigint, grantee int, why text, mine int[]
) returns boolean stable language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  mine := my_desks();
  return exists (select from referrals_referral where id = wanted and from_desk_id = any (mine))
    or (exists (select from referrals_referralgrant where content_object_id = wanted
                and group_id = grantee and reason = why)
        and exists (select from referrals_referralgrant where content_object_id = wanted
                    and group_id = any (mine) and reason = 'receiver'
                    and (until is null or until > statement_timestamp())))
    or exists (select from referrals_referral r where r.id = wanted and taking_over(r.case_id));
end $$;
reset role;
"""

# The sides of a referral are fixed, but that the sender's side follows the lead of its case.
FIXED = """
create or replace function referral_fixed() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
  if (old.case_id, old.to_desk_id, old.to_team_id, old.to_agency_id,
      old.to_province, old.writer_id, old.reroutes_id, old.doors)
    is distinct from (new.case_id, new.to_desk_id, new.to_team_id,
      new.to_agency_id, new.to_province, new.writer_id, new.reroutes_id, new.doors)
    or (old.from_desk_id <> new.from_desk_id
        and not exists (select from cases_case c where c.id = new.case_id
                        and c.lead_desk_id = new.from_desk_id))
  then
    raise exception 'the two sides of a referral are fixed'
      using errcode = 'check_violation', constraint = 'referral_fixed';
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
  if old.status is distinct from new.status and not (case
      when (old.status, new.status) in (
        ('draft', 'sent'),
        ('draft', 'withdrawn'),
        ('questioned', 'sent'),
        ('questioned', 'withdrawn'),
        ('returning', 'returned'),
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
create function handoff_guard() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  mine int[];
  sends boolean;
  receives boolean;
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
      old.until, old.safety_plan_reviewed, old.consent_confirmed, old.despite_areas,
      old.agreed_by_phone_at, old.proposed_at, old.due_at) is distinct from (new.case_id, new.from_desk_id, new.to_desk_id, new.to_team_id,
      new.to_agency_id, new.to_province, new.writer_id, new.type, new.reason, new.basis,
      new.provision, new.audience, new.until, new.safety_plan_reviewed, new.consent_confirmed,
      new.despite_areas, new.agreed_by_phone_at, new.proposed_at, new.due_at)
  then
    raise exception 'a proposal stays as it was written'
      using errcode = 'check_violation', constraint = 'handoff_fixed';
  end if;
  if old.status is distinct from new.status and (old.status, new.status) not in (
    ('proposed', 'accepted'),
    ('proposed', 'declined'),
    ('proposed', 'withdrawn'))
  then
    raise exception 'a hand-off cannot go from % to %', old.status, new.status
      using errcode = 'check_violation', constraint = 'handoff_pair';
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
  if (new.status = 'withdrawn' and not sends)
     or (new.status in ('accepted', 'declined') and not receives)
     or (new.accepting_desk_id is not null and not new.accepting_desk_id = any (mine))
     or (old.status <> 'proposed' and old.status = new.status)
  then
    raise exception 'the other side of the hand-off decides this'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger guard before insert or update on referrals_handoff
  for each row execute function handoff_guard();
revoke execute on function handoff_guard from public;
alter function handoff_guard() owner to relay_definer;

create constraint trigger recorded after insert or update on referrals_handoff
  deferrable initially deferred for each row execute function audit_recorded('handoff');
create trigger next_version before update on referrals_handoff
  for each row execute function audit_next_version();
"""

# What an offer gives is what was offered: nothing opens with it, nobody passes it on, and what has
# ended does not come back. Shared support and the former lead's reading end when they were to end.
GIVEN = """
create function case_grant_of_a_handoff() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  h referrals_handoff;
begin
  if session_user <> 'relay_app' or new.until <= statement_timestamp() then
    return new;
  end if;
  select * into h from referrals_handoff
    where reference = split_part(new.source, ':', 2) and case_id = new.content_object_id;
  if not found or new.until is null or not (case new.reason
      when 'handoff' then h.status = 'proposed' and not new.opens_page and new.until <= h.until
        and exists (select from referrals_handoffgrant g where g.content_object_id = h.id
          and g.group_id = new.group_id and g.reason = 'handoff' and not g.declined
          and (g.until is null or g.until > statement_timestamp()))
      when 'shared' then h.status = 'accepted' and h.type = 'shared'
        and h.accepting_desk_id = new.group_id and new.until <= h.until
      else h.status = 'accepted' and h.from_desk_id = new.group_id
        and new.until <= h.answered_at + interval '31 days' end)
  then
    raise exception 'a hand-off gives what was offered' using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger of_a_handoff before insert or update on cases_casegrant for each row
  when (new.reason in ('handoff', 'shared', 'former_lead'))
  execute function case_grant_of_a_handoff();
revoke execute on function case_grant_of_a_handoff from public;
alter function case_grant_of_a_handoff() owner to relay_definer;

create function handoff_grant_guard() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  mine int[];
  sends boolean;
  holds boolean;
begin
  if session_user <> 'relay_app' then
    return new;
  end if;
  mine := my_desks();
  select h.from_desk_id = any (mine), coalesce(h.accepting_desk_id = any (mine), false)
    into sends, holds from referrals_handoff h where h.id = new.content_object_id;
  if sends then
    return new;
  end if;
  if tg_op = 'INSERT' or new.until is null or new.until > statement_timestamp()
     or (old.group_id, old.content_object_id, old.reason)
        is distinct from (new.group_id, new.content_object_id, new.reason)
     or new.reason <> 'handoff' or not (new.group_id = any (mine) or holds)
     or (old.declined is distinct from new.declined and not new.group_id = any (mine))
  then
    raise exception 'whoever was offered it ends its own offer, and the others'' by accepting'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger guard before insert or update on referrals_handoffgrant
  for each row execute function handoff_grant_guard();
revoke execute on function handoff_grant_guard from public;
alter function handoff_grant_guard() owner to relay_definer;
"""

# Who leads and who stood aside is one thing: a case that was handed over has a hand-off that says so.
LEAD = """
create function case_lead_follows_a_handoff() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if not exists (select from referrals_handoff h where h.case_id = new.id
                 and h.status = 'accepted' and h.type <> 'shared'
                 and h.accepted_in = txid_current() and h.accepting_desk_id = new.lead_desk_id
                 and h.from_desk_id = old.lead_desk_id)
  then
    raise exception 'the lead moves with an accepted hand-off'
      using errcode = 'check_violation', constraint = 'case_lead_follows_a_handoff';
  end if;
  return new;
end $$;
create trigger lead_follows before update of lead_desk_id on cases_case for each row
  when (old.lead_desk_id is distinct from new.lead_desk_id)
  execute function case_lead_follows_a_handoff();
revoke execute on function case_lead_follows_a_handoff from public;
alter function case_lead_follows_a_handoff() owner to relay_definer;

-- And the other way round: nobody accepts a hand-off without becoming the lead.
create function handoff_moves_the_lead() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if not exists (select from cases_case c where c.id = new.case_id
                 and c.lead_desk_id = new.accepting_desk_id)
  then
    raise exception 'an accepted hand-off moves the lead'
      using errcode = 'check_violation', constraint = 'handoff_moves_the_lead';
  end if;
  return null;
end $$;
create constraint trigger moves after update of status on referrals_handoff
  deferrable initially deferred for each row
  when (new.status = 'accepted' and new.accepting_desk_id is not null and new.type <> 'shared')
  execute function handoff_moves_the_lead();
revoke execute on function handoff_moves_the_lead from public;
alter function handoff_moves_the_lead() owner to relay_definer;
"""

RECORD = f"""
create or replace function may_read_entry(subject text, actor bigint) returns boolean stable
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  kind text := split_part(subject, ':', 1);
  wanted text := split_part(subject, ':', 2);
begin
  if kind = 'referral' then
    return exists (select from referrals_referral where reference = wanted);
  elsif kind = 'case' then
    return exists (select from cases_case where reference = wanted
                   and lead_desk_id = {MINE});
  elsif kind = 'handoff' then
    return exists (select from referrals_handoff where reference = wanted);
  end if;
  return actor = my_actor();
end $$;
set local role relay_definer;
create or replace function audit_entry_guard() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  mine int[];
  named text := split_part(new.subject, ':', 2);
begin
  if session_user <> 'relay_app' then
    return new;
  end if;
  if new.desk_id is not null and not exists (
    select from coordination_membership m where m.user_id = new.actor_id
      and m.desk_id = new.desk_id and m.since <= statement_timestamp()
      and (m.until is null or m.until > statement_timestamp()))
  then
    raise exception 'the actor has no seat at this desk' using errcode = 'insufficient_privilege';
  end if;
  mine := my_desks();
  if new.subject like 'referral:%' and not exists (
    select from referrals_referral r where r.reference = named and (
      r.from_desk_id = any (mine) or taking_over(r.case_id) or exists (
        select from referrals_referralgrant g
        where g.content_object_id = r.id and g.group_id = any (mine))))
  then
    raise exception 'an entry about what its actor cannot reach'
      using errcode = 'insufficient_privilege';
  elsif new.subject like 'case:%' and not exists (
    select from cases_case c where c.reference = named and (
      c.lead_desk_id = any (mine) or exists (
        select from cases_casegrant g
        where g.content_object_id = c.id and g.group_id = any (mine))))
  then
    raise exception 'an entry about what its actor cannot reach'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
reset role;
create function audit_handoff_guard() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if session_user = 'relay_app' and not exists (
    select from referrals_handoff h where h.reference = split_part(new.subject, ':', 2) and (
      h.from_desk_id = any (my_desks()) or exists (
        select from referrals_handoffgrant g
        where g.content_object_id = h.id and g.group_id = any (my_desks()))))
  then
    raise exception 'an entry about what its actor cannot reach'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger handoff_guard before insert on audit_entry for each row
  when (new.subject like 'handoff:%') execute function audit_handoff_guard();
revoke execute on function audit_handoff_guard from public;
alter function audit_handoff_guard() owner to relay_definer;
"""


class Migration(migrations.Migration):
    dependencies = [("referrals", "0010_handoffs")]

    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop)
        for sql in (
            RIGHTS,
            FORCE,
            MAY_SHARE,
            POLICIES,
            MOVES,
            SHARES,
            FIXED,
            SIDES,
            HANDOFFS,
            GIVEN,
            LEAD,
            RECORD,
        )
    ]
