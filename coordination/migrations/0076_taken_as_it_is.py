"""
What an entry says of figures that were taken is of a release or a sealed table that there is.

Found by somebody who played an insider: as the table and as the purpose, it took any words. No row
changes when figures leave, so the entry itself is asked about, when its body is there.
"""

from django.db import migrations

SAID = """
create function taken_said() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  said jsonb;
  named text := substring(new.subject from ':(.*)');
begin
  if session_user <> 'relay_app' then
    return null;
  end if;
  select data into said from audit_entrybody where entry_id = new.id;
  if said is null or said - array['form', 'version', 'table', 'purpose'] <> '{}'
     or not is_code(said ->> 'form', 'statistics_form')
     or said ? 'purpose' and not is_code(said ->> 'purpose', 'statistics_purpose')
     or new.verb = 'release.taken' and not exists (
       select from coordination_release r
       where r.period = named and r.version::text = said ->> 'version' and (not said ? 'table'
         or r.tables @> jsonb_build_array(jsonb_build_object('name', said -> 'table'))))
     or new.verb = 'sealed.taken' and (said ? 'table' or not exists (
       select from coordination_sealedtable t
       where t.period || ':' || t.name = named and t.version::text = said ->> 'version'))
  then
    raise exception 'what is said of figures that were taken is of those that there are'
      using errcode = 'check_violation', constraint = 'taken_said';
  end if;
  return null;
end $$;
create constraint trigger taken_said after insert on audit_entry deferrable initially deferred
  for each row when (new.verb in ('release.taken', 'sealed.taken')) execute function taken_said();
revoke execute on function taken_said() from public;
alter function taken_said() owner to relay_definer;
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0075_lists_of_codes"), ("audit", "0008_bodies")]

    operations = [migrations.RunSQL(SAID, migrations.RunSQL.noop)]
