"""
Tokens behind the second wall: the web process makes, reads and ends those of its actor alone.

Who presents a token is not known yet when it is looked up, so the lookup is a function of the
definer, which answers for one digest and lists nothing.
"""

from django.db import migrations, models

LOOKUP = """
create function token_of(presented text) returns setof coordination_apitoken
stable language sql security definer
set search_path = pg_catalog, public, pg_temp as $$
  select * from coordination_apitoken where digest = presented
$$;
revoke execute on function token_of from public;
grant execute on function token_of to relay_app, relay_worker;
grant select on coordination_apitoken to relay_definer;
alter function token_of owner to relay_definer;
"""

# A token that was revoked stays as it is; neither its digest nor its end is ever changed by the web.
OWN_TOKENS = """
revoke update on coordination_apitoken from relay_app;
grant update (revoked_at, last_used_on) on coordination_apitoken to relay_app;
alter table coordination_apitoken enable row level security;
alter table coordination_apitoken force row level security;
create policy worker on coordination_apitoken to relay_worker using (true);
create policy read on coordination_apitoken for select to relay_app
  using (user_id = (select my_actor()));
create policy add on coordination_apitoken for insert to relay_app
  with check (user_id = (select my_actor()) and revoked_at is null);
create policy change on coordination_apitoken for update to relay_app
  using (user_id = (select my_actor()) and revoked_at is null)
  with check (user_id = (select my_actor()));
"""

UNDO = """
drop policy worker on coordination_apitoken;
drop policy read on coordination_apitoken;
drop policy add on coordination_apitoken;
drop policy change on coordination_apitoken;
alter table coordination_apitoken no force row level security;
alter table coordination_apitoken disable row level security;
grant update on coordination_apitoken to relay_app;
drop function token_of;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("coordination", "0005_token_scopes"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="apitoken",
            constraint=models.CheckConstraint(
                condition=models.Q(name__regex=r"^[a-z_]+(-[0-9]+)?$"), name="token_name_is_coded"
            ),
        ),
        migrations.RunSQL(LOOKUP, migrations.RunSQL.noop),
        migrations.RunSQL(OWN_TOKENS, UNDO),
    ]
