"""Indigenous identity, behind a wall of its own: Indigenous-led desks that work on the case."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import coordination.fields

MINE = "any ((select my_desks())::int[])"

# The kinds are those of the vocabulary `indigenous_led_kind` that hold an identity; a test compares
# them. The worker disposes of rows and reads none.
HOLDS = """(select true from coordination_desk d join coordination_agency a on a.id = d.agency_id
    where d.group_id = {desk} and a.kind in ('indigenous_org', 'cas_indigenous')
      and (exists (select from cases_case c where c.id = case_id and c.lead_desk_id = d.group_id)
        or exists (select from cases_casegrant g where g.content_object_id = case_id
             and g.group_id = d.group_id and g.opens_page and g.reason in ('receiver', 'shared')
             and (g.until is null or g.until > statement_timestamp())))
    limit 1)"""

WALLS = f"""
grant select, insert, delete on cases_indigenousidentity to relay_app;
grant select (case_id), delete on cases_indigenousidentity to relay_worker;
alter table cases_indigenousidentity enable row level security;
alter table cases_indigenousidentity force row level security;
create policy worker on cases_indigenousidentity to relay_worker using (true) with check (true);
create policy read on cases_indigenousidentity for select to relay_app
  using ({HOLDS.format(desk=MINE)});
create policy add on cases_indigenousidentity for insert to relay_app with check (
  desk_id = {MINE} and person_id = (select my_actor()) and {HOLDS.format(desk="desk_id")});
create policy forget on cases_indigenousidentity for delete to relay_app
  using ({HOLDS.format(desk=MINE)});
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0015_consent_walls"),
        ("coordination", "0018_eligibility"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="IndigenousIdentity",
            fields=[
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="cases.case",
                    ),
                ),
                (
                    "identities",
                    coordination.fields.CodesField(
                        blank=True, default=list, size=None, vocabulary="indigenous_identity"
                    ),
                ),
                ("consent_given_on", models.DateField()),
                (
                    "consent_form",
                    coordination.fields.CodeField(max_length=40, vocabulary="identity_consent"),
                ),
                (
                    "desk",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="coordination.desk",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("identities__contained_by", ["first_nations", "metis", "inuit"]),
                            models.Q(("identities", []), _negated=True),
                        ),
                        name="identity_is_said",
                    )
                ],
            },
        ),
        migrations.RunSQL(WALLS, migrations.RunSQL.noop),
    ]
