"""
A status does not move alone: its lines, and what they open of the case, move with it.

Found by somebody who played an insider, and moved the one without the other.
"""

from django.db import migrations

LINE_ALIVE = "(l.until is null or l.until > statement_timestamp())"
GRANT_ALIVE = "(g.until is null or g.until > statement_timestamp())"
HELD = "('accepted', 'waitlisted', 'in_service', 'returning')"
LIVE = "('draft', 'sent', 'questioned', 'accepted', 'waitlisted', 'in_service', 'returning')"
RECEIVES = f"""l.content_object_id = r.id and l.reason = 'receiver' and l.box <> 'closed'
      and {LINE_ALIVE}"""

# The literals are those of referrals.states; a test compares them.
BOX = f"""
set local role relay_definer;
create function referral_box(r referrals_referral, line referrals_referralgrant) returns text
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  if line.reason = 'sender' and r.settled_at is not null then
    return 'closed';
  elsif line.reason = 'sender' and r.status = 'sent'
        and (r.to_agency_id is not null or r.to_province <> '') then
    return 'needs_action';
  elsif line.reason = 'receiver' and line.declined then
    return 'closed';
  end if;
  return (select box from (values
      ('receiver', 'accepted', 'active'),
      ('receiver', 'completed', 'closed'),
      ('receiver', 'declined', 'closed'),
      ('receiver', 'in_service', 'active'),
      ('receiver', 'questioned', 'waiting'),
      ('receiver', 'returned', 'closed'),
      ('receiver', 'returning', 'active'),
      ('receiver', 'sent', 'inbox'),
      ('receiver', 'waitlisted', 'active'),
      ('receiver', 'withdrawn', 'closed'),
      ('sender', 'accepted', 'sent'),
      ('sender', 'completed', 'closed'),
      ('sender', 'declined', 'needs_action'),
      ('sender', 'draft', 'drafts'),
      ('sender', 'in_service', 'sent'),
      ('sender', 'questioned', 'needs_action'),
      ('sender', 'returned', 'needs_action'),
      ('sender', 'returning', 'needs_action'),
      ('sender', 'sent', 'sent'),
      ('sender', 'waitlisted', 'sent'),
      ('sender', 'withdrawn', 'needs_action')
    ) boxes(side, status, box) where side = line.reason and status = r.status);
end $$;
revoke execute on function referral_box from public;

create or replace function referral_line_box() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  r referrals_referral;
  line referrals_referralgrant;
begin
  select * into line from referrals_referralgrant where id = new.id;
  if not found then
    return null;
  end if;
  select * into r from referrals_referral where id = line.content_object_id;
  if line.until <= statement_timestamp() or line.reason = 'receiver' and line.box = 'closed' then
    if line.reason = 'receiver' and exists (
      select from cases_casegrant g where g.content_object_id = r.case_id
        and g.group_id = line.group_id and g.reason = 'receiver'
        and g.source = 'referral:' || r.reference and {GRANT_ALIVE})
    then
      raise exception 'access to a case follows the line of its referral'
        using errcode = 'check_violation', constraint = 'case_grant_follows';
    end if;
  end if;
  if (line.until is null or line.until > statement_timestamp())
     and line.box is distinct from referral_box(r, line)
  then
    raise exception 'a line of % does not stand in %', r.status, line.box
      using errcode = 'check_violation', constraint = 'referral_line_box';
  end if;
  return null;
end $$;
reset role;
"""

# What a worker of the network passes on, a seed and an import keep to the same.
LINES = f"""
create function referral_moves_with_its_lines() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  r referrals_referral;
begin
  select * into r from referrals_referral where id = new.id;
  if not found then
    return null;
  elsif exists (select from referrals_referralgrant l where l.content_object_id = r.id
      and l.reason <> 'history' and {LINE_ALIVE} and (l.box is distinct from referral_box(r, l)
        or l.box <> 'closed' and l.due_at <> r.due_at))
  then
    raise exception 'a referral is % and its lines are not', r.status
      using errcode = 'check_violation', constraint = 'referral_line_box';
  elsif exists (select from cases_casegrant g where g.content_object_id = r.case_id
      and g.reason = 'receiver' and g.source = 'referral:' || r.reference and {GRANT_ALIVE}
      and (g.opens_page and g.group_id is distinct from r.accepting_desk_id or not exists (
        select from referrals_referralgrant l where l.group_id = g.group_id and {RECEIVES})))
  then
    raise exception 'access to a case follows the line of its referral'
      using errcode = 'check_violation', constraint = 'case_grant_follows';
  elsif r.status in {HELD} and r.accepting_desk_id is not null and not exists (
      select from referrals_referralgrant l join cases_casegrant g on g.group_id = l.group_id
        and g.content_object_id = r.case_id and g.reason = 'receiver'
        and g.source = 'referral:' || r.reference and g.until is null
      where {RECEIVES} and l.group_id = r.accepting_desk_id and l.until is null)
    or r.status in ('sent', 'questioned') and r.to_agency_id is null and r.to_province = ''
      and exists (select from referrals_basis b
                  where b.referral_id = r.id and b.until > statement_timestamp())
      and not exists (select from referrals_referralgrant l where {RECEIVES})
  then
    raise exception 'somebody has to see a referral that is open'
      using errcode = 'check_violation', constraint = 'referral_line_stays';
  elsif exists (select from referrals_requestedservice s where s.referral_id = r.id
      and (s.is_live <> (r.status in {LIVE}) or (s.outcome <> '') <> (r.status = 'completed')))
  then
    raise exception 'what is asked for is live as its referral is'
      using errcode = 'check_violation', constraint = 'service_in_step';
  end if;
  return null;
end $$;
create constraint trigger moves_with_its_lines
  after update of status, accepting_desk_id, settled_at, due_at on referrals_referral
  deferrable initially deferred for each row
  when (old.status is distinct from new.status or old.settled_at is distinct from new.settled_at
    or old.accepting_desk_id is distinct from new.accepting_desk_id
    or old.due_at is distinct from new.due_at)
  execute function referral_moves_with_its_lines();
revoke execute on function referral_moves_with_its_lines from public;
alter function referral_moves_with_its_lines() owner to relay_definer;
"""


class Migration(migrations.Migration):
    dependencies = [("referrals", "0032_codes_and_purposes")]

    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (BOX, LINES)]
