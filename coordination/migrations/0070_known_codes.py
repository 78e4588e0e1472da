"""
A column of codes takes the codes of its vocabulary, whoever writes; `manage.py migrate` says which.

By its shape alone, a code was a word of whoever wrote it. Only what is new is asked about: a row
keeps the code that it has when that leaves its vocabulary, and changes in its other columns.
"""

from django.db import migrations, models

# As a trigger: a check would ask old rows again, and a function in a check would read no table.
KNOWN = """
revoke all on coordination_knowncodes from public, relay_app, relay_worker;
grant select on coordination_knowncodes to relay_app, relay_worker, relay_definer;
create function codes_known() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
declare
  line jsonb := to_jsonb(new);
  before jsonb := case when tg_op = 'UPDATE' then to_jsonb(old) else '{}' end;
  said jsonb;
begin
  for i in 0 .. tg_nargs - 1 by 2 loop
    said := line -> tg_argv[i];
    if said is distinct from before -> tg_argv[i] and said not in ('""', '[]', 'null')
      and not exists (select from coordination_knowncodes k
        where k.vocabulary = tg_argv[i + 1] and k.codes @> said)
    then
      raise exception 'there is no such code for %', tg_argv[i]
        using errcode = 'check_violation', constraint = 'codes_known';
    end if;
  end loop;
  return new;
end $$;
revoke execute on function codes_known from public;
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
