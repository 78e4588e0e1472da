"""
What the web process says was now, was now; the end of what is planned is near.

Found by somebody who played an insider: a case that closed years ago, by its column, was disposed
of in the next night. An entry may be as far from the clock as a moment: clocks differ, actions last.
"""

import datetime as dt

from django.db import migrations, models

MOMENTS = {
    "coordination_accessrequest": ("entered_at",),
    "coordination_accessreview": ("signed_at",),
    "coordination_agreement": ("agreed_at", "ended_at"),
    "coordination_apitoken": ("issued_at", "revoked_at"),
    "coordination_breach": ("entered_at",),
    "coordination_desk": ("closed_at",),
    "coordination_dutyexception": ("set_at", "ended_at"),
    "coordination_identifierpattern": ("added_at", "retired_at"),
    "coordination_invitation": ("invited_at", "revoked_at"),
    "coordination_legalhold": ("set_at", "lifted_at"),
    "coordination_legalprocess": ("entered_at",),
    "coordination_membership": ("since", "until"),
    "coordination_retentionperiod": ("set_at",),
    "coordination_reviewline": ("kept_at",),
    "coordination_shift": ("set_at", "ended_at"),
}

OF_NOW = """
create function of_now() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
declare
  said jsonb := to_jsonb(new);
  was jsonb := case when tg_op = 'UPDATE' then to_jsonb(old) else '{}' end;
  moment text;
begin
  if session_user = 'relay_app' then
    foreach moment in array tg_argv loop
      if said ->> moment is distinct from was ->> moment
         and abs(extract(epoch from clock_timestamp() - (said ->> moment)::timestamptz)) > 60
      then
        raise exception 'the moment % is not now', moment
          using errcode = 'check_violation', constraint = 'of_now';
      end if;
    end loop;
  end if;
  return new;
end $$;
"""

TRIGGERS = [
    f"create trigger of_now before insert or update on {table} for each row"
    f" execute function of_now({', '.join(moments)});"
    for table, moments in MOMENTS.items()
]


class Migration(migrations.Migration):
    dependencies = [("coordination", "0034_services_missed")]

    operations = [
        *(migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (OF_NOW, *TRIGGERS)),
        migrations.AddConstraint(
            model_name="dutyexception",
            constraint=models.CheckConstraint(
                condition=models.Q(until__lte=models.F("set_at") + dt.timedelta(days=366)),
                name="duty_exception_ends_within_a_year",
            ),
        ),
    ]
