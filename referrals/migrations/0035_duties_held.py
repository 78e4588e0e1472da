"""Whoever ends a seat learns how many shifts end with it; of the rota itself they see no more."""

from django.db import migrations

SQL = """
create function duties_of(person bigint)
returns table (desk_id int, shifts bigint, exceptions bigint) stable language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  if session_user = 'relay_app' and not (may_end(person) or person = my_actor()) then
    return;
  end if;
  return query
  select m.desk_id,
    (select count(*) from coordination_shift s where s.desk_id = m.desk_id
       and s.person_id = person and s.ended_at is null),
    (select count(*) from coordination_dutyexception e where e.desk_id = m.desk_id
       and e.person_id = person and e.ended_at is null and e.until > statement_timestamp())
  from coordination_membership m where m.user_id = person
    and m.since <= statement_timestamp() and (m.until is null or m.until > statement_timestamp());
end $$;
revoke execute on function duties_of from public;
grant execute on function duties_of to relay_app, relay_worker;
alter function duties_of owner to relay_definer;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("referrals", "0034_said_with_its_reason"),
        ("coordination", "0027_rota_walls"),
    ]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
