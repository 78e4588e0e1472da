"""The pairs of statuses of the whole life cycle, and what stays fixed once it is written."""

from django.db import migrations

# The literals are those of referrals.states.PAIRS; a test compares them.
PAIRS = """
create or replace function referral_pair() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
  if (old.status, new.status) not in (
    ('accepted', 'completed'),
    ('accepted', 'in_service'),
    ('accepted', 'returning'),
    ('accepted', 'sent'),
    ('accepted', 'waitlisted'),
    ('accepted', 'withdrawn'),
    ('completed', 'in_service'),
    ('draft', 'sent'),
    ('draft', 'withdrawn'),
    ('in_service', 'completed'),
    ('in_service', 'returning'),
    ('in_service', 'withdrawn'),
    ('questioned', 'accepted'),
    ('questioned', 'declined'),
    ('questioned', 'sent'),
    ('questioned', 'withdrawn'),
    ('returning', 'returned'),
    ('sent', 'accepted'),
    ('sent', 'declined'),
    ('sent', 'questioned'),
    ('sent', 'withdrawn'),
    ('waitlisted', 'in_service'),
    ('waitlisted', 'returning'),
    ('waitlisted', 'withdrawn')
  ) then
    raise exception 'a referral cannot go from % to %', old.status, new.status
      using errcode = 'check_violation', constraint = 'referral_pair';
  end if;
  return new;
end $$;
"""

FIXED = """
create or replace function referral_fixed() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
  if (old.case_id, old.from_desk_id, old.to_desk_id, old.to_team_id, old.to_agency_id,
      old.to_province, old.writer_id, old.reroutes_id, old.doors)
    is distinct from (new.case_id, new.from_desk_id, new.to_desk_id, new.to_team_id,
      new.to_agency_id, new.to_province, new.writer_id, new.reroutes_id, new.doors)
  then
    raise exception 'the two sides of a referral are fixed'
      using errcode = 'check_violation', constraint = 'referral_fixed';
  end if;
  return new;
end $$;
"""

MINE = "any ((select my_desks())::int[])"

# Foreign keys ignore policies: a chain leads only through one's own referrals of the same case.
ADD = f"""
drop policy add on referrals_referral;
create policy add on referrals_referral for insert to relay_app with check (
  from_desk_id = {MINE} and status = 'draft' and writer_id = (select my_actor())
  and (select true from cases_case c where c.id = case_id and c.lead_desk_id = {MINE} limit 1)
  and (reroutes_id is null or may_reroute(reroutes_id, case_id, (select my_desks()))));
"""

# A policy on referrals must not read referrals, so this one is a definer function.
MAY_REROUTE = """
create function may_reroute(wanted bigint, of_case bigint, mine int[])
returns boolean stable language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  return exists (select from referrals_referral where id = wanted and case_id = of_case
                 and from_desk_id = any (mine));
end $$;
revoke execute on function may_reroute from public;
grant execute on function may_reroute to relay_app, relay_worker;
alter function may_reroute owner to relay_definer;
"""


class Migration(migrations.Migration):
    dependencies = [("referrals", "0003_life_cycle")]

    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (PAIRS, FIXED, MAY_REROUTE, ADD)
    ]
