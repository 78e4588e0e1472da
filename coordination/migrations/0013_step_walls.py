"""Steps are the system's alone; and the follower that plans them is registered."""

from django.db import migrations

WALLS = """
grant select, insert, update on coordination_step to relay_worker;
grant usage on sequence coordination_step_id_seq to relay_worker;
alter table coordination_step enable row level security;
alter table coordination_step force row level security;
create policy worker on coordination_step to relay_worker using (true) with check (true);
select audit_follow('ladder');
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0012_steps"), ("audit", "0002_record")]

    operations = [migrations.RunSQL(WALLS, migrations.RunSQL.noop)]
