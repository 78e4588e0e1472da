"""Who writes the gate's patterns, one's own person, and a desk's capacity: roles, in the database."""

from django.db import migrations

PATTERNS = """
grant select, insert, update on coordination_identifierpattern to relay_app, relay_worker;
alter table coordination_identifierpattern enable row level security;
alter table coordination_identifierpattern force row level security;
create policy worker on coordination_identifierpattern to relay_worker using (true) with check (true);
create policy read on coordination_identifierpattern for select to relay_app using (
  (select true from coordination_membership m where m.user_id = (select my_actor()) limit 1));
create policy add on coordination_identifierpattern for insert to relay_app
  with check (my_role_anywhere('coordinator'));
create policy change on coordination_identifierpattern for update to relay_app
  using (my_role_anywhere('coordinator')) with check (my_role_anywhere('coordinator'));
"""

ROLES = """
create function my_role_anywhere(wanted text) returns boolean stable language sql
set search_path = pg_catalog, public, pg_temp as $$
  select exists (
    select from coordination_membership m where m.user_id = my_actor() and m.role = wanted
      and m.since <= statement_timestamp()
      and (m.until is null or m.until > statement_timestamp()))
$$;
create function my_role_at(desk int, wanted text) returns boolean stable language sql
set search_path = pg_catalog, public, pg_temp as $$
  select exists (
    select from coordination_membership m where m.user_id = my_actor() and m.role = wanted
      and m.desk_id = desk and m.since <= statement_timestamp()
      and (m.until is null or m.until > statement_timestamp()))
$$;
"""

# A person changes what is theirs alone; their name, agency and activity are others' to change. Who
# signs in is not the actor yet: then only the time of it is written.
PEOPLE = """
revoke update on coordination_user from relay_app;
grant update (password, last_login, language, shortcuts, one_page) on coordination_user to relay_app;
create function user_guard() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
  if session_user = 'relay_app' and my_actor() is distinct from new.id
     and (old.password, old.language, old.shortcuts, old.one_page)
         is distinct from (new.password, new.language, new.shortcuts, new.one_page)
  then
    raise exception 'a person changes what is theirs' using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger guard before update on coordination_user
  for each row execute function user_guard();
"""

CAPACITY = """
drop policy add on coordination_capacity;
drop policy change on coordination_capacity;
create policy add on coordination_capacity for insert to relay_app
  with check (my_role_at(desk_id, 'lead'));
create policy change on coordination_capacity for update to relay_app
  using (my_role_at(desk_id, 'lead')) with check (my_role_at(desk_id, 'lead'));
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0007_identifier_patterns")]

    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop)
        for sql in (ROLES, PATTERNS, PEOPLE, CAPACITY)
    ]
