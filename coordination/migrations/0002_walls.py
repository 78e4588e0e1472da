"""
Which role may do what with the tables of the network and of the libraries, and `my_desks()`.

Identity in a policy is the transaction's `relay.actor`, set by `audit.record.set_actor`.
"""

from django.db import migrations

RIGHTS = """
grant usage on schema public to relay_app, relay_worker, relay_definer;

grant select on coordination_agency, coordination_team, coordination_area, coordination_desk,
  coordination_membership, auth_group, auth_permission, django_content_type, django_migrations,
  coordination_user_groups, coordination_user_user_permissions, auth_group_permissions,
  guardian_groupobjectpermission, guardian_userobjectpermission to relay_app;
grant select, update on coordination_user, coordination_apitoken to relay_app;
grant select, insert on coordination_idempotentanswer to relay_app;
grant select, insert, update, delete on django_session, account_emailaddress,
  account_emailconfirmation to relay_app;

grant select, insert, update on coordination_agency, coordination_team, coordination_area,
  coordination_desk, coordination_membership, coordination_user, coordination_apitoken, auth_group
  to relay_worker;
grant select, insert, delete on coordination_user_groups to relay_worker;
grant select, delete on coordination_idempotentanswer, django_session to relay_worker;
grant select on auth_permission, django_content_type, django_migrations to relay_worker;

grant select on coordination_membership, coordination_user to relay_definer;
"""

MY_DESKS = """
create function my_actor() returns bigint stable language sql
set search_path = pg_catalog, public, pg_temp as $$
  select nullif(current_setting('relay.actor', true), '')::bigint
$$;
-- Desks at which the actor works cases and referrals now. The roles are those of
-- coordination.roles.RECORD_ROLES; a test compares them. statement_timestamp(), never now(): that is
-- the start of the transaction.
create function my_desks() returns int[] stable language sql security definer
set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(array_agg(distinct m.desk_id), '{}')
  from coordination_membership m join coordination_user u on u.id = m.user_id
  where u.id = nullif(current_setting('relay.actor', true), '')::bigint and u.is_active
    and m.role in ('worker', 'lead')
    and m.since <= statement_timestamp()
    and (m.until is null or m.until > statement_timestamp())
$$;
revoke execute on function my_desks from public;
grant execute on function my_desks to relay_app, relay_worker;
alter function my_desks owner to relay_definer;
"""

OWN_ROWS = """
alter table coordination_idempotentanswer enable row level security;
alter table coordination_idempotentanswer force row level security;
create policy worker on coordination_idempotentanswer to relay_worker using (true);
create policy read on coordination_idempotentanswer for select to relay_app
  using (user_id = (select my_actor()));
create policy add on coordination_idempotentanswer for insert to relay_app
  with check (user_id = (select my_actor()));
"""


class Migration(migrations.Migration):
    dependencies = [
        ("coordination", "0001_initial"),
        ("audit", "0002_record"),
        ("sessions", "0001_initial"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("guardian", "0003_remove_groupobjectpermission_guardian_gr_content_ae6aec_idx_and_more"),
    ]

    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (RIGHTS, MY_DESKS, OWN_ROWS)
    ]
