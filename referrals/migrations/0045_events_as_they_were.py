"""Where a kind of subject asks which event is told of it, it is given the verb too."""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("referrals.migrations.0041_events_of_later_tables").GUARD

GUARD = BEFORE.replace("made_now(kind, named)", "made_now(kind, named, new.verb)")

MADE = """
create function made_now(kind text, named text, verb text) returns boolean language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  done boolean;
begin
  if to_regprocedure(format('public.%I(text, text)', 'made_' || kind)) is null then
    return made_now(kind, named);
  end if;
  execute format('select public.%I($1, $2)', 'made_' || kind) into done using named, verb;
  return done;
end $$;
revoke execute on function made_now(text, text, text) from public;
alter function made_now(text, text, text) owner to relay_definer;
"""


class Migration(migrations.Migration):
    dependencies = [("referrals", "0044_unassigned")]

    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (MADE, GUARD)]
