"""Consents are the lead desk's: who may see and write them, and that nobody rewrites one."""

from django.db import migrations

MINE = "any ((select my_desks())::int[])"
LED_BY_ME = f"""(select true from cases_case c
    where c.id = case_id and c.lead_desk_id = {MINE} limit 1)"""
READ_BY_ME = f"""(select true from cases_casegrant g where g.content_object_id = case_id
    and g.group_id = {MINE} and g.reason in ('lead', 'former_lead')
    and (g.until is null or g.until > statement_timestamp()) limit 1)"""

# Only how it ends is ever changed: what the person said stays as it was said.
WALLS = f"""
grant select, insert, update (version, warned_at, withdrawn_at, ended_at) on cases_consent
  to relay_app, relay_worker;
grant select on cases_consent to relay_definer;
alter table cases_consent enable row level security;
alter table cases_consent force row level security;
create policy worker on cases_consent to relay_worker using (true) with check (true);
create policy read on cases_consent for select to relay_app using ({READ_BY_ME});
create policy add on cases_consent for insert to relay_app with check (
  desk_id = {MINE} and recorder_id = (select my_actor()) and {LED_BY_ME});
create policy change on cases_consent for update to relay_app
  using ({LED_BY_ME}) with check ({LED_BY_ME});
"""

ENDS = """
create function consent_ends() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
  if tg_op = 'INSERT' then
    if new.version <> 1 or new.warned_at is not null or new.withdrawn_at is not null
       or new.ended_at is not null then
      raise exception 'a consent begins as it was given'
        using errcode = 'check_violation', constraint = 'consent_begins';
    end if;
    return new;
  end if;
  if new.version <> old.version + 1 then
    raise exception 'a change makes the next version'
      using errcode = 'check_violation', constraint = 'next_version';
  end if;
  if old.withdrawn_at is not null or old.ended_at is not null
     or (old.warned_at is not null and new.warned_at is distinct from old.warned_at)
     or (new.ended_at is not null and new.until > statement_timestamp())
  then
    raise exception 'what a consent has come to stays'
      using errcode = 'check_violation', constraint = 'consent_ends';
  end if;
  return new;
end $$;
create trigger ends before insert or update on cases_consent
  for each row execute function consent_ends();
"""

# As audit_recorded: no change of a consent is committed without an entry of this transaction that
# names it, in the record of its case.
RECORDED = """
create function consent_recorded() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if not exists (select from audit_entry e join audit_entrybody b on b.entry_id = e.id
                 where e.subject = (select 'case:' || c.reference from cases_case c
                                    where c.id = new.case_id)
                   and e.verb like 'consent.%' and e.recorded_at >= transaction_timestamp()
                   and (b.data ->> 'consent')::int = new.number
                   and (b.data ->> 'version')::int = new.version)
  then
    raise exception 'version % of consent % is not in the record', new.version, new.number
      using errcode = 'check_violation', constraint = 'recorded';
  end if;
  return null;
end $$;
create constraint trigger recorded after insert or update on cases_consent
  deferrable initially deferred for each row execute function consent_recorded();
revoke execute on function consent_recorded from public;
alter function consent_recorded() owner to relay_definer;
"""

# Words reach a receiver until the basis of its referral ended: later ones are not for it.
NOTES = f"""
drop policy read on cases_note;
create policy read on cases_note for select to relay_app using (
  desk_id = {MINE} or (audience = 'everyone' and (select true from cases_casegrant g
    where g.content_object_id = case_id
    and g.group_id = {MINE} and (g.until is null or g.until > statement_timestamp())
    and (g.words_until is null or written_at <= g.words_until)
    and (g.source = about or (g.opens_page and (g.reason <> 'receiver' or left(about, 5) = 'case:')))
    limit 1)));
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0014_consents"), ("audit", "0002_record")]

    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (WALLS, ENDS, RECORDED, NOTES)
    ]
