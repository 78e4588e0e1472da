"""
Who decides about a table locks its row: a lock that nobody holds but the stewards concerned.

Found by somebody who played an insider: any login could hold the advisory lock for as long as it
liked, and no steward decided or withdrew meanwhile.
"""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("coordination.migrations.0064_ended_tables").LIFE
NOW = BEFORE.replace("begin\n", "begin\n  perform stewards_turn(new.table_id);\n")

TURN = """
create function stewards_turn(wanted bigint) returns void language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  perform from coordination_sealedtable t
    where t.id = wanted and (session_user <> 'relay_app' or t.bodies::text[] && my_bodies())
    for no key update;
end $$;
grant update (sealed_at) on coordination_sealedtable to relay_definer;  -- to lock its row
revoke execute on function stewards_turn from public;
grant execute on function stewards_turn to relay_app, relay_worker;
alter function stewards_turn owner to relay_definer;
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0077_phones_and_answers")]

    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (TURN, NOW)]
