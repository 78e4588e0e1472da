"""A notice is its recipient's alone; and the follower that makes them is registered."""

from django.db import migrations

SQL = """
grant select, update on notifications_notice to relay_app;
grant select, insert, update, delete on notifications_notice to relay_worker;
alter table notifications_notice enable row level security;
alter table notifications_notice force row level security;
create policy worker on notifications_notice to relay_worker using (true) with check (true);
create policy read on notifications_notice for select to relay_app
  using (recipient_id = (select my_actor()));
create policy change on notifications_notice for update to relay_app
  using (recipient_id = (select my_actor())) with check (recipient_id = (select my_actor()));
select audit_follow('notify');
"""


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial"), ("referrals", "0002_walls")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
