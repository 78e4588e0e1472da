"""Guard rails that were gone past, and the one that the database holds too: a child's report."""

import django.db.models.deletion
from django.db import migrations, models

import coordination.fields

MINE = "any ((select my_desks())::int[])"

WALLS = f"""
grant select, insert on referrals_override to relay_app, relay_worker;
grant usage on sequence referrals_override_id_seq to relay_app, relay_worker;
alter table referrals_override enable row level security;
alter table referrals_override force row level security;
create policy worker on referrals_override to relay_worker using (true) with check (true);
create policy read on referrals_override for select to relay_app using (
  (select true from referrals_referral r where r.id = referral_id limit 1));
create policy add on referrals_override for insert to relay_app with check (
  (select true from referrals_referral r where r.id = referral_id
     and r.status = 'draft' and r.from_desk_id = {MINE} limit 1));
"""

# The age bands are those of the rail `under_16_report`; a test compares them.
REPORT_ASKED = """
create function case_report_is_answered() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if exists (select from cases_case c where c.id = new.case_id
      and c.age_band in ('under_12', '12_15')
      and not exists (select from cases_childreport r where r.case_id = c.id))
  then
    raise exception 'under 16, and nobody said whether it was reported'
      using errcode = 'check_violation', constraint = 'case_report_is_answered';
  end if;
  return new;
end $$;
create trigger report_asked before update of status on referrals_referral for each row
  when (old.status = 'draft' and new.status = 'sent') execute function case_report_is_answered();
create trigger report_asked before insert on referrals_handoff
  for each row execute function case_report_is_answered();
revoke execute on function case_report_is_answered from public;
alter function case_report_is_answered() owner to relay_definer;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("referrals", "0016_nothing_beside_the_record"),
        ("cases", "0011_child_reports"),
    ]

    operations = [
        migrations.CreateModel(
            name="Override",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("rail", coordination.fields.CodeField(max_length=40, vocabulary="guard_rail")),
                (
                    "reason",
                    coordination.fields.CodeField(max_length=40, vocabulary="override_reason"),
                ),
                (
                    "referral",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="overrides",
                        to="referrals.referral",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("referral", "rail"), name="override_once_a_rail"
                    )
                ],
            },
        ),
        migrations.RunSQL(WALLS, migrations.RunSQL.noop),
        migrations.RunSQL(REPORT_ASKED, migrations.RunSQL.noop),
    ]
