"""
Sealed tables: the stewards of the bodies concerned, and after all of them released it, its readers.

Nobody else, the Office's administrator neither. Each body decides for itself, in the database too;
the stewards' desks are bound to their bodies, and the stewards seated, by no page of Relay.
"""

from django.db import migrations

ALIVE = "m.since <= statement_timestamp() and (m.until is null or m.until > statement_timestamp())"

BODIES = f"""
create function my_bodies() returns text[] stable language sql security definer
set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(array_agg(d.governance_body::text), '{{}}')
  from coordination_membership m join coordination_user u on u.id = m.user_id
  join coordination_desk d on d.group_id = m.desk_id
  where m.user_id = my_actor() and u.is_active and m.role = 'data_steward'
    and d.governance_body <> '' and d.closed_at is null and {ALIVE}
$$;
grant select on coordination_sealedtable, coordination_stewardship, coordination_release
  to relay_definer;
create function is_opened(wanted bigint) returns boolean stable language sql security definer
set search_path = pg_catalog, public, pg_temp as $$
  select exists (select from coordination_stewardship s where s.table_id = wanted)
    and not exists (select from coordination_stewardship s
      where s.table_id = wanted and s.status <> 'released')
    and not exists (
      select from coordination_sealedtable t
      join coordination_release later on later.period = t.period and later.version > t.version
      where t.id = wanted)
$$;
revoke execute on function my_bodies, is_opened from public;
grant execute on function my_bodies, is_opened to relay_app, relay_worker;
alter function my_bodies owner to relay_definer;
alter function is_opened owner to relay_definer;
"""

READERS = " or ".join(f"my_role_anywhere('{r}')" for r in ("analyst", "coordinator", "auditor"))

WALLS = f"""
grant select on coordination_sealedtable, coordination_stewardship to relay_app;
grant update (status, decided_by_id, decided_at) on coordination_stewardship to relay_app;
grant select, insert on coordination_sealedtable, coordination_stewardship to relay_worker;
grant update (status, decided_by_id, decided_at) on coordination_stewardship to relay_worker;
grant usage on sequence coordination_sealedtable_id_seq, coordination_stewardship_id_seq
  to relay_worker;
alter table coordination_sealedtable enable row level security;
alter table coordination_sealedtable force row level security;
create policy worker on coordination_sealedtable to relay_worker using (true) with check (true);
create policy read on coordination_sealedtable for select to relay_app using (
  bodies::text[] && (select my_bodies())::text[] or (({READERS}) and is_opened(id)));
create trigger append_only before update or delete on coordination_sealedtable
  for each row execute function audit_refuse();
alter table coordination_stewardship enable row level security;
alter table coordination_stewardship force row level security;
create policy worker on coordination_stewardship to relay_worker using (true) with check (true);
create policy read on coordination_stewardship for select to relay_app using (
  body = any ((select my_bodies())::text[])
  or (select true from coordination_sealedtable t where t.id = table_id limit 1));
create policy change on coordination_stewardship for update to relay_app
  using (body = any ((select my_bodies())::text[]))
  with check (body = any ((select my_bodies())::text[]) and decided_by_id = (select my_actor()));
create trigger of_now before insert or update on coordination_stewardship for each row
  execute function of_now('decided_at');
"""

# The pairs are those of coordination.stewardship; a test compares them.
LIFE = """
create function stewardship_pair() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
  if (old.status, new.status) not in (
    ('sealed', 'released'), ('withheld', 'released'), ('sealed', 'withheld'),
    ('released', 'withdrawn')) or new.body <> all (my_bodies())
  then
    raise exception 'no such change of a decision, or not by the steward of its body'
      using errcode = 'check_violation', constraint = 'stewardship_pair';
  end if;
  return new;
end $$;
create trigger pair before update on coordination_stewardship
  for each row execute function stewardship_pair();
"""

SAID = """
create function made_stewardship(named text) returns boolean stable language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return exists (select from coordination_stewardship s
    where s.key = named and s.body = any (my_bodies()) and audit_made_now(s.xmin));
end $$;
create function made_sealed(named text) returns boolean stable language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return exists (
    select from coordination_sealedtable t
    where t.period || ':' || t.name = named and (t.bodies::text[] && my_bodies()
      or (my_role_anywhere('analyst') or my_role_anywhere('coordinator')
          or my_role_anywhere('auditor')) and is_opened(t.id)));
end $$;
revoke execute on function made_stewardship, made_sealed from public;
alter function made_stewardship owner to relay_definer;
alter function made_sealed owner to relay_definer;
""" + "".join(
    f"""
create constraint trigger {status}_now after update on coordination_stewardship
  deferrable initially deferred for each row when (new.status = '{status}')
  execute function said_as('stewardship', 'key', 'stewardship.{status}');
"""
    for status in ("released", "withheld", "withdrawn")
)

SEATS = """
create function seated_by_their_body() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
  if session_user = 'relay_app' and new.role = 'data_steward' then
    raise exception 'stewards are named by their governance body'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger stewards before insert on coordination_membership
  for each row execute function seated_by_their_body();
create trigger stewards before insert on coordination_invitation
  for each row execute function seated_by_their_body();
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0049_stewardship"), ("audit", "0002_record")]

    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (BODIES, WALLS, LIFE, SAID, SEATS)
    ]
