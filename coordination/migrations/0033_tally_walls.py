"""Counts are the system's alone: people see releases of them. And their follower is registered."""

from django.db import migrations

WALLS = """
grant select, insert, update, delete on coordination_tally to relay_worker;
grant usage on sequence coordination_tally_id_seq to relay_worker;
alter table coordination_tally enable row level security;
alter table coordination_tally force row level security;
create policy worker on coordination_tally to relay_worker using (true) with check (true);
select audit_follow('count');
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0032_tallies"), ("audit", "0002_record")]

    operations = [migrations.RunSQL(WALLS, migrations.RunSQL.noop)]
