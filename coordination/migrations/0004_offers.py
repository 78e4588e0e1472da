"""What a desk can take now, how fast it usually answers, and what nobody offers."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import coordination.fields

WALLS = """
grant select on coordination_capacity, coordination_pace to relay_app;
grant insert, update on coordination_capacity to relay_app;
grant select, insert, update on coordination_capacity, coordination_pace to relay_worker;
alter table coordination_capacity enable row level security;
alter table coordination_capacity force row level security;
create policy worker on coordination_capacity to relay_worker using (true) with check (true);
create policy read on coordination_capacity for select to relay_app using (
  (select true from coordination_membership m where m.user_id = (select my_actor()) limit 1));
create policy add on coordination_capacity for insert to relay_app
  with check (desk_id = any ((select my_desks())::int[]));
create policy change on coordination_capacity for update to relay_app
  using (desk_id = any ((select my_desks())::int[]))
  with check (desk_id = any ((select my_desks())::int[]));

grant select, insert on coordination_servicegap to relay_app, relay_worker;
grant usage on sequence coordination_servicegap_id_seq to relay_app, relay_worker;
alter table coordination_servicegap enable row level security;
alter table coordination_servicegap force row level security;
create policy worker on coordination_servicegap to relay_worker using (true) with check (true);
create policy read on coordination_servicegap for select to relay_app
  using (desk_id = any ((select my_desks())::int[]));
create policy add on coordination_servicegap for insert to relay_app
  with check (desk_id = any ((select my_desks())::int[]));

select audit_follow('pace');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("coordination", "0003_preferences"),
    ]

    operations = [
        migrations.CreateModel(
            name="Pace",
            fields=[
                (
                    "desk",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="pace",
                        serialize=False,
                        to="coordination.desk",
                    ),
                ),
                (
                    "minutes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveIntegerField(), default=list, size=None
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Capacity",
            fields=[
                (
                    "desk",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="capacity_said",
                        serialize=False,
                        to="coordination.desk",
                    ),
                ),
                (
                    "level",
                    coordination.fields.CodeField(
                        default="open", max_length=40, vocabulary="capacity"
                    ),
                ),
                ("until", models.DateTimeField(null=True)),
                ("beds", models.PositiveSmallIntegerField(null=True)),
                ("beds_until", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("level", "open"), ("until", None)),
                            models.Q(
                                models.Q(("level", "open"), _negated=True), ("until__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="capacity_ends_unless_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("beds", None), ("beds_until", None)),
                            models.Q(
                                ("beds__isnull", False),
                                ("beds__lte", 99),
                                ("beds_until__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="capacity_beds_expire",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ServiceGap",
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
                ("region", coordination.fields.CodeField(max_length=40, vocabulary="region")),
                ("day", models.DateField()),
                (
                    "desk",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="coordination.desk",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("desk", "service", "region", "day"), name="service_gap_once_a_day"
                    )
                ],
            },
        ),
        migrations.RemoveField(
            model_name="desk",
            name="capacity",
        ),
        migrations.RunSQL(WALLS, migrations.RunSQL.noop),
    ]
