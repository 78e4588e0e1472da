"""Who of the lead desk works on a case: recorded like every change, but no new version."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# The desk's own business does not make what others read stale (DESIGN section 6). Whatever else
# changes still makes the next version, and so does a change of both.
VERSION = """
drop trigger next_version on cases_case;
create trigger next_version before update on cases_case for each row
  when (old.version <> new.version
        or to_jsonb(old) - 'assignee_id' is distinct from to_jsonb(new) - 'assignee_id')
  execute function audit_next_version();

drop trigger recorded on cases_case;
create constraint trigger recorded after insert on cases_case
  deferrable initially deferred for each row execute function audit_recorded('case');
create constraint trigger recorded_change after update on cases_case
  deferrable initially deferred for each row when (old.version <> new.version)
  execute function audit_recorded('case');
create function case_assignment_recorded() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if not exists (select from audit_entry e where e.subject = 'case:' || new.reference
                 and e.verb = 'case.assigned' and e.recorded_at >= transaction_timestamp())
  then
    raise exception 'who works on % is not in the record', new.reference
      using errcode = 'check_violation', constraint = 'case_assignment_recorded';
  end if;
  return null;
end $$;
create constraint trigger recorded_assignment after update on cases_case
  deferrable initially deferred for each row
  when (old.version = new.version and old.assignee_id is distinct from new.assignee_id)
  execute function case_assignment_recorded();
revoke execute on function case_assignment_recorded from public;
alter function case_assignment_recorded() owner to relay_definer;
"""

ASSIGNEE = """
create function case_assignee_works_there() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if not exists (select from coordination_membership m join coordination_user u on u.id = m.user_id
    where m.user_id = new.assignee_id and m.desk_id = new.lead_desk_id and u.is_active
      and m.role in ('worker', 'lead') and m.since <= statement_timestamp()
      and (m.until is null or m.until > statement_timestamp()))
  then
    raise exception 'whoever works on a case works at the desk that leads it'
      using errcode = 'check_violation', constraint = 'case_assignee_works_there';
  end if;
  return new;
end $$;
create trigger assignee before insert or update of assignee_id, lead_desk_id on cases_case
  for each row when (new.assignee_id is not null) execute function case_assignee_works_there();
revoke execute on function case_assignee_works_there from public;
alter function case_assignee_works_there() owner to relay_definer;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0007_life_cycle_walls"),
        ("coordination", "0010_agreement_walls"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="case",
            name="assignee",
            field=models.ForeignKey(
                help_text="who of the lead desk works on it",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunSQL(VERSION, migrations.RunSQL.noop),
        migrations.RunSQL(ASSIGNEE, migrations.RunSQL.noop),
    ]
