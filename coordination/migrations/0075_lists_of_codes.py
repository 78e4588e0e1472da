"""
A column of several codes holds a plain list of them, no longer than its vocabulary.

Found by somebody who played an insider: a list of lists passed as its codes, and so did one with
nulls or with thousands of copies; every page that reads such a row failed.
"""

from django.db import migrations

PLAIN = """
create or replace function is_code(several text[], wanted text) returns boolean stable
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  if array_ndims(several) > 1 or array_position(several, null) is not null then
    return false;
  end if;
  return exists (select from coordination_knowncodes k where k.vocabulary = wanted
    and k.codes ?& several and cardinality(several) <= jsonb_array_length(k.codes));
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0074_groups_as_they_were")]

    operations = [migrations.RunSQL(PLAIN, migrations.RunSQL.noop)]
