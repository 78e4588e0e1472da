"""
A basis ends when it says so, whoever is there to carry it out; and what rests on it with it.

Found by somebody who played an insider.
"""

from django.db import migrations

MINE = "any ((select my_desks())::int[])"
ALIVE = "({row}.until is null or {row}.until > statement_timestamp())"
OPEN = "(g.opens_page and (g.words_until is null or g.words_until > statement_timestamp()))"

# A desk that accepted has the case's page until the basis ends: the grant says until when.
FILL = """
alter table cases_casegrant no force row level security;
alter table cases_casegrant disable trigger user;
alter table referrals_referral no force row level security;
alter table referrals_basis no force row level security;
update cases_casegrant g set words_until = b.until
  from referrals_referral r join referrals_basis b on b.referral_id = r.id
  where g.reason = 'receiver' and g.opens_page and g.source = 'referral:' || r.reference
    and g.content_object_id = r.case_id;
alter table referrals_basis force row level security;
alter table referrals_referral force row level security;
alter table cases_casegrant enable trigger user;
alter table cases_casegrant force row level security;
"""

# Access that closed to the minimum opens no page and brings no later words, whoever renews it.
MINIMUM = """
set local role relay_definer;
create or replace function case_grant_keeps_the_minimum() returns trigger language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  if exists (select from referrals_referral r join referrals_basis b on b.referral_id = r.id
             where r.reference = split_part(new.source, ':', 2)
               and r.case_id = new.content_object_id
               and case when r.basis_ended_at is not null
                 then new.opens_page or new.words_until is null
                   or new.words_until > r.basis_ended_at
                 else new.opens_page and (new.words_until is null or new.words_until > b.until)
                 end)
  then
    raise exception 'the basis has ended: only the minimum is left'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
reset role;
"""

# What is left to a desk after the basis ended shows in its span; the page's own end does not.
SPANS = """
set local role relay_definer;
create or replace function access_span_of_case() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  insert into coordination_accessspan
    (case_reference, subject, desk_id, reason, source, opens_page, is_minimum, since, until)
  select o.reference, 'case:' || o.reference, new.group_id, new.reason, new.source, new.opens_page,
    not new.opens_page and new.words_until is not null,
    case when session_user = 'relay_worker'
      then coalesce(nullif(current_setting('relay.moment', true), '')::timestamptz,
                    statement_timestamp())
      else statement_timestamp() end, new.until
  from cases_case o where o.id = new.content_object_id;
  return null;
end $$;
reset role;
"""

NOTES = f"""
drop policy read on cases_note;
create policy read on cases_note for select to relay_app using (
  desk_id = {MINE} or (audience = 'everyone' and (select true from cases_casegrant g
    where g.content_object_id = case_id
    and g.group_id = {MINE} and {ALIVE.format(row="g")}
    and (g.words_until is null or written_at <= g.words_until)
    and (g.source = about or ({OPEN} and (g.reason <> 'receiver' or left(about, 5) = 'case:')))
    limit 1)));
"""

HOLDS = f"""(select true from coordination_desk d join coordination_agency a on a.id = d.agency_id
    where d.group_id = {{desk}} and a.kind in ('indigenous_org', 'cas_indigenous')
      and (exists (select from cases_case c where c.id = case_id and c.lead_desk_id = d.group_id)
        or exists (select from cases_casegrant g where g.content_object_id = case_id
             and g.group_id = d.group_id and {OPEN} and g.reason in ('receiver', 'shared')
             and {ALIVE.format(row="g")}))
    limit 1)"""

IDENTITY = f"""
drop policy read on cases_indigenousidentity;
drop policy add on cases_indigenousidentity;
drop policy forget on cases_indigenousidentity;
create policy read on cases_indigenousidentity for select to relay_app
  using ({HOLDS.format(desk=MINE)});
create policy add on cases_indigenousidentity for insert to relay_app with check (
  desk_id = {MINE} and person_id = (select my_actor()) and {HOLDS.format(desk="desk_id")});
create policy forget on cases_indigenousidentity for delete to relay_app
  using ({HOLDS.format(desk=MINE)});
"""

# Nothing is sent or put off once the basis has ended. The worker writes a past that was.
RESTS = """
set local role relay_definer;
create or replace function referral_rests() returns trigger language plpgsql security definer
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
      ('accepted', 'waitlisted'), ('completed', 'in_service'))
     and (taken_back or new.basis_ended_at is not null
          or (session_user = 'relay_app' and ends <= statement_timestamp()
              and (old.status, new.status) <> ('questioned', 'sent')))
  then
    raise exception 'the basis has ended'
      using errcode = 'check_violation', constraint = 'referral_rests';
  end if;
  return new;
end $$;
reset role;
"""

# Shared support ends with the consent that it rests on, as the offers do.
CARRIED_OUT = f"""
set local role relay_definer;
create or replace function consent_carried_out() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if exists (select from referrals_basis b join referrals_referral r on r.id = b.referral_id
             where b.consent_id = new.id and r.basis_ended_at is null and r.status in
               ('sent', 'questioned', 'accepted', 'waitlisted', 'in_service', 'returning'))
     or exists (select from referrals_handoff h where h.consent_id = new.id
                and (h.status = 'proposed' or h.status = 'accepted' and h.type = 'shared'
                  and exists (select from cases_casegrant g
                    where g.content_object_id = h.case_id and g.reason = 'shared'
                      and g.source = 'handoff:' || h.reference and {ALIVE.format(row="g")})))
  then
    raise exception 'something still rests on this consent'
      using errcode = 'check_violation', constraint = 'consent_carried_out';
  end if;
  return null;
end $$;
reset role;
"""

# Before an acceptance a receiver sees it no longer than the basis; and once the basis has ended, a
# line that ended is not renewed.
LINES = f"""
create function referral_line_ends() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if session_user = 'relay_app' and exists (
    select from referrals_referralgrant line
    join referrals_referral r on r.id = line.content_object_id
    join referrals_basis b on b.referral_id = r.id
    where line.id = new.id and {ALIVE.format(row="line")} and (
      r.status in ('sent', 'questioned') and not line.declined
        and (line.until is null or line.until > b.until)
      or tg_op = 'UPDATE' and old.until <= statement_timestamp()
        and (r.basis_ended_at is not null or b.until <= statement_timestamp())))
  then
    raise exception 'nobody sees it for longer than its basis'
      using errcode = 'check_violation', constraint = 'referral_line_ends';
  end if;
  return null;
end $$;
create constraint trigger ends after insert on referrals_referralgrant
  deferrable initially deferred for each row when (new.reason = 'receiver')
  execute function referral_line_ends();
create constraint trigger ends_as_before after update on referrals_referralgrant
  deferrable initially deferred for each row
  when (new.reason = 'receiver' and old.until is distinct from new.until
        and (new.until is null or old.until < new.until))
  execute function referral_line_ends();
revoke execute on function referral_line_ends from public;
alter function referral_line_ends() owner to relay_definer;
"""

# Two cases are linked for good, or referrals of the one were moved to the other by no link at all.
LINKS = """
set local role relay_definer;
create or replace function case_link_guard() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if tg_op = 'INSERT' then
    if new.ended_at is not null or not exists (
      select from cases_case d join cases_case k on k.id = new.kept_id
      where d.id = new.case_id and d.lead_desk_id = k.lead_desk_id and d.lead_desk_id = new.desk_id
        and d.status <> 'closed' and k.status <> 'closed')
    then
      raise exception 'one desk leads both cases, and both are open'
        using errcode = 'check_violation', constraint = 'case_link_of_one_desk';
    end if;
    new.linked_in := txid_current();
    return new;
  end if;
  if old.ended_at is not null or new.ended_at is null or old.linked_in = txid_current()
     or (old.case_id, old.kept_id, old.desk_id, old.linked_at, old.linked_in) is distinct from
        (new.case_id, new.kept_id, new.desk_id, new.linked_at, new.linked_in)
  then
    raise exception 'a link only ends, and later' using errcode = 'check_violation',
      constraint = 'case_link_fixed';
  end if;
  return new;
end $$;
reset role;
"""


class Migration(migrations.Migration):
    dependencies = [("referrals", "0030_said_as_it_was_done")]

    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop)
        for sql in (FILL, MINIMUM, SPANS, NOTES, IDENTITY, RESTS, CARRIED_OUT, LINES, LINKS)
    ]
