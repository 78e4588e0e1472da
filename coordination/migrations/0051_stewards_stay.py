"""
Nobody of the Office takes the stewards' desk away, and no decision is told that was not made.

A desk that is bound to a governance body is changed by no page of Relay; were it closed all the
same, its stewards would still decide, as what they released is still read.
"""

from importlib import import_module

from django.db import migrations

BODIES = (
    import_module("coordination.migrations.0050_stewardship_walls")
    .BODIES.partition("grant select")[0]
    .replace("create function", "create or replace function")
    .replace(" and d.closed_at is null", "")
)

DESKS = """
create function desk_of_a_body() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
  if session_user = 'relay_app' then
    raise exception 'the desk of a governance body is changed by that body alone'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger stewards before update on coordination_desk for each row
  when (old.governance_body <> '') execute function desk_of_a_body();
"""

# Volatile, so that each of several entries of one statement sees those before it.
SAID = """
create function made_stewardship(named text, verb text) returns boolean language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return exists (select from coordination_stewardship s
      where s.key = named and s.body = any (my_bodies()) and audit_made_now(s.xmin)
        and s.decided_by_id = my_actor() and verb = 'stewardship.' || s.status)
    and not exists (select from audit_entry e
      where e.subject = 'stewardship:' || named and e.verb = made_stewardship.verb
        and audit_made_now(e.xmin));
end $$;
revoke execute on function made_stewardship(text, text) from public;
alter function made_stewardship(text, text) owner to relay_definer;
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0050_stewardship_walls"), ("audit", "0008_bodies")]

    operations = [
        migrations.RunSQL(
            f"set local role relay_definer; {BODIES} reset role;", migrations.RunSQL.noop
        ),
        migrations.RunSQL(DESKS, migrations.RunSQL.noop),
        migrations.RunSQL(SAID, migrations.RunSQL.noop),
    ]
