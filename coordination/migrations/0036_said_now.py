"""
What people, desks, the rota, tokens and registers come to is said in the transaction that does it.

Found by somebody who played an insider. Where the Office stands in, it ends the seats of
administrators alone, or makes somebody one.
"""

from django.db import migrations

SAID = """
create function said_now() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  line jsonb := case when tg_op = 'DELETE' then to_jsonb(old) else to_jsonb(new) end;
  named text;
begin
  if session_user <> 'relay_app' then
    return null;
  end if;
  named := case tg_table_name
    when 'cases_childreport' then (select 'case:' || c.reference from cases_case c
      where c.id = (line ->> 'case_id')::bigint)
    when 'cases_export' then 'export:' || (line ->> 'reference')
    when 'cases_indigenousidentity' then (select 'identity:' || c.reference from cases_case c
      where c.id = (line ->> 'case_id')::bigint)
    when 'coordination_accessrequest' then 'request:' || (line ->> 'reference')
    when 'coordination_accessreview' then 'review:' || (line ->> 'reference')
    when 'coordination_agency' then 'agency:' || (line ->> 'slug')
    when 'coordination_agreement' then (select 'agreement:' || max(a.id)
      from coordination_agreement a where a.first_id = (line ->> 'first_id')::bigint
        and a.second_id = (line ->> 'second_id')::bigint and a.urgency = line ->> 'urgency')
    when 'coordination_apitoken' then 'user:' || (line ->> 'user_id')
    when 'coordination_breach' then 'breach:' || (line ->> 'reference')
    when 'coordination_desk' then 'desk:' || (line ->> 'slug')
    when 'coordination_identifierpattern' then 'pattern:' || (line ->> 'code')
    when 'coordination_invitation' then 'invitation:' || (line ->> 'reference')
    when 'coordination_legalhold' then 'hold:' || (line ->> 'reference')
    when 'coordination_legalprocess' then 'process:' || (line ->> 'reference')
    when 'coordination_membership' then 'user:' || (line ->> 'user_id')
    when 'coordination_retentionperiod' then 'retention:' || (line ->> 'record_class')
    when 'coordination_reviewline' then (select 'review:' || r.reference
      from coordination_accessreview r where r.id = (line ->> 'review_id')::bigint)
    when 'coordination_servicegap' then
      'gap:' || (line ->> 'service') || ':' || (line ->> 'region')
    when 'coordination_user' then 'user:' || (line ->> 'id')
    when 'referrals_override' then (select 'referral:' || r.reference from referrals_referral r
      where r.id = (line ->> 'referral_id')::bigint)
    else (select 'desk:' || d.slug from coordination_desk d
      where d.group_id = (line ->> 'desk_id')::int) end;
  if not exists (select from audit_entry e where e.subject = named and e.verb = any (tg_argv)
                 and audit_made_now(e.xmin))
  then
    raise exception 'a change of % is not in the record', tg_table_name
      using errcode = 'check_violation', constraint = 'said_now';
  end if;
  return null;
end $$;
"""

OWNED = """
revoke execute on function said_now from public;
alter function said_now() owner to relay_definer;
set local role relay_definer;
grant execute on function said_now to relay_owner;
reset role;
"""

MADE = {
    "coordination_accessrequest": "request.opened",
    "coordination_agreement": "agreement.set",
    "coordination_apitoken": "token.issued",
    "coordination_breach": "breach.entered",
    "coordination_capacity": "desk.capacity_set",
    "coordination_dutyexception": "desk.rota_set",
    "coordination_identifierpattern": "pattern.added",
    "coordination_invitation": "user.invited",
    "coordination_legalhold": "hold.set",
    "coordination_legalprocess": "process.entered",
    "coordination_membership": "member.added",
    "coordination_retentionperiod": "retention.period_set",
    "coordination_servicegap": "gap.reported",
    "coordination_shift": "desk.rota_set",
}
CHANGED = {
    "coordination_accessrequest": ("*", "request.answered"),
    "coordination_accessreview": ("signed_at", "review.signed"),
    "coordination_agency": ("review_every", "review.rhythm_set"),
    "coordination_agreement": ("*", "agreement.set", "agreement.ended"),
    "coordination_apitoken": ("revoked_at", "token.revoked", "token.issued", "user.deactivated"),
    "coordination_breach": ("*", "breach.assessed"),
    "coordination_capacity": ("*", "desk.capacity_set"),
    "coordination_desk": ("*", "desk.changed", "desk.closed"),
    "coordination_dutyexception": ("*", "desk.rota_set"),
    "coordination_identifierpattern": ("*", "pattern.added", "pattern.retired"),
    "coordination_invitation": ("revoked_at", "invitation.revoked"),
    "coordination_legalhold": ("*", "hold.lifted"),
    "coordination_legalprocess": ("*", "process.answered"),
    "coordination_membership": ("until", "member.ended"),
    "coordination_reviewline": ("kept_at", "review.seat_kept"),
    "coordination_shift": ("*", "desk.rota_set"),
    "coordination_user": ("is_active", "user.deactivated"),
}


def triggers() -> list[str]:
    """Return a trigger for each table and kind of change, with the events that may tell of it."""
    made = [
        f"create constraint trigger said_now after insert on {table} deferrable initially deferred"
        f" for each row execute function said_now('{verb}');"
        for table, verb in MADE.items()
    ]
    return made + [
        f"create constraint trigger changed_now after update on {table} deferrable initially"
        f" deferred for each row when (old.{column} is distinct from new.{column})"
        f" execute function said_now({', '.join(repr(verb) for verb in verbs)});"
        for table, (column, *verbs) in CHANGED.items()
    ]


ALIVE = "m.since <= statement_timestamp() and (m.until is null or m.until > statement_timestamp())"

SEATS = f"""
create function at_home(wanted bigint) returns boolean stable language sql security definer
set search_path = pg_catalog, public, pg_temp as $$
  select exists (
    select from coordination_membership m join coordination_desk d on d.group_id = m.desk_id
    where m.user_id = my_actor() and d.agency_id = wanted
      and m.role in ('agency_admin', 'coordinator') and {ALIVE})
$$;
create function seats_ended() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if session_user = 'relay_app' and old.role <> 'agency_admin'
     and not at_home(agency_of(old.desk_id)) and not exists (
       select from coordination_membership m where m.user_id = old.user_id
         and m.desk_id = old.desk_id and m.role = 'agency_admin' and m.until is null
         and audit_made_now(m.xmin))
  then
    raise exception 'who stands in ends the seats of administrators alone'
      using errcode = 'insufficient_privilege';
  end if;
  return null;
end $$;
create constraint trigger stands_in after update of until on coordination_membership
  deferrable initially deferred for each row execute function seats_ended();
create function account_ended() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if session_user <> 'relay_app' then
    return new;
  elsif old.is_active and not new.is_active and not at_home(old.agency_id) and exists (
    select from coordination_membership m
    where m.user_id = old.id and m.role <> 'agency_admin' and {ALIVE})
  then
    raise exception 'who stands in ends the seats of administrators alone'
      using errcode = 'insufficient_privilege';
  elsif old.last_login is distinct from new.last_login and my_actor() <> old.id then
    raise exception 'a person signs in for themselves' using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger stands_in before update of is_active, last_login on coordination_user
  for each row execute function account_ended();
revoke execute on function at_home, seats_ended, account_ended from public;
alter function at_home owner to relay_definer;
alter function seats_ended owner to relay_definer;
alter function account_ended owner to relay_definer;
create trigger of_now before update of last_login on coordination_user
  for each row execute function of_now('last_login');
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0035_moments")]

    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (SAID, *triggers(), OWNED, SEATS)
    ]
