"""A group closes without a meeting to come: nobody could cancel it any more."""

from django.db import migrations

GUARD = """
create or replace function group_guard() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if new.closed_at is not null and exists (
    select from coordination_groupaction a
    where a.group_id = new.id and a.status in ('planned', 'in_hand'))
  then
    raise exception 'a group closes with its actions ended'
      using errcode = 'check_violation', constraint = 'group_closes_last';
  end if;
  if old.closed_at is null and new.closed_at is not null and exists (
    select from coordination_meeting m
    where m.group_id = new.id and m.cancelled_at is null and m.starts_at > statement_timestamp())
  then
    raise exception 'a group closes with no meeting to come'
      using errcode = 'check_violation', constraint = 'group_closes_after_meetings';
  end if;
  return new;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0066_meetings_as_they_were")]

    operations = [
        migrations.RunSQL(
            f"set local role relay_definer; {GUARD} reset role;", migrations.RunSQL.noop
        )
    ]
