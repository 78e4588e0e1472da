"""The pairs of statuses of a case; outcomes are the lead's; nothing is asked for a closed case."""

from django.db import migrations

MINE = "any ((select my_desks())::int[])"
LED_BY_ME = f"""(select true from cases_case c
    where c.id = case_id and c.lead_desk_id = {MINE} limit 1)"""

OUTCOMES = f"""
grant select, insert, delete on cases_needoutcome to relay_app, relay_worker;
alter table cases_needoutcome enable row level security;
alter table cases_needoutcome force row level security;
create policy worker on cases_needoutcome to relay_worker using (true) with check (true);
create policy read on cases_needoutcome for select to relay_app using ({LED_BY_ME});
create policy add on cases_needoutcome for insert to relay_app with check ({LED_BY_ME});
create policy discard on cases_needoutcome for delete to relay_app using ({LED_BY_ME});
"""

# The literals are those of cases.states.PAIRS; a test compares them.
PAIRS = """
create function case_pair() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
  if (old.status, new.status) not in (
    ('closed', 'open'),
    ('follow_up', 'closed'),
    ('follow_up', 'open'),
    ('open', 'closed'),
    ('open', 'follow_up')
  ) then
    raise exception 'a case cannot go from % to %', old.status, new.status
      using errcode = 'check_violation', constraint = 'case_pair';
  end if;
  return new;
end $$;
create trigger pair before update of status on cases_case for each row
  when (old.status is distinct from new.status) execute function case_pair();

create function case_first_status() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
  if new.status <> 'open' then
    raise exception 'a case begins open'
      using errcode = 'check_violation', constraint = 'case_first_status';
  end if;
  return new;
end $$;
create trigger first_status before insert on cases_case
  for each row execute function case_first_status();
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0006_life_cycle"), ("coordination", "0008_own_rows")]

    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (OUTCOMES, PAIRS)]
