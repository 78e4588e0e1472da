"""
A steward comes by an invitation of whoever runs Relay, and goes by their word; by nobody else's.

The letter of the governance body stands in the record. The web process can write no such
invitation, take none back, and end no steward's seat or account: a coordinator who stands in for
agencies without an administrator could.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SEATS = """
create function steward_invited() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if session_user = 'relay_app' and not exists (
    select from coordination_invitation i
    where i.person_id = new.user_id and i.desk_id = new.desk_id and i.role = new.role
      and i.invited_by_id is null and i.used_in = txid_current())
  then
    raise exception 'stewards are named by their governance body'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create function steward_stays() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  line jsonb := to_jsonb(new);
begin
  if session_user = 'relay_app' and (tg_table_name <> 'coordination_user' or exists (
    select from coordination_membership m
    where m.user_id = (line ->> 'id')::bigint and m.role = 'data_steward'
      and (m.until is null or m.until > statement_timestamp())))
  then
    raise exception 'stewards are dismissed by their governance body'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
drop trigger stewards on coordination_membership;
create trigger stewards before insert on coordination_membership
  for each row when (new.role = 'data_steward') execute function steward_invited();
create trigger stewards_stay before update on coordination_membership
  for each row when (old.role = 'data_steward') execute function steward_stays();
create trigger stewards_stay before update of revoked_at on coordination_invitation
  for each row when (old.role = 'data_steward') execute function steward_stays();
create trigger stewards_stay before update of is_active on coordination_user
  for each row when (old.is_active and not new.is_active) execute function steward_stays();
revoke execute on function steward_invited, steward_stays from public;
alter function steward_invited() owner to relay_definer;
alter function steward_stays() owner to relay_definer;
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0059_groups_go")]

    operations = [
        migrations.AlterField(
            model_name="invitation",
            name="invited_by",
            field=models.ForeignKey(
                help_text="nobody: whoever runs Relay, for a governance body",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("invited_by__isnull", False), ("role", "data_steward"), _connector="OR"
                ),
                name="invitation_by_a_person_or_a_body",
            ),
        ),
        migrations.RunSQL(SEATS, migrations.RunSQL.noop),
    ]
