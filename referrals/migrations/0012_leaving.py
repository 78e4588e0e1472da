"""
What a person or a desk held when nobody works there: counted for administrators, moved by the worker.

The web process gets numbers alone. Sides that are fixed move in the worker's transactions only, and
only away from a desk at which nobody works: the web process cannot make that true and see a record.
"""

from django.db import migrations

WORKS = """m.role in ('worker', 'lead') and m.since <= statement_timestamp()
      and (m.until is null or m.until > statement_timestamp())"""

LEFT = f"""
create function somebody_works_at(desk int) returns boolean stable language sql
security definer set search_path = pg_catalog, public, pg_temp as $$
  select exists (
    select from coordination_membership m join coordination_user u on u.id = m.user_id
    where m.desk_id = desk and u.is_active and {WORKS})
$$;
create function works_at(person bigint, desk int) returns boolean stable language sql
security definer set search_path = pg_catalog, public, pg_temp as $$
  select exists (
    select from coordination_membership m join coordination_user u on u.id = m.user_id
    where m.desk_id = desk and m.user_id = person and u.is_active and {WORKS})
$$;
revoke execute on function somebody_works_at, works_at from public;
grant execute on function somebody_works_at, works_at to relay_app, relay_worker;
alter function somebody_works_at owner to relay_definer;
alter function works_at owner to relay_definer;
"""

# The literals are those of referrals.states and handoff_states; a test compares the counts.
COUNTS = """
create function held_by(person bigint)
returns table (desk_id int, cases bigint, referrals bigint, drafts bigint) stable language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  if session_user = 'relay_app' and not (may_end(person) or person = my_actor()) then
    return;
  end if;
  return query
  select m.desk_id,
    (select count(*) from cases_case c where c.lead_desk_id = m.desk_id
       and c.assignee_id = person and c.status <> 'closed'),
    (select count(*) from referrals_referralgrant g where g.group_id = m.desk_id
       and g.assignee_id = person and g.box <> 'closed'
       and (g.until is null or g.until > statement_timestamp())),
    (select count(*) from referrals_referral r where r.from_desk_id = m.desk_id
       and r.writer_id = person and r.status = 'draft')
  from coordination_membership m where m.user_id = person
    and m.since <= statement_timestamp() and (m.until is null or m.until > statement_timestamp())
  order by m.desk_id;
end $$;
create function pending_at(wanted int)
returns table (cases bigint, held bigint, waiting bigint, offers bigint) stable language sql
security definer set search_path = pg_catalog, public, pg_temp as $$
  select
    (select count(*) from cases_case c where c.lead_desk_id = wanted and c.status <> 'closed'),
    (select count(*) from referrals_referral r where r.accepting_desk_id = wanted
       and r.status in ('accepted', 'waitlisted', 'in_service', 'returning')),
    (select count(*) from referrals_referralgrant g
       join referrals_referral r on r.id = g.content_object_id
       where g.group_id = wanted and g.reason = 'receiver' and g.box in ('inbox', 'waiting')
       and not g.declined and r.status in ('sent', 'questioned')
       and (g.until is null or g.until > statement_timestamp())),
    (select count(*) from referrals_handoffgrant g
       join referrals_handoff h on h.id = g.content_object_id
       where g.group_id = wanted and g.reason = 'handoff' and not g.declined
       and h.status = 'proposed' and (g.until is null or g.until > statement_timestamp()))
$$;
-- Live, so that no desk is missing from it between leaving and moving on.
create function desks_left() returns table (
  desk_id int, since timestamptz, cases bigint, held bigint, waiting bigint, offers bigint
) stable language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if session_user = 'relay_app'
     and not (my_role_anywhere('coordinator') or my_role_anywhere('analyst')) then
    return;
  end if;
  return query
  select d.group_id,
    (select max(least(coalesce(m.until, statement_timestamp()), statement_timestamp()))
     from coordination_membership m where m.desk_id = d.group_id and m.role in ('worker', 'lead')),
    p.cases, p.held, p.waiting, p.offers
  from coordination_desk d cross join lateral pending_at(d.group_id) p
  where not somebody_works_at(d.group_id) and p.cases + p.held + p.waiting + p.offers > 0
  order by d.group_id;
end $$;
revoke execute on function held_by, pending_at, desks_left from public;
grant execute on function held_by, desks_left to relay_app, relay_worker;
grant execute on function pending_at to relay_worker;
alter function held_by owner to relay_definer;
alter function pending_at owner to relay_definer;
alter function desks_left owner to relay_definer;
"""

FIXED = """
create function passes_on(was int, becomes int) returns boolean stable language sql
set search_path = pg_catalog, public, pg_temp as $$
  select session_user = 'relay_worker' and was is distinct from becomes
    and not somebody_works_at(was)
$$;
create function draft_passes_on(desk int, was bigint, becomes bigint) returns boolean
stable language sql set search_path = pg_catalog, public, pg_temp as $$
  select session_user = 'relay_worker' and was is distinct from becomes
    and not works_at(was, desk) and works_at(becomes, desk)
$$;

set local role relay_definer;
grant execute on function case_lead_follows_a_handoff, handoff_guard to relay_owner;
reset role;

drop trigger fixed on referrals_referral;
create trigger fixed before update on referrals_referral for each row
  when (
    (old.case_id, old.from_desk_id, old.to_team_id, old.to_agency_id, old.to_province,
     old.reroutes_id, old.doors)
      is distinct from (new.case_id, new.from_desk_id, new.to_team_id, new.to_agency_id,
                        new.to_province, new.reroutes_id, new.doors)
    or (old.to_desk_id is distinct from new.to_desk_id
        and not passes_on(old.to_desk_id, new.to_desk_id))
    or (old.writer_id is distinct from new.writer_id
        and not draft_passes_on(old.from_desk_id, old.writer_id, new.writer_id)))
  execute function referral_fixed();

drop trigger lead_follows on cases_case;
create trigger lead_follows before update of lead_desk_id on cases_case for each row
  when (old.lead_desk_id is distinct from new.lead_desk_id
        and not passes_on(old.lead_desk_id, new.lead_desk_id))
  execute function case_lead_follows_a_handoff();

drop trigger guard on referrals_handoff;
create trigger guard before insert on referrals_handoff
  for each row execute function handoff_guard();
create trigger guard_of_changes before update on referrals_handoff for each row
  when ((old.status, old.accepted_in, old.accepting_desk_id, old.case_id, old.from_desk_id,
         old.to_team_id, old.to_agency_id, old.to_province, old.writer_id, old.until)
          is distinct from (new.status, new.accepted_in, new.accepting_desk_id, new.case_id,
         new.from_desk_id, new.to_team_id, new.to_agency_id, new.to_province, new.writer_id,
         new.until)
        or old.to_desk_id is not distinct from new.to_desk_id
        or not passes_on(old.to_desk_id, new.to_desk_id))
  execute function handoff_guard();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("referrals", "0011_handoff_walls"),
        ("coordination", "0015_people_walls"),
        ("cases", "0008_assignee"),
    ]

    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (LEFT, COUNTS, FIXED)]
