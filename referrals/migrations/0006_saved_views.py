"""Views of the worklists that a person keeps, or shares with the desk."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

WALLS = """
grant select, insert, update, delete on referrals_savedview to relay_app, relay_worker;
grant usage on sequence referrals_savedview_id_seq to relay_app, relay_worker;
alter table referrals_savedview enable row level security;
alter table referrals_savedview force row level security;
create policy worker on referrals_savedview to relay_worker using (true) with check (true);
create policy read on referrals_savedview for select to relay_app using (
  (owner_id = (select my_actor()) or is_shared)
  and desk_id = any ((select my_desks())::int[]));
create policy add on referrals_savedview for insert to relay_app
  with check (owner_id = (select my_actor()) and desk_id = any ((select my_desks())::int[]));
create policy change on referrals_savedview for update to relay_app
  using (owner_id = (select my_actor()) and desk_id = any ((select my_desks())::int[]))
  with check (owner_id = (select my_actor()) and desk_id = any ((select my_desks())::int[]));
create policy discard on referrals_savedview for delete to relay_app
  using (owner_id = (select my_actor()) and desk_id = any ((select my_desks())::int[]));
"""


class Migration(migrations.Migration):
    dependencies = [
        ("coordination", "0002_walls"),
        ("referrals", "0005_unsent_forms"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SavedView",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("is_shared", models.BooleanField(default=False)),
                ("is_default", models.BooleanField(default=False)),
                ("box", models.CharField(max_length=20)),
                ("query", models.CharField(max_length=500)),
                (
                    "desk",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="coordination.desk",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("owner", "box", "query"), name="saved_view_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("is_default", True)),
                        fields=("owner",),
                        name="saved_view_one_default",
                    ),
                ],
            },
        ),
        migrations.RunSQL(WALLS, migrations.RunSQL.noop),
    ]
