"""What a person asks is written and answered by the desk that leads the case, or the officer."""

from django.db import migrations

LED = """(select true from cases_case c where c.reference = case_reference
    and c.lead_desk_id = any ((select my_desks())::int[]) limit 1)"""

WALLS = f"""
create policy read on coordination_accessrequest for select to relay_app
  using (my_role_anywhere('auditor') or {LED});
create policy add on coordination_accessrequest for insert to relay_app with check (
  {LED} and entered_by_id = (select my_actor()) and outcome = '');
create policy change on coordination_accessrequest for update to relay_app
  using (outcome = '' and (my_role_anywhere('auditor') or {LED}))
  with check (answered_by_id = (select my_actor()));
"""

UNDO = """
drop policy read on coordination_accessrequest;
drop policy add on coordination_accessrequest;
drop policy change on coordination_accessrequest;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("referrals", "0021_disposal"),
        ("coordination", "0023_register_walls"),
    ]

    operations = [migrations.RunSQL(WALLS, UNDO)]
