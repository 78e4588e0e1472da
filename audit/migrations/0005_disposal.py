"""Bodies of entries may go, each with a certificate that names exactly which; the entries stay."""

import django.db.models.deletion
from django.db import migrations, models

# What a certificate says of the entries whose bodies go: their keys and the hashes that stay.
DIGEST = """
create function audit_digest(ids bigint[]) returns text stable language sql
set search_path = pg_catalog, public, pg_temp as $$
  select encode(sha256(convert_to(coalesce(
    string_agg(e.id || ':' || encode(e.body_hash, 'hex'), ',' order by e.id), ''), 'UTF8')), 'hex')
  from audit_entry e where e.id = any (ids)
$$;
"""

DISPOSE = """
create function audit_dispose(ids bigint[], certificate bigint) returns int
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  said jsonb;
  done int;
begin
  select b.data into said from audit_entry e join audit_entrybody b on b.entry_id = e.id
  where e.id = certificate and e.verb = 'retention.disposed' and e.db_role = session_user
    and e.recorded_at >= transaction_timestamp();
  if said is null or said ->> 'digest' is distinct from audit_digest(ids)
    or (said ->> 'entries')::int is distinct from cardinality(ids)
  then
    raise exception 'no certificate of this transaction names these entries'
      using errcode = 'insufficient_privilege';
  end if;
  if exists (select from audit_entry where id = any (ids) and verb in
             ('retention.disposed', 'case.disposed', 'case.words_disposed'))
  then
    raise exception 'what says that something was disposed of stays'
      using errcode = 'insufficient_privilege';
  end if;
  with gone as (delete from audit_entrybody where entry_id = any (ids) returning entry_id)
  insert into audit_disposal (entry_id, certificate_id) select entry_id, certificate from gone;
  get diagnostics done = row_count;
  if done <> cardinality(ids) then
    raise exception 'a body was gone before' using errcode = 'check_violation';
  end if;
  return done;
end $$;
"""

# While a follower owes the effect of an entry, the entry keeps its body.
OWED = """
create function audit_is_owed(subjects text[]) returns boolean stable language sql
set search_path = pg_catalog, public, pg_temp as $$
  select exists (select from audit_pending p join audit_entry e on e.id = p.entry_id
                 where e.subject = any (subjects))
$$;
"""

RIGHTS = """
revoke all on audit_disposal from public, relay_app, relay_worker;
grant select on audit_disposal to relay_app, relay_worker;  -- no policy: the web process sees none
grant insert on audit_disposal to relay_definer;
grant delete on audit_entrybody to relay_definer;
alter table audit_disposal enable row level security;
alter table audit_disposal force row level security;
create policy worker on audit_disposal for select to relay_worker using (true);
create trigger append_only before update or delete on audit_disposal
  for each row execute function audit_refuse();

revoke execute on function audit_dispose from public;
grant execute on function audit_dispose to relay_worker;
alter function audit_dispose owner to relay_definer;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_gauge_rights")]

    operations = [
        migrations.CreateModel(
            name="Disposal",
            fields=[
                (
                    "entry",
                    models.OneToOneField(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="disposal",
                        serialize=False,
                        to="audit.entry",
                    ),
                ),
                (
                    "certificate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="audit.entry",
                    ),
                ),
            ],
        ),
        *(
            migrations.RunSQL(sql, migrations.RunSQL.noop)
            for sql in (DIGEST, DISPOSE, OWED, RIGHTS)
        ),
    ]
