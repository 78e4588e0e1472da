"""Whom a desk takes with one of its services: of the network, so everybody at work may read it."""

import django.db.models.deletion
from django.db import migrations, models

import coordination.fields

RIGHTS = """
grant select on coordination_eligibility to relay_app;
grant select, insert, update, delete on coordination_eligibility to relay_worker;
grant usage on sequence coordination_eligibility_id_seq to relay_worker;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("coordination", "0017_review_walls"),
    ]

    operations = [
        migrations.CreateModel(
            name="Eligibility",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "service",
                    coordination.fields.CodeField(max_length=40, vocabulary="service_need"),
                ),
                (
                    "age_bands",
                    coordination.fields.CodesField(
                        blank=True, default=list, size=None, vocabulary="age_band"
                    ),
                ),
                (
                    "genders",
                    coordination.fields.CodesField(
                        blank=True, default=list, size=None, vocabulary="gender_identity"
                    ),
                ),
                (
                    "condition",
                    coordination.fields.CodeField(
                        blank=True, default="", max_length=40, vocabulary="eligibility_condition"
                    ),
                ),
                (
                    "desk",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="eligibility",
                        to="coordination.desk",
                    ),
                ),
            ],
            options={
                "ordering": ["desk_id", "service"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("desk", "service"), name="eligibility_once_a_service"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("age_bands", []), ("condition", ""), ("genders", []), _negated=True
                        ),
                        name="eligibility_says_something",
                    ),
                ],
            },
        ),
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
    ]
