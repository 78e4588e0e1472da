"""New referrals that are being filled in: their writer's alone, whoever asks the database."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

WALLS = """
grant select, insert, update, delete on referrals_unsentform to relay_app, relay_worker;
grant usage on sequence referrals_unsentform_id_seq to relay_app, relay_worker;
alter table referrals_unsentform enable row level security;
alter table referrals_unsentform force row level security;
create policy worker on referrals_unsentform to relay_worker using (true) with check (true);
create policy read on referrals_unsentform for select to relay_app
  using (writer_id = (select my_actor()) and desk_id = any ((select my_desks())::int[]));
create policy add on referrals_unsentform for insert to relay_app
  with check (writer_id = (select my_actor()) and desk_id = any ((select my_desks())::int[]));
create policy change on referrals_unsentform for update to relay_app
  using (writer_id = (select my_actor()) and desk_id = any ((select my_desks())::int[]))
  with check (writer_id = (select my_actor()) and desk_id = any ((select my_desks())::int[]));
create policy discard on referrals_unsentform for delete to relay_app
  using (writer_id = (select my_actor()) and desk_id = any ((select my_desks())::int[]));
"""


class Migration(migrations.Migration):
    dependencies = [
        ("coordination", "0002_walls"),
        ("referrals", "0004_life_cycle_walls"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="UnsentForm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reference", models.CharField(max_length=8, unique=True)),
                ("answers", models.JSONField(default=dict)),
                ("saved_at", models.DateTimeField()),
                ("kept_until", models.DateTimeField()),
                (
                    "desk",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="coordination.desk",
                    ),
                ),
                (
                    "writer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.RunSQL(WALLS, migrations.RunSQL.noop),
    ]
