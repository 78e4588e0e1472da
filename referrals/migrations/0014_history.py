"""The new lead of a case reads its referrals that are over, and changes nothing of them."""

from django.db import migrations

MINE = "any ((select my_desks())::int[])"

# Only for whoever leads the case, only what is over, and as far as the basis of the sharing goes.
GIVEN = """
create function history_of_the_lead() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if new.until <= statement_timestamp() then
    return new;
  end if;
  if not exists (
    select from referrals_referral r
    join referrals_basis b on b.referral_id = r.id
    join cases_case c on c.id = r.case_id
    join coordination_desk d on d.group_id = c.lead_desk_id
    join coordination_agency a on a.id = d.agency_id
    where r.id = new.content_object_id and c.lead_desk_id = new.group_id
      and r.status in ('completed', 'declined', 'returned', 'withdrawn')
      and a.kind = any (b.audience::text[]))
  then
    raise exception 'what is over is read by the lead, as far as its basis goes'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger history before insert or update on referrals_referralgrant for each row
  when (new.reason = 'history') execute function history_of_the_lead();
grant select on referrals_basis, coordination_desk, coordination_agency to relay_definer;
revoke execute on function history_of_the_lead from public;
alter function history_of_the_lead() owner to relay_definer;
"""

# Any grant let its desk change the row, within what triggers check; this kind only reads.
READS = """
create function works_on_referral(wanted bigint) returns boolean stable language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  mine int[] := my_desks();
begin
  return exists (select from referrals_referral r where r.id = wanted
      and (r.from_desk_id = any (mine) or r.responsible_desk_id = any (mine)
           or taking_over(r.case_id)))
    or exists (select from referrals_referralgrant g where g.content_object_id = wanted
      and g.group_id = any (mine) and g.reason <> 'history'
      and (g.until is null or g.until > statement_timestamp()));
end $$;
revoke execute on function works_on_referral from public;
grant execute on function works_on_referral to relay_app, relay_worker;
alter function works_on_referral owner to relay_definer;

create policy not_by_history on referrals_referral as restrictive for update to relay_app
  using (works_on_referral(id));
create policy not_by_history on referrals_requestedservice as restrictive for update to relay_app
  using (works_on_referral(referral_id));
"""

# With the lead, the reading moves on: the one who led before reads the case, not these.
LINES = """
set local role relay_definer;
grant execute on function referral_line_guard, referral_line_box to relay_owner;
reset role;

drop trigger guard on referrals_referralgrant;
create trigger guard before update on referrals_referralgrant for each row
  when (old.reason <> 'history' or new.reason <> 'history')
  execute function referral_line_guard();
create function history_ends() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if session_user = 'relay_app' and (
      (old.group_id, old.content_object_id, old.source)
        is distinct from (new.group_id, new.content_object_id, new.source)
      or not (new.group_id = any (my_desks()) or exists (
        select from referrals_referral r
        where r.id = new.content_object_id and taking_over(r.case_id))))
  then
    raise exception 'what is over is read by the lead' using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger history_ends before update on referrals_referralgrant for each row
  when (old.reason = 'history') execute function history_ends();
revoke execute on function history_ends from public;
alter function history_ends() owner to relay_definer;

drop trigger box on referrals_referralgrant;
create constraint trigger box after insert or update on referrals_referralgrant
  deferrable initially deferred for each row when (new.reason <> 'history')
  execute function referral_line_box();
alter table referrals_referralgrant add constraint referral_grant_history_is_closed
  check (reason <> 'history' or box = 'closed');
"""


class Migration(migrations.Migration):
    dependencies = [("referrals", "0013_colleagues_drafts")]

    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (GIVEN, READS, LINES)]
