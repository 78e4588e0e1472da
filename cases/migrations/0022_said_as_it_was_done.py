"""
An entry of a case says what was done to it, and its moments are of now.

Found by somebody who played an insider: a case closed by its columns said that facts were
corrected, and one that lost nobody said that it was entered in error.
"""

from django.db import migrations

MOMENTS = {
    "cases_case": ("opened_at", "closed_at"),
    "cases_caselink": ("linked_at", "ended_at"),
    "cases_childreport": ("said_at",),
    "cases_consent": ("recorded_at", "warned_at", "withdrawn_at", "ended_at", "moved_at"),
    "cases_export": ("taken_at",),
    "cases_import": ("checked_at", "started_at", "ended_at"),
    "cases_note": ("written_at",),
}

FACTS = """age_band,gender_identity,situation,service_language,indigenous_led,access_needs,dependants,
          contact_rules,areas_to_avoid,safety_flags,needs"""

# The literals are those of cases.states and cases.facts; a test compares them.
SAID = f"""
grant select on cases_needoutcome to relay_definer;
create function case_recorded() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  said text;
  body jsonb;
  fits boolean;
  was jsonb;
begin
  select e.verb, b.data into said, body
    from audit_entry e join audit_entrybody b on b.entry_id = e.id
    where e.subject = 'case:' || new.reference and e.version = new.version
      and e.recorded_at >= transaction_timestamp();
  if not found then
    raise exception 'version % of case % is not in the record', new.version, new.reference
      using errcode = 'check_violation', constraint = 'recorded';
  elsif tg_op = 'INSERT' then
    fits := said = 'case.opened';
  elsif old.status <> new.status then
    fits := (said, old.status, new.status) in (
      ('case.closed', 'follow_up', 'closed'),
      ('case.closed', 'open', 'closed'),
      ('case.entered_in_error', 'follow_up', 'closed'),
      ('case.entered_in_error', 'open', 'closed'),
      ('case.followed_up', 'open', 'follow_up'),
      ('case.linked', 'follow_up', 'closed'),
      ('case.linked', 'open', 'closed'),
      ('case.reopened', 'closed', 'open'),
      ('case.resumed', 'follow_up', 'open'))
      and case new.closure_reason
        when '' then new.status <> 'closed'
        when 'entered_in_error' then said = 'case.entered_in_error'
        when 'duplicate' then said = 'case.linked'
        else said = 'case.closed' end;
  else
    fits := case said
      when 'case.handed_over' then old.lead_desk_id <> new.lead_desk_id
      when 'case.passed_on' then old.lead_desk_id <> new.lead_desk_id
      else old.lead_desk_id = new.lead_desk_id
        and said in ('case.changed', 'case.joined', 'case.report_said') end;
  end if;
  if not fits then
    raise exception 'the entry says something else than what was done'
      using errcode = 'check_violation', constraint = 'said_as_it_was_done';
  elsif tg_op = 'UPDATE' and session_user = 'relay_app' then
    was := to_jsonb(old);
    if exists (
      select from jsonb_each(to_jsonb(new)) n
      where n.value is distinct from was -> n.key and n.key <> 'version' and not n.key = any (case said
        when 'case.changed' then '{{{FACTS}}}'
        when 'case.closed' then '{{status,closed_at,closure_reason,follow_up_at}}'
        when 'case.entered_in_error' then '{{status,closed_at,closure_reason,follow_up_at}}'
        when 'case.followed_up' then '{{status,follow_up_at}}'
        when 'case.handed_over' then '{{lead_desk_id,assignee_id}}'
        when 'case.joined' then '{{needs}}'
        when 'case.linked' then '{{status,closed_at,closure_reason,follow_up_at}}'
        when 'case.reopened' then '{{status,closed_at,closure_reason}}'
        when 'case.resumed' then '{{status,follow_up_at}}'
        else '{{}}' end::text[]))
    then
      raise exception 'this event changes something else'
        using errcode = 'check_violation', constraint = 'changed_as_it_was_said';
    elsif said = 'case.closed' and (body ->> 'reason' = new.closure_reason
        and body -> 'outcomes' = coalesce((select jsonb_object_agg(o.need, o.outcome)
          from cases_needoutcome o where o.case_id = new.id), '{{}}')) is not true
    then
      raise exception 'the entry gives another reason than the row'
        using errcode = 'check_violation', constraint = 'said_with_its_reason';
    end if;
  end if;
  return null;
end $$;
drop trigger recorded on cases_case;
drop trigger recorded_change on cases_case;
create constraint trigger recorded after insert on cases_case
  deferrable initially deferred for each row execute function case_recorded();
create constraint trigger recorded_change after update on cases_case
  deferrable initially deferred for each row when (old.version <> new.version)
  execute function case_recorded();
revoke execute on function case_recorded from public;
alter function case_recorded() owner to relay_definer;
"""

CONSENTS = """
set local role relay_definer;
create or replace function consent_recorded() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  expected text := case
    when tg_op = 'INSERT' then 'consent.recorded'
    when old.withdrawn_at is distinct from new.withdrawn_at then 'consent.withdrawn'
    when old.moved_at is distinct from new.moved_at then 'consent.moved'
    when old.ended_at is distinct from new.ended_at then 'consent.ended'
    else 'consent.ending' end;
begin
  if not exists (select from audit_entry e join audit_entrybody b on b.entry_id = e.id
                 where e.subject = (select 'case:' || c.reference from cases_case c
                                    where c.id = new.case_id)
                   and e.verb = expected and e.recorded_at >= transaction_timestamp()
                   and (b.data ->> 'consent')::int = new.number
                   and (b.data ->> 'version')::int = new.version)
  then
    raise exception 'version % of consent % is not in the record', new.version, new.number
      using errcode = 'check_violation', constraint = 'recorded';
  end if;
  return null;
end $$;
reset role;
"""

NEVER = """
create function case_opened_once() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
  raise exception 'a case was opened when it was opened'
    using errcode = 'check_violation', constraint = 'case_opened_once';
end $$;
create trigger opened_once before update of opened_at on cases_case for each row
  when (old.opened_at is distinct from new.opened_at) execute function case_opened_once();
"""

TRIGGERS = [
    f"create trigger of_now before insert or update on {table} for each row"
    f" execute function of_now({', '.join(moments)});"
    for table, moments in MOMENTS.items()
]


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0021_retries"),
        ("coordination", "0035_moments"),
        ("audit", "0008_bodies"),
    ]

    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (SAID, CONSENTS, NEVER, *TRIGGERS)
    ]
