"""
What an entry says is said by name, and is short: whoever reads it meets nothing else.

Found by somebody who played an insider: a body of another shape stopped the followers and the
pages that read it. What the worker says of many at once, as a certificate does, may be long.
"""

from django.db import migrations

APPEND = """
set local role relay_definer;
create or replace function audit_append(
  verb text, subject text, version integer, occurred timestamptz, body jsonb, request uuid,
  source text
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
  elsif jsonb_typeof(body) is distinct from 'object' or session_user = 'relay_app'
    and (octet_length(body::text) > 20000 or body @? 'strict $.**{5}')
  then
    raise exception 'what an entry says is said by name, and is short'
      using errcode = 'check_violation', constraint = 'entry_body_by_name';
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
reset role;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0007_retries")]

    operations = [migrations.RunSQL(APPEND, migrations.RunSQL.noop)]
