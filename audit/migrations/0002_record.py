"""
The record's walls: who may write it, how, and what nobody may do to it.

Roles: relay_owner (migrations), relay_app (web), relay_worker (Celery and commands), relay_definer
(nologin, bypassrls; owns the functions below). See docs/adr/0004-database-roles.md.
"""

from django.db import migrations

DEFAULTS = """
alter table audit_entry alter column id set generated always;
alter table audit_entry alter column db_role set default session_user;
alter table audit_entry alter column recorded_at set default clock_timestamp();
"""

APPEND = """
create function audit_append(
  verb text, subject text, version int, occurred timestamptz, body jsonb, request uuid, source text
) returns bigint language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  entry_id bigint;
  salt bytea := uuid_send(gen_random_uuid());
begin
  if source = 'live' and abs(extract(epoch from clock_timestamp() - occurred)) > 60 then
    raise exception 'occurred_at is not now' using errcode = 'check_violation';
  elsif source <> 'live' and session_user <> 'relay_worker' then
    raise exception 'only a seed or an import may set occurred_at'
      using errcode = 'insufficient_privilege';
  end if;
  insert into audit_entry (verb, actor_id, desk_id, subject, version, occurred_at, source,
                           request_id, salt, body_hash)
  values (verb, nullif(current_setting('relay.actor', true), '')::bigint,
          nullif(current_setting('relay.desk', true), '')::int,
          subject, version, occurred, source, request, salt,
          sha256(salt || convert_to(body::text, 'UTF8')))
  returning id into entry_id;
  insert into audit_entrybody (entry_id, data) values (entry_id, body);
  return entry_id;
end $$;
"""

FAN_OUT = """
create function audit_fan_out() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  insert into audit_pending (follower_id, entry_id, attempts, last_error)
  select name, new.id, 0, '' from audit_follower;
  return null;
end $$;
create trigger fan_out after insert on audit_entry for each row execute function audit_fan_out();
"""

REFUSE = """
create function audit_refuse() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
  raise exception 'the record is append-only' using errcode = 'insufficient_privilege';
end $$;
create trigger append_only before update or delete on audit_entry
  for each row execute function audit_refuse();
create trigger append_only before update on audit_entrybody
  for each row execute function audit_refuse();
"""

FOLLOW = """
create function audit_follow(follower text) returns void language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
  -- Waits for writers in flight and holds new ones, so that the backfill misses no entry.
  lock table audit_entry in share row exclusive mode;
  insert into audit_follower values (follower) on conflict do nothing;
  insert into audit_pending (follower_id, entry_id, attempts, last_error)
  select follower, id, 0, '' from audit_entry on conflict do nothing;
end $$;
revoke execute on function audit_follow from public;
"""

# A table whose rows have a reference and a version attaches this as a deferred constraint trigger:
#   create constraint trigger recorded after insert or update on cases_case
#     deferrable initially deferred for each row execute function audit_recorded('case');
# Then no row version can be committed without its entry, whatever code wrote it.
RECORDED = """
create function audit_recorded() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if not exists (select from audit_entry e
                 where e.subject = tg_argv[0] || ':' || new.reference and e.version = new.version)
  then
    raise exception 'version % of % % is not in the record', new.version, tg_argv[0], new.reference
      using errcode = 'check_violation', constraint = 'recorded';
  end if;
  return null;
end $$;
create function audit_next_version() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
  if new.version <> old.version + 1 or new.reference <> old.reference then
    raise exception 'a change makes the next version' using errcode = 'check_violation',
      constraint = 'next_version';
  end if;
  return new;
end $$;
"""

RIGHTS = """
revoke all on audit_entry, audit_entrybody, audit_follower, audit_pending
  from public, relay_app, relay_worker;
grant select on audit_entry, audit_entrybody to relay_app, relay_worker;
grant select on audit_follower to relay_worker;
grant select, update, delete on audit_pending to relay_worker;
grant insert, select on audit_entry, audit_entrybody to relay_definer;
grant insert, select on audit_pending to relay_definer;
grant select on audit_follower to relay_definer;

revoke execute on function audit_append, audit_fan_out, audit_recorded from public;
grant execute on function audit_append to relay_app, relay_worker;
alter function audit_append owner to relay_definer;
alter function audit_fan_out owner to relay_definer;
alter function audit_recorded owner to relay_definer;
set local role relay_definer;
grant execute on function audit_recorded to relay_owner;  -- whose later migrations attach it
reset role;
"""

TABLE_WALLS = """
alter table audit_entry enable row level security;
alter table audit_entry force row level security;
alter table audit_entrybody enable row level security;
alter table audit_entrybody force row level security;
create policy worker on audit_entry for select to relay_worker using (true);
create policy worker on audit_entrybody for select to relay_worker using (true);
create policy owner on audit_entry for select to relay_owner using (true);  -- audit_follow's backfill
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop)
        for sql in (DEFAULTS, APPEND, FAN_OUT, REFUSE, FOLLOW, RECORDED, RIGHTS, TABLE_WALLS)
    ]
