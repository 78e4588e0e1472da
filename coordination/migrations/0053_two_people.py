"""
Two people are two: nobody confirms whom the one who proposed let in, or who came in since.

And no decision about thresholds is told that was not made.
"""

from django.db import migrations

# Whoever was invited by somebody whom they had invited is theirs too.
APART = """
create function stands_apart(wanted int) returns boolean stable language sql security definer
set search_path = pg_catalog, public, pg_temp as $$
  with recursive let_in(person) as (
    select my_actor()
    union
    select i.invited_by_id from coordination_invitation i join let_in l on i.person_id = l.person)
  select exists (
    select from coordination_thresholdproposal p
    where p.number = wanted and p.proposed_by_id not in (select person from let_in)
      and exists (
        select from coordination_membership m
        where m.user_id = my_actor() and m.role = 'auditor' and m.since <= p.proposed_at
          and (m.until is null or m.until > statement_timestamp())))
$$;
revoke execute on function stands_apart from public;
grant execute on function stands_apart to relay_app;
alter function stands_apart owner to relay_definer;
create function confirmed_apart() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
  if session_user = 'relay_app' and not stands_apart(new.number) then
    raise exception 'whom somebody let in does not confirm what they propose'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger apart before update on coordination_thresholdproposal
  for each row when (new.decision = 'confirmed') execute function confirmed_apart();
"""

# Volatile, so that each of several entries of one statement sees those before it.
SAID = """
create function made_thresholds(named text, verb text) returns boolean language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return exists (select from coordination_thresholdproposal p
      where p.number::text = named and audit_made_now(p.xmin)
        and coalesce(p.decided_by_id, p.proposed_by_id) = my_actor()
        and verb = 'thresholds.' || case p.decision when '' then 'proposed' else p.decision end)
    and not exists (select from audit_entry e
      where e.subject = 'thresholds:' || named and e.verb = made_thresholds.verb
        and audit_made_now(e.xmin));
end $$;
revoke execute on function made_thresholds(text, text) from public;
alter function made_thresholds(text, text) owner to relay_definer;
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0052_training_said"), ("audit", "0008_bodies")]

    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (APART, SAID)]
