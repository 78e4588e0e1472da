"""
Who reads what somebody completed: themself, their agency's administrator, leads of their desk.

The Office reads no row of it: it gets counts, and of fewer than five people none. Nobody confirms
their own, an administrator says what a desk asks for, and the Office which courses there are.
"""

from django.db import migrations

ALIVE = "m.since <= statement_timestamp() and (m.until is null or m.until > statement_timestamp())"

LOOKED_AFTER = f"""
create function administers_training(person bigint) returns boolean stable language sql
security definer set search_path = pg_catalog, public, pg_temp as $$
  select exists (
    select from coordination_membership m join coordination_user me on me.id = m.user_id
    join coordination_desk d on d.group_id = m.desk_id
    join coordination_user u on u.agency_id = d.agency_id
    where m.user_id = my_actor() and me.is_active and m.role = 'agency_admin' and {ALIVE}
      and u.id = person)
$$;
create function leads_person(person bigint) returns boolean stable language sql
security definer set search_path = pg_catalog, public, pg_temp as $$
  select exists (
    select from coordination_membership m join coordination_user me on me.id = m.user_id
    where m.user_id = my_actor() and me.is_active and m.role = 'lead' and {ALIVE}
      and sits_at(person, m.desk_id))
$$;
create function administers_desk(wanted int) returns boolean stable language sql
security definer set search_path = pg_catalog, public, pg_temp as $$
  select exists (
    select from coordination_membership m join coordination_user me on me.id = m.user_id
    join coordination_desk d on d.group_id = m.desk_id
    where m.user_id = my_actor() and me.is_active and m.role = 'agency_admin' and {ALIVE}
      and d.agency_id = agency_of(wanted))
$$;
revoke execute on function administers_training, leads_person, administers_desk from public;
grant execute on function administers_training, leads_person, administers_desk
  to relay_app, relay_worker;
alter function administers_training owner to relay_definer;
alter function leads_person owner to relay_definer;
alter function administers_desk owner to relay_definer;
"""

FORCE = "".join(
    f"grant usage on sequence {table}_id_seq to relay_app, relay_worker;"
    f"grant select, insert, update on {table} to relay_worker;"
    f"grant select on {table} to relay_definer;"
    f"alter table {table} enable row level security;"
    f"alter table {table} force row level security;"
    f"create policy worker on {table} to relay_worker using (true) with check (true);"
    for table in ("coordination_course", "coordination_completion", "coordination_requirement")
)

AT_WORK = (
    "(select true from coordination_membership m where m.user_id = (select my_actor()) limit 1)"
)

COURSES = f"""
grant select, insert, update on coordination_course to relay_app;
create policy read on coordination_course for select to relay_app using ({AT_WORK});
create policy add on coordination_course for insert to relay_app
  with check (my_role_anywhere('coordinator'));
create policy change on coordination_course for update to relay_app
  using (my_role_anywhere('coordinator')) with check (my_role_anywhere('coordinator'));
create trigger of_now before insert or update on coordination_course for each row
  execute function of_now('added_at', 'retired_at');
"""

COMPLETIONS = """
grant select, insert on coordination_completion to relay_app;
grant update (confirmed_at, confirmed_by_id, ended_at, ended_by_id) on coordination_completion
  to relay_app;
create policy read on coordination_completion for select to relay_app using (
  person_id = (select my_actor()) or administers_training(person_id) or leads_person(person_id));
create policy add on coordination_completion for insert to relay_app with check (
  entered_by_id = (select my_actor()) and ended_at is null
  and completed_on <= (statement_timestamp() at time zone 'America/Toronto')::date
  and ((person_id = (select my_actor()) and confirmed_by_id is null)
    or (administers_training(person_id) and confirmed_by_id = (select my_actor()))));
create policy change on coordination_completion for update to relay_app
  using (ended_at is null and (person_id = (select my_actor())
    or administers_training(person_id) or leads_person(person_id)))
  with check (true);
create trigger of_now before insert or update on coordination_completion for each row
  execute function of_now('entered_at', 'confirmed_at', 'ended_at');
create function completion_guard() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
  if session_user <> 'relay_app' then
    return new;
  end if;
  if tg_op = 'INSERT' then
    if new.expires_on is distinct from (
      select (new.completed_on + make_interval(months => k.months))::date
      from coordination_course k where k.id = new.course_id)
    then
      raise exception 'how long a course is valid, the Office says'
        using errcode = 'insufficient_privilege';
    end if;
    return new;
  end if;
  if new.confirmed_by_id is distinct from old.confirmed_by_id and (
    old.confirmed_by_id is not null or new.confirmed_by_id is distinct from my_actor()
    or new.person_id = my_actor()
    or not (administers_training(new.person_id) or leads_person(new.person_id)))
  then
    raise exception 'another of the agency confirms what somebody completed'
      using errcode = 'insufficient_privilege';
  end if;
  if new.ended_by_id is distinct from old.ended_by_id and (
    new.ended_by_id is distinct from my_actor()
    or not (new.person_id = my_actor() or administers_training(new.person_id)))
  then
    raise exception 'a person, or their administrator, removes what they completed'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger guard before insert or update on coordination_completion
  for each row execute function completion_guard();
"""

REQUIREMENTS = f"""
grant select, insert, update (ended_at) on coordination_requirement to relay_app;
create policy read on coordination_requirement for select to relay_app using ({AT_WORK});
create policy add on coordination_requirement for insert to relay_app with check (
  administers_desk(desk_id) and ended_at is null and unmet_since is null
  and begins_on >= (statement_timestamp() at time zone 'America/Toronto')::date);
create policy change on coordination_requirement for update to relay_app
  using (administers_desk(desk_id) and ended_at is null) with check (administers_desk(desk_id));
create trigger of_now before insert or update on coordination_requirement for each row
  execute function of_now('set_at', 'ended_at');
"""

# Of a desk's people who have what it asks for, its own people learn; nobody else, and no more.
TRAINED = f"""
create function trained_at(wanted int, day date) returns setof bigint stable language sql
security definer set search_path = pg_catalog, public, pg_temp as $$
  select distinct m.user_id
  from (select r.courses from coordination_requirement r
        where r.desk_id = wanted and r.ended_at is null and r.begins_on <= day
        order by r.begins_on desc limit 1) asked
  join coordination_course k on k.code = any (asked.courses)
  join coordination_completion c on c.course_id = k.id and c.ended_at is null
    and (c.expires_on is null or c.expires_on > day)
  join coordination_membership m on m.user_id = c.person_id and m.desk_id = wanted
    and m.role in ('worker', 'lead') and {ALIVE}
  join coordination_user u on u.id = m.user_id and u.is_active
  where session_user <> 'relay_app' or sits_at(my_actor(), wanted)
$$;
create function training_coverage(wanted text, day date) returns table (
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
    where k.code = wanted and c.ended_at is null and (c.expires_on is null or c.expires_on > day)),
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
grant select on coordination_team to relay_definer;
revoke execute on function trained_at, training_coverage from public;
grant execute on function trained_at, training_coverage to relay_app, relay_worker;
alter function trained_at owner to relay_definer;
alter function training_coverage owner to relay_definer;
"""

MADE = "".join(
    f"create function made_{kind}(named text) returns boolean stable language plpgsql"
    f" security definer set search_path = pg_catalog, public, pg_temp as $$ begin"
    f" return exists (select from {found} = named and audit_made_now(c.xmin)); end $$;"
    f"revoke execute on function made_{kind} from public;"
    f"alter function made_{kind} owner to relay_definer;"
    for kind, found in {
        "course": "coordination_course c where c.code",
        "completion": "coordination_completion c where c.reference",
        "requirement": "coordination_requirement c join coordination_desk d"
        " on d.group_id = c.desk_id where d.slug",
    }.items()
)

SAID = """
create function training_said() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  line jsonb := to_jsonb(new);
  named text := case tg_table_name
    when 'coordination_course' then 'course:' || (line ->> 'code')
    when 'coordination_completion' then 'completion:' || (line ->> 'reference')
    else (select 'requirement:' || d.slug from coordination_desk d
      where d.group_id = (line ->> 'desk_id')::int) end;
begin
  if session_user = 'relay_app' and not exists (
    select from audit_entry e where e.subject = named and e.verb = any (tg_argv)
      and audit_made_now(e.xmin))
  then
    raise exception 'a change of % is not in the record', tg_table_name
      using errcode = 'check_violation', constraint = 'said_now';
  end if;
  return null;
end $$;
revoke execute on function training_said from public;
create constraint trigger said_now after insert on coordination_course
  deferrable initially deferred for each row execute function training_said('course.added');
create constraint trigger changed_now after update on coordination_course
  deferrable initially deferred for each row
  execute function training_said('course.changed', 'course.retired');
create constraint trigger said_now after insert on coordination_completion
  deferrable initially deferred for each row
  execute function training_said('completion.entered', 'completion.corrected');
create constraint trigger changed_now after update on coordination_completion
  deferrable initially deferred for each row
  execute function training_said('completion.confirmed', 'completion.corrected', 'completion.removed');
create constraint trigger said_now after insert on coordination_requirement
  deferrable initially deferred for each row execute function training_said('requirement.set');
create constraint trigger changed_now after update of ended_at on coordination_requirement
  deferrable initially deferred for each row execute function training_said('requirement.set');
alter function training_said() owner to relay_definer;
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0047_training"), ("audit", "0008_bodies")]

    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop)
        for sql in (
            LOOKED_AFTER,
            FORCE,
            COURSES,
            COMPLETIONS,
            REQUIREMENTS,
            TRAINED,
            MADE,
            SAID,
        )
    ]
