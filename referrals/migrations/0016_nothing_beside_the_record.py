"""
Nothing is said, changed or closed beside the record: entries, words, facts and the end of a case.

Found by a second reviewer who played an insider.
"""

from django.db import migrations

ALIVE = "({row}.until is null or {row}.until > statement_timestamp())"

# Whether this very transaction made a version of a row: its writer is in progress, and visible to
# nobody else. `xmin` may be that of a savepoint, so it cannot be compared with the transaction's own.
MADE_NOW = """
create function audit_made_now(writer xid) returns boolean language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
declare
  around bigint := 1::bigint << 32;
  current_id bigint := pg_current_xact_id()::text::bigint;
  full_id bigint := current_id / around * around + writer::text::bigint;
begin
  if full_id > current_id + around / 2 then  -- made before the counter went around
    full_id := full_id - around;
  elsif full_id < current_id - around / 2 then  -- a savepoint, just after it did
    full_id := full_id + around;
  end if;
  return full_id > 0 and pg_xact_status(full_id::text::xid8) = 'in progress';
end $$;
revoke execute on function audit_made_now from public;
grant execute on function audit_made_now to relay_definer;
"""

# An entry that claims a version speaks of a change of its own transaction: written beforehand, it
# would stop the honest change. And whoever has lost sight of something says nothing more about it.
ENTRIES = f"""
create function audit_entry_of_its_change() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  kind text := split_part(new.subject, ':', 1);
  named text := split_part(new.subject, ':', 2);
begin
  if session_user = 'relay_app' and not (case kind
    when 'case' then exists (select from cases_case c where c.reference = named
      and c.version >= new.version and audit_made_now(c.xmin))
    when 'referral' then exists (select from referrals_referral r where r.reference = named
      and r.version >= new.version and audit_made_now(r.xmin))
    when 'handoff' then exists (select from referrals_handoff h where h.reference = named
      and h.version >= new.version and audit_made_now(h.xmin))
    else true end)
  then
    raise exception 'version % of % was not made with its entry', new.version, new.subject
      using errcode = 'check_violation', constraint = 'entry_of_its_change';
  end if;
  return null;
end $$;
create constraint trigger of_its_change after insert on audit_entry
  deferrable initially deferred for each row when (new.version is not null)
  execute function audit_entry_of_its_change();

create function audit_entry_in_sight() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  kind text := split_part(new.subject, ':', 1);
  named text := split_part(new.subject, ':', 2);
  mine int[] := my_desks();
begin
  if session_user = 'relay_app' and not (case kind
    when 'case' then exists (select from cases_case c where c.reference = named
      and (c.lead_desk_id = any (mine) or exists (select from cases_casegrant g
        where g.content_object_id = c.id and g.group_id = any (mine) and {ALIVE.format(row="g")})))
    when 'referral' then exists (select from referrals_referral r where r.reference = named
      and (r.from_desk_id = any (mine) or taking_over(r.case_id)
        or exists (select from referrals_referralgrant g where g.content_object_id = r.id
          and g.group_id = any (mine) and {ALIVE.format(row="g")})))
    when 'handoff' then exists (select from referrals_handoff h where h.reference = named
      and (h.from_desk_id = any (mine) or h.accepting_desk_id = any (mine)
        or exists (select from referrals_handoffgrant g where g.content_object_id = h.id
          and g.group_id = any (mine) and {ALIVE.format(row="g")})))
    else true end)
  then
    raise exception 'an entry about what its actor does not see'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger in_sight before insert on audit_entry for each row
  when (new.subject ~ '^(case|referral|handoff):') execute function audit_entry_in_sight();
revoke execute on function audit_entry_of_its_change from public;
alter function audit_entry_of_its_change() owner to relay_definer;
revoke execute on function audit_entry_in_sight from public;
alter function audit_entry_in_sight() owner to relay_definer;
"""

# Words are about their own case, of now, and in the record; about a referral or a hand-off they
# reach its two sides and the lead, and not whoever else may open the case.
NOTES = """
create function note_of_its_case() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  named text := split_part(new.about, ':', 2);
begin
  if session_user <> 'relay_app' then
    return new;
  end if;
  if not (case split_part(new.about, ':', 1)
    when 'case' then exists (select from cases_case where reference = named and id = new.case_id)
    when 'referral' then exists (
      select from referrals_referral where reference = named and case_id = new.case_id)
    else exists (select from referrals_handoff where reference = named and case_id = new.case_id)
    end)
    or abs(extract(epoch from clock_timestamp() - new.written_at)) > 60
  then
    raise exception 'words are about their own case, and of now'
      using errcode = 'check_violation', constraint = 'note_of_its_case';
  end if;
  return new;
end $$;
create trigger of_its_case before insert on cases_note
  for each row execute function note_of_its_case();

create function note_recorded() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if session_user = 'relay_app' and not exists (
    select from audit_entry e join audit_entrybody b on b.entry_id = e.id
    where e.subject = new.about and e.recorded_at >= transaction_timestamp()
      and b.data -> 'note' = to_jsonb(new.id))
  then
    raise exception 'words about % are not in the record', new.about
      using errcode = 'check_violation', constraint = 'words_recorded';
  end if;
  return null;
end $$;
create constraint trigger words_recorded after insert on cases_note
  deferrable initially deferred for each row execute function note_recorded();

create policy business on cases_note as restrictive for select to relay_app using (
  desk_id = any ((select my_desks())::int[]) or left(about, 5) = 'case:'
  or (select true from cases_casegrant g where g.content_object_id = case_id
        and g.group_id = any ((select my_desks())::int[]) and (g.source = about or g.reason = 'lead')
        and (g.until is null or g.until > statement_timestamp()) limit 1));
revoke execute on function note_of_its_case from public;
alter function note_of_its_case() owner to relay_definer;
revoke execute on function note_recorded from public;
alter function note_recorded() owner to relay_definer;
"""

# What hangs on a case or a referral changes with its version, and so with its entry.
PARTS = """
create function changes_with_its_case() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if session_user = 'relay_app' and not exists (
    select from cases_case where id = (case tg_op when 'DELETE' then old.case_id
                                       else new.case_id end) and audit_made_now(xmin))
  then
    raise exception 'a part of a case changes with the case'
      using errcode = 'check_violation', constraint = 'changes_with_its_case';
  end if;
  return null;
end $$;
create constraint trigger with_its_case after insert or update on cases_leadfacts
  deferrable initially deferred for each row execute function changes_with_its_case();
create constraint trigger with_its_case after insert or update or delete on cases_needoutcome
  deferrable initially deferred for each row execute function changes_with_its_case();

create function changes_with_its_referral() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if session_user = 'relay_app' and not exists (
    select from referrals_referral where id = new.referral_id and audit_made_now(xmin))
  then
    raise exception 'a part of a referral changes with the referral'
      using errcode = 'check_violation', constraint = 'changes_with_its_referral';
  end if;
  return null;
end $$;
create constraint trigger with_its_referral after insert or update on referrals_requestedservice
  deferrable initially deferred for each row execute function changes_with_its_referral();
create constraint trigger with_its_referral after insert or update on referrals_basis
  deferrable initially deferred for each row execute function changes_with_its_referral();
revoke execute on function changes_with_its_case from public;
alter function changes_with_its_case() owner to relay_definer;
revoke execute on function changes_with_its_referral from public;
alter function changes_with_its_referral() owner to relay_definer;
"""

# A case that is offered, or of which a need found no help, is not over; a closed one is not offered.
# Whatever is live of a case has its lead as sender. The literals are those of referrals.states.
CLOSING = """
create function case_is_over() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if exists (select from referrals_handoff h where h.case_id = new.id and h.status = 'proposed')
     or exists (select from referrals_referral r where r.case_id = new.id
                and r.status in ('declined', 'returned', 'withdrawn') and r.settled_at is null)
  then
    raise exception 'the case is not over'
      using errcode = 'check_violation', constraint = 'case_is_over';
  end if;
  return new;
end $$;
create trigger is_over before update of status on cases_case
  for each row when (new.status = 'closed') execute function case_is_over();

set local role relay_definer;
grant execute on function referral_of_an_open_case to relay_owner;  -- to attach it
reset role;
create trigger open_case before insert on referrals_handoff
  for each row execute function referral_of_an_open_case();

create function referral_of_its_lead() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if not exists (select from cases_case where id = new.case_id and lead_desk_id = new.from_desk_id)
  then
    raise exception 'the desk that leads the case sends'
      using errcode = 'insufficient_privilege', constraint = 'referral_of_its_lead';
  end if;
  return new;
end $$;
create trigger of_its_lead before insert or update of status on referrals_referral
  for each row when (new.status in ('draft', 'sent', 'questioned', 'accepted', 'waitlisted',
    'in_service', 'returning')) execute function referral_of_its_lead();
revoke execute on function case_is_over from public;
alter function case_is_over() owner to relay_definer;
revoke execute on function referral_of_its_lead from public;
alter function referral_of_its_lead() owner to relay_definer;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("referrals", "0015_access_as_it_follows"),
        ("cases", "0007_life_cycle_walls"),
        ("audit", "0002_record"),
    ]

    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop)
        for sql in (MADE_NOW, ENTRIES, NOTES, PARTS, CLOSING)
    ]
