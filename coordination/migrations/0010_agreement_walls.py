"""Who writes agreements: the Office's coordinator, in the database too; everybody reads them."""

from django.db import migrations

WALLS = """
grant select, insert, update on coordination_agreement to relay_app, relay_worker;
grant usage on sequence coordination_agreement_id_seq to relay_app, relay_worker;
alter table coordination_agreement enable row level security;
alter table coordination_agreement force row level security;
create policy worker on coordination_agreement to relay_worker using (true) with check (true);
create policy read on coordination_agreement for select to relay_app using (
  (select true from coordination_membership m where m.user_id = (select my_actor()) limit 1));
create policy add on coordination_agreement for insert to relay_app
  with check (my_role_anywhere('coordinator'));
create policy change on coordination_agreement for update to relay_app
  using (my_role_anywhere('coordinator')) with check (my_role_anywhere('coordinator'));
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0009_agreements")]

    operations = [migrations.RunSQL(WALLS, migrations.RunSQL.noop)]
