"""A consent goes along with the person when two cases become one, exactly as it was given."""

import django.db.models.deletion
from django.db import migrations, models

# Only how it ends is ever changed; what is recorded anew says of which consent it is the same.
ENDS = """
grant update (moved_at) on cases_consent to relay_app, relay_worker;

create or replace function consent_ends() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
  if tg_op = 'INSERT' then
    if new.version <> 1 or new.warned_at is not null or new.withdrawn_at is not null
       or new.ended_at is not null or new.moved_at is not null then
      raise exception 'a consent begins as it was given'
        using errcode = 'check_violation', constraint = 'consent_begins';
    end if;
    if new.moved_from_id is not null and not exists (
      select from cases_consent o join cases_caselink l on l.case_id = o.case_id
      where o.id = new.moved_from_id and l.kept_id = new.case_id
        and l.linked_in = txid_current() and l.ended_at is null
        and o.withdrawn_at is null and o.moved_at is null
        and (o.kind, o.services, o.audience, o.given_on, o.until, o.form)
          = (new.kind, new.services, new.audience, new.given_on, new.until, new.form))
    then
      raise exception 'a consent moves as it was given, with the case that is the same person'
        using errcode = 'check_violation', constraint = 'consent_moves';
    end if;
    return new;
  end if;
  if new.version <> old.version + 1 then
    raise exception 'a change makes the next version'
      using errcode = 'check_violation', constraint = 'next_version';
  end if;
  if old.withdrawn_at is not null or old.ended_at is not null
     or (old.warned_at is not null and new.warned_at is distinct from old.warned_at)
     or (old.moved_at is not null and new.moved_at is distinct from old.moved_at)
     or (new.ended_at is not null and new.until > statement_timestamp())
  then
    raise exception 'what a consent has come to stays'
      using errcode = 'check_violation', constraint = 'consent_ends';
  end if;
  if new.moved_at is distinct from old.moved_at and not exists (
    select from cases_consent n join cases_caselink l on l.kept_id = n.case_id
    where n.moved_from_id = new.id and l.case_id = new.case_id
      and l.linked_in = txid_current() and l.ended_at is null)
  then
    raise exception 'a consent moves as it was given, with the case that is the same person'
      using errcode = 'check_violation', constraint = 'consent_moves';
  end if;
  return new;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0017_links")]

    operations = [
        migrations.AddField(
            model_name="consent",
            name="moved_at",
            field=models.DateTimeField(
                help_text="recorded anew on the case that is the same person, and taken back there",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="consent",
            name="moved_from",
            field=models.ForeignKey(
                db_constraint=False,
                help_text="the same one on the double; no constraint, as each goes with its case",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="cases.consent",
            ),
        ),
        migrations.RunSQL(ENDS, migrations.RunSQL.noop),
    ]
