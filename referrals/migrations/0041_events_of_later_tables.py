"""
What an entry may tell of, each kind of subject says itself: with a function `made_<kind>`.

So a table that comes later brings its own, and nobody copies the guard of the record again.
"""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("referrals.migrations.0037_looks_of_a_desk").GUARD
LAST = "    else false end;\n  end if;\n"

GUARD = BEFORE.replace(LAST, "    else made_now(kind, named) end;\n  end if;\n")

MADE = """
create function made_now(kind text, named text) returns boolean language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  done boolean;
begin
  if to_regprocedure(format('public.%I(text)', 'made_' || kind)) is null then
    return false;
  end if;
  execute format('select public.%I($1)', 'made_' || kind) into done using named;
  return done;
end $$;
revoke execute on function made_now from public;
alter function made_now owner to relay_definer;
"""


class Migration(migrations.Migration):
    dependencies = [("referrals", "0040_said_now")]

    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (MADE, GUARD)]
