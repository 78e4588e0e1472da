"""
The rota is its desk's: its people read it, its duty lead writes it. Others learn whose phone rings.

Nothing is deleted: a shift ends, so that who was on duty can be told later.
"""

from django.db import migrations

IN_FORCE = (
    "m.since <= statement_timestamp() and (m.until is null or m.until > statement_timestamp())"
)

AT_DESK = f"""
create function sits_at(person bigint, desk int) returns boolean stable language sql
security definer set search_path = pg_catalog, public, pg_temp as $$
  select exists (
    select from coordination_membership m join coordination_user u on u.id = m.user_id
    where m.user_id = person and m.desk_id = desk and u.is_active
      and m.role in ('worker', 'lead') and {IN_FORCE})
$$;
revoke execute on function sits_at from public;
grant execute on function sits_at to relay_app, relay_worker;
alter function sits_at owner to relay_definer;
"""

WALLS = """
grant select, insert, update (ended_at) on {table} to relay_app;
grant select, insert, update on {table} to relay_worker;
grant usage on sequence {table}_id_seq to relay_app, relay_worker;
grant select on {table} to relay_definer;
alter table {table} enable row level security;
alter table {table} force row level security;
create policy worker on {table} to relay_worker using (true) with check (true);
create policy read on {table} for select to relay_app using (
  sits_at((select my_actor()), desk_id));
create policy add on {table} for insert to relay_app with check (
  my_role_at(desk_id, 'lead') and ended_at is null
  and (person_id is null or sits_at(person_id, desk_id)));
create policy change on {table} for update to relay_app
  using (my_role_at(desk_id, 'lead') and ended_at is null)
  with check (my_role_at(desk_id, 'lead') and ended_at is not null);
"""

# Whoever is at work may learn which desk answers now; who of its people does, only they may.
PLAN = """
create function duty_plan(wanted int[], moment timestamptz) returns table (
  desk int, person bigint, works boolean, who text, days text[], starts_at time, ends_at time
) stable language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  with own as (
    select d.desk, session_user <> 'relay_app' or sits_at(my_actor(), d.desk) as named
    from unnest(wanted) d(desk)
    where session_user <> 'relay_app' or exists (
      select from coordination_membership m where m.user_id = my_actor()))
  select e.desk_id, case when own.named then e.person_id end,
    e.person_id is not null and sits_at(e.person_id, e.desk_id), e.who::text, '{}'::text[],
    null::time, null::time
  from coordination_dutyexception e join own on own.desk = e.desk_id
  where e.ended_at is null and e.since <= moment and e.until > moment
  union all
  select s.desk_id, case when own.named then s.person_id end, sits_at(s.person_id, s.desk_id), '',
    s.days::text[], s.starts_at, s.ends_at
  from coordination_shift s join own on own.desk = s.desk_id
  where s.ended_at is null
$$;
revoke execute on function duty_plan from public;
grant execute on function duty_plan to relay_app, relay_worker;
alter function duty_plan owner to relay_definer;
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0026_rota")]

    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop)
        for sql in (
            AT_DESK,
            WALLS.format(table="coordination_shift"),
            WALLS.format(table="coordination_dutyexception"),
            PLAN,
        )
    ]
