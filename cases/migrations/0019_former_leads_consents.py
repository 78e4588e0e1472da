"""A desk that led a case reads of its consents those that it recorded itself."""

from django.db import migrations

MINE = "any ((select my_desks())::int[])"


def held(reason: str) -> str:
    return f"""(select true from cases_casegrant g where g.content_object_id = case_id
    and g.group_id = {MINE} and g.reason = '{reason}'
    and (g.until is null or g.until > statement_timestamp()) limit 1)"""


READ = f"""
drop policy read on cases_consent;
create policy read on cases_consent for select to relay_app using (
  {held("lead")} or (desk_id = {MINE} and {held("former_lead").replace(f"= {MINE}", "= desk_id")}));
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0018_moved_consents")]

    operations = [migrations.RunSQL(READ, migrations.RunSQL.noop)]
