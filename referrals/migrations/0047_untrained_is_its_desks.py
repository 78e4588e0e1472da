"""
That somebody accepted without the course is their desk's to read, and is said as it was.

Found by somebody who played an insider: a sender read it in the record, and a receiver said it ten
times, for another side, where no course is asked for. And one reminder of a desk was told 20 times.
"""

from django.db import migrations

READ = """
alter policy read on audit_entry using (may_read_entry(subject, actor_id)
  and (verb not like '%.accepted_untrained' or desk_id = any ((select my_desks())::int[])));
"""

# The body is written after its entry, so this is asked at the end.
SAID = """
drop trigger accepted_untrained on audit_entry;
set local role relay_definer;
drop function accepted_untrained();
reset role;
create function accepted_untrained() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  named text := split_part(new.subject, ':', 2);
  desk int;
  asked text[];
begin
  select r.accepting_desk_id into desk from referrals_referral r
    where new.verb = 'referral.accepted_untrained' and r.reference = named
      and r.status = 'accepted' and audit_made_now(r.xmin)
  union all
  select h.accepting_desk_id from referrals_handoff h
    where new.verb = 'handoff.accepted_untrained' and h.reference = named
      and h.status = 'accepted' and audit_made_now(h.xmin);
  select r.courses into asked from coordination_requirement r
    where r.desk_id = desk and r.ended_at is null
      and r.begins_on <= (statement_timestamp() at time zone 'America/Toronto')::date
    order by r.begins_on desc limit 1;
  if desk is null or desk is distinct from new.desk_id or coalesce(asked, '{}') = '{}'
     or exists (select from trained_at(desk) person where person = new.actor_id)
     or 1 <> (select count(*) from audit_entry e
       where e.subject = new.subject and e.verb = new.verb and audit_made_now(e.xmin))
     or not exists (select from audit_entrybody b where b.entry_id = new.id
       and b.data ->> 'side' = 'receiver'
       and b.data ->> 'reason' in ('pressing', 'late', 'nobody_current')
       and b.data -> 'courses' @> to_jsonb(asked) and b.data -> 'courses' <@ to_jsonb(asked)
       and b.data - '{side,reason,courses}'::text[] = '{}')
  then
    raise exception 'an entry tells of what its own transaction did'
      using errcode = 'check_violation', constraint = 'entry_of_its_change';
  end if;
  return null;
end $$;
revoke execute on function accepted_untrained from public;
create constraint trigger accepted_untrained after insert on audit_entry
  deferrable initially deferred for each row
  when (session_user = 'relay_app'
    and new.verb in ('referral.accepted_untrained', 'handoff.accepted_untrained'))
  execute function accepted_untrained();
alter function accepted_untrained() owner to relay_definer;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("referrals", "0046_untrained_walls"),
        ("coordination", "0052_training_said"),
    ]

    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (READ, SAID)]
