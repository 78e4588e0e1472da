"""No referral is open of a case that is closed; and columns of codes are checked everywhere."""

from typing import Any

from django.db import migrations

# Both directions, each waiting for the other's row: closing locks the case, and so does sending.
CLOSED = """
create function referral_of_an_open_case() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  perform from cases_case where id = new.case_id and status <> 'closed' for key share;
  if not found then
    raise exception 'the case is closed'
      using errcode = 'check_violation', constraint = 'referral_of_an_open_case';
  end if;
  return new;
end $$;
create trigger open_case before insert or update of status on referrals_referral
  for each row when (new.status in ('draft', 'sent', 'questioned', 'accepted', 'waitlisted',
    'in_service', 'returning')) execute function referral_of_an_open_case();
revoke execute on function referral_of_an_open_case from public;
grant update on cases_case to relay_definer;  -- to lock its row
alter function referral_of_an_open_case() owner to relay_definer;

create function case_closes_when_all_is_over() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if exists (select from referrals_referral r where r.case_id = new.id and r.status in (
    'draft', 'sent', 'questioned', 'accepted', 'waitlisted', 'in_service', 'returning'))
  then
    raise exception 'a referral of the case is open'
      using errcode = 'check_violation', constraint = 'case_closes_when_all_is_over';
  end if;
  return new;
end $$;
create trigger closes before update of status on cases_case
  for each row when (new.status = 'closed') execute function case_closes_when_all_is_over();
revoke execute on function case_closes_when_all_is_over from public;
alter function case_closes_when_all_is_over() owner to relay_definer;
"""


def check_codes(apps: Any, schema_editor: Any) -> None:
    """Give columns of codes that were made before they were checked the check that new ones have."""
    with schema_editor.connection.cursor() as cursor:
        for model in apps.get_models():
            table = model._meta.db_table
            cursor.execute(
                "select string_agg(pg_get_constraintdef(oid), ' ') from pg_constraint"
                " where contype = 'c' and conrelid = to_regclass(%s)",
                [table],
            )
            (checks,) = cursor.fetchone()
            for field in model._meta.local_fields:
                if not hasattr(field, "vocabulary"):
                    continue
                check = field.db_check(schema_editor.connection)
                if f"{field.column})::text ~ " in (checks or "") or (
                    f"({field.column}, ','::text) ~ " in (checks or "")
                ):
                    continue
                name = f"{table}_{field.column}_coded"[:63]
                cursor.execute(f'alter table {table} add constraint "{name}" check ({check})')


class Migration(migrations.Migration):
    dependencies = [
        ("referrals", "0008_stricter_walls"),
        ("cases", "0007_life_cycle_walls"),
        ("notifications", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(CLOSED, migrations.RunSQL.noop),
        migrations.RunPython(check_codes, migrations.RunPython.noop),
    ]
