"""Whether the concern about a child was reported: said by the lead desk, read by nobody else."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import cases.states
import coordination.fields

MINE = "any ((select my_desks())::int[])"
LED_BY_ME = f"""(select true from cases_case c
    where c.id = case_id and c.lead_desk_id = {MINE} limit 1)"""
SAID_BY_ME = f"""{LED_BY_ME} and desk_id = {MINE} and person_id = (select my_actor())"""

WALLS = f"""
grant select, insert, update on cases_childreport to relay_app, relay_worker;
grant select on cases_childreport to relay_definer;
alter table cases_childreport enable row level security;
alter table cases_childreport force row level security;
create policy worker on cases_childreport to relay_worker using (true) with check (true);
create policy read on cases_childreport for select to relay_app using ({LED_BY_ME});
create policy add on cases_childreport for insert to relay_app with check ({SAID_BY_ME});
create policy change on cases_childreport for update to relay_app
  using ({LED_BY_ME}) with check ({SAID_BY_ME});
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0010_import_walls"),
        ("coordination", "0011_notes_on_capacity"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ChildReport",
            fields=[
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="child_report",
                        serialize=False,
                        to="cases.case",
                    ),
                ),
                ("answer", coordination.fields.CodeField(max_length=40, vocabulary="child_report")),
                ("said_at", models.DateTimeField()),
            ],
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(
                    ("age_band__in", ["under_12", "12_15"]),
                    models.Q(("status", cases.states.Status["CLOSED"]), _negated=True),
                ),
                fields=["lead_desk"],
                name="case_under_16",
            ),
        ),
        migrations.AddField(
            model_name="childreport",
            name="desk",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="coordination.desk",
            ),
        ),
        migrations.AddField(
            model_name="childreport",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunSQL(WALLS, migrations.RunSQL.noop),
    ]
