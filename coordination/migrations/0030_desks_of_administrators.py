"""A desk is changed by who administers its agency; and nobody writes another's address."""

from django.db import migrations

DESKS = """
create or replace function desk_guard() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
  if session_user = 'relay_app' and (
    not administers(new.agency_id)
    or (old.closed_at is not null)
    or (old.is_addressable is distinct from new.is_addressable and new.closed_at is null))
  then
    raise exception 'an administrator changes desks of the own agency'
      using errcode = 'insufficient_privilege';
  end if;
  if new.cover_desk_id is distinct from old.cover_desk_id and new.cover_desk_id is not null
     and not exists (select from coordination_desk c where c.group_id = new.cover_desk_id
                     and c.closed_at is null and c.team_id is not null
                     and (c.agency_id = new.agency_id or c.team_id = new.team_id))
  then
    raise exception 'a cover desk is of the same agency or the same team'
      using errcode = 'check_violation', constraint = 'desk_cover_is_near';
  end if;
  return new;
end $$;
"""

# Addresses are those of coordination_user; the library's own tables stay empty.
ADDRESSES = """
revoke insert, update, delete on account_emailaddress, account_emailconfirmation from relay_app;
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0029_lines_of_registers")]

    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (DESKS, ADDRESSES)]
