"""
The second wall as tight as the first: who may move what, line by line, whoever asks the database.

Found by somebody who played an insider with the web process's role and their own identity.
"""

from django.db import migrations

# `mine` was believed as it was passed, so that anybody could ask about anybody: now it is ignored.
# And access that has ended cannot renew itself.
MAY_SHARE = """
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
    or (why = 'receiver'
        and exists (select from cases_casegrant where content_object_id = wanted
                    and group_id = grantee and reason = why and source = cause)
        and exists (select from cases_casegrant where content_object_id = wanted
                    and group_id = any (mine) and reason = why and source = cause
                    and (until is null or until > statement_timestamp())));
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
                    and (until is null or until > statement_timestamp())));
end $$;
create or replace function may_reroute(wanted bigint, of_case bigint, mine int[])
returns boolean stable language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  return exists (select from referrals_referral where id = wanted and case_id = of_case
                 and from_desk_id = any (my_desks()));
end $$;
reset role;
"""

# The case's page opens for whoever accepted, and for nobody before.
OPENS = """
create function case_opens_on_acceptance() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if new.reason = 'receiver' and new.opens_page
     and (new.until is null or new.until > statement_timestamp())
     and not exists (select from referrals_referral r
                     where r.reference = split_part(new.source, ':', 2)
                       and r.case_id = new.content_object_id
                       and r.accepting_desk_id = new.group_id)
  then
    raise exception 'the case opens on acceptance' using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger opens_on_acceptance before insert or update on cases_casegrant
  for each row execute function case_opens_on_acceptance();
revoke execute on function case_opens_on_acceptance from public;
alter function case_opens_on_acceptance() owner to relay_definer;
"""

# What a desk may change on lines of a referral, beside giving and ending them.
LINES = """
create function referral_line_guard() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  mine int[];
  sends boolean;
  holds boolean;
  undone boolean;
begin
  if session_user <> 'relay_app' then
    return new;
  end if;
  mine := my_desks();
  select r.from_desk_id = any (mine), coalesce(r.accepting_desk_id = any (mine), false),
         r.status = 'sent' and r.accepting_desk_id is null
    into sends, holds, undone
    from referrals_referral r where r.id = new.content_object_id;
  if (old.group_id, old.content_object_id, old.reason)
     is distinct from (new.group_id, new.content_object_id, new.reason) then
    raise exception 'a line stays what it is' using errcode = 'check_violation',
      constraint = 'referral_line_fixed';
  end if;
  if (old.seen_at, old.assignee_id) is distinct from (new.seen_at, new.assignee_id)
     and not new.group_id = any (mine) then
    raise exception 'who works on it is the desk''s own' using errcode = 'insufficient_privilege';
  end if;
  if old.declined is distinct from new.declined and not (new.group_id = any (mine) or sends) then
    raise exception 'a desk declines for itself' using errcode = 'insufficient_privilege';
  end if;
  if old.until is distinct from new.until and not sends then
    if new.reason = 'sender' then
      raise exception 'the sender''s line stays' using errcode = 'insufficient_privilege';
    elsif not new.group_id = any (mine) and not holds and (old.declined or not undone) then
      raise exception 'only who accepted ends the others'' access'
        using errcode = 'insufficient_privilege';
    end if;
  end if;
  return new;
end $$;
create trigger guard before update on referrals_referralgrant
  for each row execute function referral_line_guard();
revoke execute on function referral_line_guard from public;
alter function referral_line_guard() owner to relay_definer;
"""

# A line in force stands in the box of its referral's status, or nobody would find it. At commit, as
# an action moves the referral and its lines one after the other. The literals are those of
# referrals.states.BOXES; a test compares them.
BOXES = """
create function referral_line_box() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  r referrals_referral;
  line referrals_referralgrant;
  expected text;
begin
  select * into line from referrals_referralgrant where id = new.id;
  if not found or line.until <= statement_timestamp() then
    return null;
  end if;
  select * into r from referrals_referral where id = line.content_object_id;
  if line.reason = 'sender' and r.settled_at is not null then
    expected := 'closed';
  elsif line.reason = 'sender' and r.status = 'sent'
        and (r.to_agency_id is not null or r.to_province <> '') then
    expected := 'needs_action';
  elsif line.reason = 'receiver' and line.declined then
    expected := 'closed';
  else
    select box into expected from (values
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
    ) boxes(side, status, box) where side = line.reason and status = r.status;
  end if;
  if line.box is distinct from expected then
    raise exception 'a line of % stands in %, not in %', r.status, line.box, expected
      using errcode = 'check_violation', constraint = 'referral_line_box';
  end if;
  return null;
end $$;
create constraint trigger box after insert or update on referrals_referralgrant
  deferrable initially deferred for each row execute function referral_line_box();
revoke execute on function referral_line_box from public;
alter function referral_line_box() owner to relay_definer;
"""

# Which side moves a referral from one status to another, and that nobody accepts for somebody else.
# The literals are those of the sender's transitions in referrals.states; a test compares them.
SIDES = """
create function referral_side() returns trigger language plpgsql security definer
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
  if new.accepting_desk_id is not null
     and new.accepting_desk_id is distinct from old.accepting_desk_id
     and not new.accepting_desk_id = any (mine)
  then
    raise exception 'a desk accepts for itself' using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger side before update on referrals_referral
  for each row execute function referral_side();
revoke execute on function referral_side from public;
alter function referral_side() owner to relay_definer;
"""

# A service belongs to the case of its referral, and is asked of the referral's target: foreign keys
# ignore policies, so without this a stranger could find out what was asked, and hinder it.
SERVICES = """
alter table referrals_referral add constraint referral_and_case unique (id, case_id);
alter table referrals_requestedservice add constraint service_of_the_referrals_case
  foreign key (referral_id, case_id) references referrals_referral (id, case_id)
  deferrable initially deferred;
create function service_target() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  select coalesce('desk:' || r.to_desk_id, 'team:' || r.to_team_id, 'agency:' || r.to_agency_id,
                  'province:' || r.to_province)
    into new.target from referrals_referral r
    where r.id = new.referral_id and r.case_id = new.case_id;
  if not found then
    raise exception 'a service is asked for the case of its referral'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger target before insert on referrals_requestedservice
  for each row execute function service_target();
revoke execute on function service_target from public;
alter function service_target() owner to relay_definer;
revoke update on referrals_requestedservice from relay_app;
grant update (outcome, is_live) on referrals_requestedservice to relay_app;
"""

VIEWS = """
drop policy read on referrals_savedview;
drop policy discard on referrals_savedview;
create policy read on referrals_savedview for select to relay_app using (
  (owner_id = (select my_actor()) and (select my_desks()) <> '{}')
  or (is_shared and desk_id = any ((select my_desks())::int[])));
create policy discard on referrals_savedview for delete to relay_app
  using (owner_id = (select my_actor()));
drop policy change on referrals_savedview;
create policy change on referrals_savedview for update to relay_app
  using (owner_id = (select my_actor()))
  with check (owner_id = (select my_actor()));
"""

# An entry speaks of what its actor can reach, for a desk at which they sit. And an entry written in
# an earlier transaction does not cover a change of this one.
RECORD = """
create function audit_entry_guard() returns trigger language plpgsql security definer
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
      r.from_desk_id = any (mine) or exists (
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
create trigger guard before insert on audit_entry
  for each row execute function audit_entry_guard();
revoke execute on function audit_entry_guard from public;
alter function audit_entry_guard() owner to relay_definer;

set local role relay_definer;
create or replace function audit_recorded() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if not exists (select from audit_entry e
                 where e.subject = tg_argv[0] || ':' || new.reference and e.version = new.version
                   and e.recorded_at >= transaction_timestamp())
  then
    raise exception 'version % of % % is not in the record', new.version, tg_argv[0], new.reference
      using errcode = 'check_violation', constraint = 'recorded';
  end if;
  return null;
end $$;
reset role;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("referrals", "0007_worklist_index"),
        ("cases", "0005_note_walls"),
        ("coordination", "0008_own_rows"),
    ]

    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop)
        for sql in (MAY_SHARE, OPENS, LINES, BOXES, SIDES, SERVICES, VIEWS, RECORD)
    ]
