"""
A column of codes takes the codes of its vocabulary, whoever writes; `manage.py migrate` says which.

By its shape alone, a code was a word of whoever wrote it. Only what is new is asked about: a row
keeps the code that it has when that leaves its vocabulary, and changes in its other columns.
"""

from django.db import migrations, models

# As a trigger: a check would ask old rows again, and at a restore before there are any codes.
KNOWN = """
revoke all on coordination_knowncodes from public, relay_app, relay_worker;
grant select on coordination_knowncodes to relay_app, relay_worker, relay_definer;
create function is_code(code text, wanted text) returns boolean stable language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
  return exists (
    select from coordination_knowncodes k where k.vocabulary = wanted and k.codes ? code);
end $$;
create function is_code(several text[], wanted text) returns boolean stable language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
  return exists (
    select from coordination_knowncodes k where k.vocabulary = wanted and k.codes ?& several);
end $$;
create function codes_known() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
  raise exception 'a column of % takes codes of its vocabulary alone', tg_table_name
    using errcode = 'check_violation', constraint = 'codes_known';
end $$;
revoke execute on function codes_known() from public;
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0069_links_taken_back")]

    operations = [
        migrations.CreateModel(
            name="KnownCodes",
            fields=[
                ("vocabulary", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("codes", models.JSONField()),
            ],
        ),
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
        migrations.RemoveConstraint("groupaction", "action_in_known_codes"),
        migrations.RemoveConstraint("meeting", "meeting_in_known_codes"),
    ]
