"""
The Office sees live gaps in what desks offer; what was looked for in vain stands in releases alone.

A live "somebody looked for it" told of single reports, which releases hide and stewards seal. And
a desk moves an action of a working group for as long as its agency is in the group.
"""

from django.db import migrations

IN_GROUP = """
drop policy change on coordination_groupaction;
create policy change on coordination_groupaction for update to relay_app
  using (my_role_anywhere('coordinator')
         or owns_action(owner_id) and in_group(group_id, agency_of(owner_id)))
  with check (my_role_anywhere('coordinator')
              or owns_action(owner_id) and in_group(group_id, agency_of(owner_id)));
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0053_two_people")]

    operations = [
        migrations.RunSQL(
            "set local role relay_definer; drop function services_missed;"
            " drop function service_missed_since; reset role;",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(IN_GROUP, migrations.RunSQL.noop),
    ]
