"""One's own mail choices are one's own; what is owed is the system's."""

from django.db import migrations

MINE = "(select my_actor())"
OWN = "".join(
    f"""
grant select, insert, update on {table} to relay_app, relay_worker;
alter table {table} enable row level security;
alter table {table} force row level security;
create policy worker on {table} to relay_worker using (true) with check (true);
create policy read on {table} for select to relay_app using (user_id = {MINE});
create policy add on {table} for insert to relay_app with check (user_id = {MINE});
create policy change on {table} for update to relay_app
  using (user_id = {MINE}) with check (user_id = {MINE});
"""
    for table in ("notifications_mailpreference", "notifications_mailbox")
)

OWED = """
grant usage on sequence notifications_mailpreference_id_seq to relay_app, relay_worker;
grant select, insert, update, delete on notifications_delivery to relay_worker;
grant usage on sequence notifications_delivery_id_seq to relay_worker;
alter table notifications_delivery enable row level security;
alter table notifications_delivery force row level security;
create policy worker on notifications_delivery to relay_worker using (true) with check (true);
"""


class Migration(migrations.Migration):
    dependencies = [("notifications", "0003_mail"), ("coordination", "0008_own_rows")]

    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (OWN, OWED)]
