"""
Training tells no more than it has to, and its record says what was done.

Found by somebody who played an insider. A colleague's last day with a course was found by asking
for each day; that nobody on duty has one was every agency's to read; a desk asked for words; and of
one change several things could be said.
"""

from django.db import migrations

ALIVE = "m.since <= statement_timestamp() and (m.until is null or m.until > statement_timestamp())"
TODAY = "(statement_timestamp() at time zone 'America/Toronto')::date"

COURSES = """
revoke update on coordination_course from relay_app;
grant update (name_en, name_fr, provider, sectors, months, address, retired_at)
  on coordination_course to relay_app;
"""

# That a desk has nobody on duty with its course, the Office learns, by the function alone.
REQUIREMENTS = """
revoke select on coordination_requirement from relay_app;
grant select (id, desk_id, courses, begins_on, set_at, ended_at)
  on coordination_requirement to relay_app;
create function training_unmet() returns table (requirement bigint, since timestamptz)
stable language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  select r.id, r.unmet_since from coordination_requirement r
  where r.unmet_since is not null and r.ended_at is null
    and (session_user <> 'relay_app'
      or my_role_anywhere('analyst') or my_role_anywhere('coordinator'))
$$;
create function requirement_guard() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
  if tg_op = 'INSERT' and exists (
    select from unnest(new.courses) asked
    where asked is null or not exists (select from coordination_course k where k.code = asked))
  then
    raise exception 'a desk asks for courses of the list'
      using errcode = 'check_violation', constraint = 'requirement_courses_known';
  elsif tg_op = 'UPDATE' and session_user = 'relay_app' and new.ended_at is null then
    raise exception 'what a desk asks for ends, and is not touched'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger guard before insert or update on coordination_requirement
  for each row execute function requirement_guard();
"""

TRAINED = f"""
set local role relay_definer;
drop function trained_at(int, date);
drop function training_coverage(text, date);
drop function made_course(text);
drop function made_completion(text);
drop function made_requirement(text);
reset role;
create function trained_at(wanted int) returns setof bigint stable language sql
security definer set search_path = pg_catalog, public, pg_temp as $$
  select distinct m.user_id
  from (select r.courses from coordination_requirement r
        where r.desk_id = wanted and r.ended_at is null and r.begins_on <= {TODAY}
        order by r.begins_on desc limit 1) asked
  join coordination_course k on k.code = any (asked.courses)
  join coordination_completion c on c.course_id = k.id and c.ended_at is null
    and (c.expires_on is null or c.expires_on > {TODAY})
  join coordination_membership m on m.user_id = c.person_id and m.desk_id = wanted
    and m.role in ('worker', 'lead') and {ALIVE}
  join coordination_user u on u.id = m.user_id and u.is_active
  where session_user <> 'relay_app' or sits_at(my_actor(), wanted)
$$;
create function training_coverage(wanted text) returns table (
  kind text, region text, people int, held int, said text
) stable language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  with active as (
    select distinct a.kind::text as kind, t.region::text as region, u.id
    from coordination_membership m join coordination_user u on u.id = m.user_id and u.is_active
    join coordination_desk d on d.group_id = m.desk_id and d.closed_at is null
    join coordination_agency a on a.id = d.agency_id join coordination_team t on t.id = d.team_id
    where m.role in ('worker', 'lead') and {ALIVE}
      and (session_user <> 'relay_app'
        or my_role_anywhere('analyst') or my_role_anywhere('coordinator'))),
  holders as (
    select distinct c.person_id from coordination_completion c
    join coordination_course k on k.id = c.course_id
    where k.code = wanted and c.ended_at is null
      and (c.expires_on is null or c.expires_on > {TODAY})),
  cells as (
    select a.kind, a.region, count(*)::int as people, count(h.person_id)::int as held
    from active a left join holders h on h.person_id = a.id group by a.kind, a.region)
  select c.kind, c.region,
    case when c.people >= 5 then c.people end,
    case when c.people >= 5 and c.held >= 5 and c.people - c.held >= 5 then c.held end,
    case when c.people < 5 then 'hidden' when c.held < 5 then 'few'
      when c.people - c.held < 5 then 'most' else 'counted' end
  from cells c order by c.kind, c.region
$$;
"""

# An event is told once of a change, and of that change: another confirms what a person says of
# themself, so whoever entered a completion has not also confirmed it.
MADE = """
create function said_already(told text, event text) returns boolean language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return exists (select from audit_entry e
    where e.subject = told and e.verb = event and audit_made_now(e.xmin));
end $$;
create function made_course(named text, verb text) returns boolean language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  known boolean := exists (select from audit_entry e where e.subject = 'course:' || named
    and e.verb = 'course.added' and not audit_made_now(e.xmin));
begin
  return not said_already('course:' || named, verb)
    and exists (select from coordination_course k where k.code = named
      and audit_made_now(k.xmin) and case verb
        when 'course.added' then not known
        when 'course.changed' then known and k.retired_at is null
        when 'course.retired' then k.retired_at is not null
        else false end);
end $$;
create function made_completion(named text, verb text) returns boolean language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return not said_already('completion:' || named, verb)
    and exists (select from coordination_completion c where c.reference = named
      and audit_made_now(c.xmin) and case verb
        when 'completion.entered' then c.ended_at is null
          and (c.confirmed_by_id is null or c.confirmed_by_id = c.entered_by_id)
        when 'completion.confirmed' then c.ended_at is null
          and c.confirmed_by_id is not null and c.confirmed_by_id <> c.entered_by_id
        when 'completion.corrected' then c.ended_at is not null and followed(c)
        when 'completion.removed' then c.ended_at is not null and not followed(c)
        else false end);
end $$;
create function followed(ended coordination_completion) returns boolean language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return exists (select from coordination_completion n
    where n.person_id = ended.person_id and n.course_id = ended.course_id
      and n.ended_at is null and audit_made_now(n.xmin));
end $$;
create function made_requirement(named text, verb text) returns boolean language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return verb = 'requirement.set' and not said_already('requirement:' || named, verb)
    and exists (select from coordination_requirement r
      join coordination_desk d on d.group_id = r.desk_id
      where d.slug = named and r.ended_at is null and audit_made_now(r.xmin));
end $$;
"""

SAID = """
drop trigger changed_now on coordination_course;
drop trigger changed_now on coordination_completion;
set local role relay_definer;
grant execute on function training_said to relay_owner;
reset role;
create constraint trigger changed_now after update on coordination_course
  deferrable initially deferred for each row
  when (new.retired_at is not distinct from old.retired_at)
  execute function training_said('course.changed');
create constraint trigger retired_now after update on coordination_course
  deferrable initially deferred for each row
  when (new.retired_at is distinct from old.retired_at)
  execute function training_said('course.retired');
create constraint trigger confirmed_now after update on coordination_completion
  deferrable initially deferred for each row
  when (new.ended_at is not distinct from old.ended_at)
  execute function training_said('completion.confirmed');
create constraint trigger ended_now after update on coordination_completion
  deferrable initially deferred for each row
  when (new.ended_at is distinct from old.ended_at)
  execute function training_said('completion.corrected', 'completion.removed');
set local role relay_definer;
revoke execute on function training_said from relay_owner;
reset role;
"""

OWNED = (
    "".join(
        f"revoke execute on function {name} from public;"
        f"alter function {name} owner to relay_definer;"
        for name in (
            "training_unmet()",
            "trained_at(int)",
            "training_coverage(text)",
            "said_already(text, text)",
            "made_course(text, text)",
            "made_completion(text, text)",
            "followed(coordination_completion)",
            "made_requirement(text, text)",
        )
    )
    + """
set local role relay_definer;
grant execute on function training_unmet(), trained_at(int), training_coverage(text)
  to relay_app, relay_worker;
reset role;
"""
)


class Migration(migrations.Migration):
    dependencies = [("coordination", "0051_stewards_stay")]

    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop)
        for sql in (COURSES, REQUIREMENTS, TRAINED, MADE, SAID, OWNED)
    ]
