"""Who took which cases is told to the desk; nobody changes or deletes it."""

from django.db import migrations

MINE = "any ((select my_desks())::int[])"

WALLS = f"""
grant select, insert on cases_export to relay_app, relay_worker;
alter table cases_export enable row level security;
alter table cases_export force row level security;
create policy worker on cases_export to relay_worker using (true) with check (true);
create policy read on cases_export for select to relay_app using (desk_id = {MINE});
create policy add on cases_export for insert to relay_app with check (
  desk_id = {MINE} and taker_id = (select my_actor()));
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0012_exports")]

    operations = [migrations.RunSQL(WALLS, migrations.RunSQL.noop)]
