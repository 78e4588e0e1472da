"""Two cases become one in one transaction, by the desk that leads both, and nothing else moves."""

from django.db import migrations

MINE = "any ((select my_desks())::int[])"
LEADS = (
    "(select true from cases_case c where c.id = {key} and c.lead_desk_id = " + MINE + " limit 1)"
)

WALLS = f"""
grant select, insert, update on cases_caselink to relay_app, relay_worker;
grant select on cases_caselink to relay_definer;
alter table cases_caselink enable row level security;
alter table cases_caselink force row level security;
create policy worker on cases_caselink to relay_worker using (true) with check (true);
create policy read on cases_caselink for select to relay_app using (
  {LEADS.format(key="case_id")} or {LEADS.format(key="kept_id")});
create policy add on cases_caselink for insert to relay_app with check (
  desk_id = {MINE} and {LEADS.format(key="case_id")} and {LEADS.format(key="kept_id")});
create policy change on cases_caselink for update to relay_app
  using ({LEADS.format(key="case_id")}) with check ({LEADS.format(key="case_id")});
"""

GUARD = """
create function case_link_guard() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if tg_op = 'INSERT' then
    if new.ended_at is not null or not exists (
      select from cases_case d join cases_case k on k.id = new.kept_id
      where d.id = new.case_id and d.lead_desk_id = k.lead_desk_id and d.lead_desk_id = new.desk_id
        and d.status <> 'closed' and k.status <> 'closed')
    then
      raise exception 'one desk leads both cases, and both are open'
        using errcode = 'check_violation', constraint = 'case_link_of_one_desk';
    end if;
    new.linked_in := txid_current();
    return new;
  end if;
  if old.ended_at is not null or new.ended_at is null
     or (old.case_id, old.kept_id, old.desk_id, old.linked_at, old.linked_in) is distinct from
        (new.case_id, new.kept_id, new.desk_id, new.linked_at, new.linked_in)
  then
    raise exception 'a link only ends' using errcode = 'check_violation',
      constraint = 'case_link_fixed';
  end if;
  return new;
end $$;
create trigger guard before insert or update on cases_caselink
  for each row execute function case_link_guard();
revoke execute on function case_link_guard from public;
alter function case_link_guard() owner to relay_definer;

-- A link holds as long as its case is closed as a double, and no double is without one.
create function case_linked_iff_double() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  wanted bigint;
  double boolean;
begin
  if tg_table_name = 'cases_caselink' then
    wanted := new.case_id;
  else
    wanted := new.id;
  end if;
  select c.closure_reason = 'duplicate' into double from cases_case c where c.id = wanted;
  if double is distinct from exists (
    select from cases_caselink l where l.case_id = wanted and l.ended_at is null)
  then
    raise exception 'a double is linked to the case that stays, and nothing else is'
      using errcode = 'check_violation', constraint = 'case_linked_iff_double';
  end if;
  return null;
end $$;
create constraint trigger of_a_double after insert or update on cases_caselink
  deferrable initially deferred for each row execute function case_linked_iff_double();
create constraint trigger linked after update of closure_reason on cases_case
  deferrable initially deferred for each row
  when (old.closure_reason is distinct from new.closure_reason)
  execute function case_linked_iff_double();
revoke execute on function case_linked_iff_double from public;
alter function case_linked_iff_double() owner to relay_definer;
"""

# A referral changes its case in the transaction that links the two, and in no other.
FIXED = """
create or replace function referral_fixed() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
  if (old.to_desk_id, old.to_team_id, old.to_agency_id,
      old.to_province, old.writer_id, old.reroutes_id, old.doors)
    is distinct from (new.to_desk_id, new.to_team_id,
      new.to_agency_id, new.to_province, new.writer_id, new.reroutes_id, new.doors)
    or (old.case_id <> new.case_id
        and not exists (select from cases_caselink l where l.case_id = old.case_id
          and l.kept_id = new.case_id and l.linked_in = txid_current() and l.ended_at is null))
    or (old.from_desk_id <> new.from_desk_id
        and not exists (select from cases_case c where c.id = new.case_id
                        and c.lead_desk_id = new.from_desk_id))
  then
    raise exception 'the two sides of a referral are fixed'
      using errcode = 'check_violation', constraint = 'referral_fixed';
  end if;
  return new;
end $$;

-- What belongs to it goes along: what was asked, the words about it, and who could see it.
create function referral_takes_along() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  update referrals_requestedservice set case_id = new.case_id where referral_id = new.id;
  update cases_note set case_id = new.case_id
    where about = 'referral:' || new.reference and case_id = old.case_id;
  insert into coordination_accessspan
    (case_reference, subject, desk_id, reason, source, opens_page, since, until)
  select c.reference, 'referral:' || new.reference, g.group_id, g.reason, g.source, true,
    statement_timestamp(), g.until
  from referrals_referralgrant g join cases_case c on c.id = new.case_id
  where g.content_object_id = new.id and (g.until is null or g.until > statement_timestamp())
  order by g.id;
  return null;
end $$;
create trigger takes_along after update of case_id on referrals_referral for each row
  when (old.case_id is distinct from new.case_id) execute function referral_takes_along();
grant update (case_id) on referrals_requestedservice, cases_note to relay_definer;
grant select on referrals_requestedservice, cases_note to relay_definer;
revoke execute on function referral_takes_along from public;
alter function referral_takes_along() owner to relay_definer;
"""


class Migration(migrations.Migration):
    dependencies = [("referrals", "0022_request_walls"), ("cases", "0017_links")]

    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (WALLS, GUARD, FIXED)]
