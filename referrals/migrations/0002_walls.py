"""Row-level security of referrals, what the record shows to whom, and the pairs of statuses."""

from django.db import migrations

TABLES = (
    "referrals_referral",
    "referrals_requestedservice",
    "referrals_basis",
    "referrals_referralgrant",
)

RIGHTS = """
grant select, insert, update on referrals_referral, referrals_requestedservice,
  referrals_referralgrant to relay_app, relay_worker;
grant select, insert on referrals_basis to relay_app, relay_worker;
grant select on referrals_referral, referrals_referralgrant to relay_definer;
"""

FORCE = "".join(
    f"alter table {table} enable row level security;"
    f"alter table {table} force row level security;"
    f"create policy worker on {table} to relay_worker using (true) with check (true);"
    for table in TABLES
)

# As may_share_case: the sender gives any grant, a receiver only renews or ends what a sending made.
MAY_SHARE = """
create function may_share_referral(
  wanted bigint, grantee int, why text, mine int[]
) returns boolean stable language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  return exists (select from referrals_referral where id = wanted and from_desk_id = any (mine))
    or (exists (select from referrals_referralgrant where content_object_id = wanted
                and group_id = grantee and reason = why)
        and exists (select from referrals_referralgrant where content_object_id = wanted
                    and group_id = any (mine) and reason = 'receiver'
                    and (until is null or until > statement_timestamp())));
end $$;
revoke execute on function may_share_referral from public;
grant execute on function may_share_referral to relay_app, relay_worker;
alter function may_share_referral owner to relay_definer;
"""

MINE = "any ((select my_desks())::int[])"
GRANTED = f"""(select true from referrals_referralgrant g
    where g.content_object_id = referrals_referral.id and g.group_id = {MINE}
      and (g.until is null or g.until > statement_timestamp()) limit 1)"""
VISIBLE = "(select true from referrals_referral r where r.id = referral_id limit 1)"
SENT_BY_ME = f"""(select true from referrals_referral r
    where r.id = referral_id and r.from_desk_id = {MINE} limit 1)"""

POLICIES = f"""
create policy read on referrals_referral for select to relay_app using (
  (status <> 'draft' or writer_id = (select my_actor()))
  and (from_desk_id = {MINE} or responsible_desk_id = {MINE} or {GRANTED}));
-- Foreign keys ignore policies: without the look at the case, anyone could send another's case.
create policy add on referrals_referral for insert to relay_app with check (
  from_desk_id = {MINE} and status = 'draft' and writer_id = (select my_actor())
  and (select true from cases_case c where c.id = case_id and c.lead_desk_id = {MINE} limit 1));
create policy change on referrals_referral for update to relay_app using (
  from_desk_id = {MINE} or responsible_desk_id = {MINE} or {GRANTED})
  with check (accepting_desk_id is null or accepting_desk_id = {MINE} or from_desk_id = {MINE});

create policy read on referrals_requestedservice for select to relay_app using ({VISIBLE});
create policy add on referrals_requestedservice for insert to relay_app with check ({SENT_BY_ME});
create policy change on referrals_requestedservice for update to relay_app
  using ({VISIBLE}) with check ({VISIBLE});
create policy read on referrals_basis for select to relay_app using ({VISIBLE});
create policy add on referrals_basis for insert to relay_app with check ({SENT_BY_ME});

create policy read on referrals_referralgrant for select to relay_app using (
  group_id = {MINE}
  or may_share_referral(content_object_id, group_id, reason, (select my_desks())));
create policy add on referrals_referralgrant for insert to relay_app with check (
  may_share_referral(content_object_id, group_id, reason, (select my_desks())));
create policy change on referrals_referralgrant for update to relay_app
  using (may_share_referral(content_object_id, group_id, reason, (select my_desks())))
  with check (may_share_referral(content_object_id, group_id, reason, (select my_desks())));
"""

# The record shows an entry to whoever may read what it speaks of: of a case, the lead desk.
READ_RECORD = f"""
create function may_read_entry(subject text, actor bigint) returns boolean stable language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
declare
  kind text := split_part(subject, ':', 1);
  wanted text := split_part(subject, ':', 2);
begin
  if kind = 'referral' then
    return exists (select from referrals_referral where reference = wanted);
  elsif kind = 'case' then
    return exists (select from cases_case where reference = wanted
                   and lead_desk_id = {MINE});
  end if;
  return actor = my_actor();
end $$;
create policy read on audit_entry for select to relay_app using (may_read_entry(subject, actor_id));
create policy read on audit_entrybody for select to relay_app using (
  (select true from audit_entry e where e.id = entry_id limit 1));
"""

# The literals are those of referrals.states.PAIRS; a test compares them.
PAIRS = """
create function referral_pair() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
  if (old.status, new.status) not in (
    ('accepted', 'sent'),
    ('draft', 'sent'),
    ('draft', 'withdrawn'),
    ('questioned', 'accepted'),
    ('questioned', 'declined'),
    ('questioned', 'sent'),
    ('questioned', 'withdrawn'),
    ('sent', 'accepted'),
    ('sent', 'declined'),
    ('sent', 'questioned'),
    ('sent', 'withdrawn')
  ) then
    raise exception 'a referral cannot go from % to %', old.status, new.status
      using errcode = 'check_violation', constraint = 'referral_pair';
  end if;
  return new;
end $$;
create trigger pair before update of status on referrals_referral for each row
  when (old.status is distinct from new.status) execute function referral_pair();

create function referral_first_status() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
  if new.status <> 'draft' then
    raise exception 'a referral begins as a draft'
      using errcode = 'check_violation', constraint = 'referral_first_status';
  end if;
  return new;
end $$;
create trigger first_status before insert on referrals_referral
  for each row execute function referral_first_status();

create function referral_fixed() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
  if (old.case_id, old.from_desk_id, old.to_desk_id, old.to_team_id, old.writer_id)
    is distinct from (new.case_id, new.from_desk_id, new.to_desk_id, new.to_team_id, new.writer_id)
  then
    raise exception 'the two sides of a referral are fixed'
      using errcode = 'check_violation', constraint = 'referral_fixed';
  end if;
  return new;
end $$;
create trigger fixed before update on referrals_referral
  for each row execute function referral_fixed();
"""

RECORDED = """
create constraint trigger recorded after insert or update on referrals_referral
  deferrable initially deferred for each row execute function audit_recorded('referral');
create trigger next_version before update on referrals_referral
  for each row execute function audit_next_version();
"""


class Migration(migrations.Migration):
    dependencies = [("referrals", "0001_initial"), ("cases", "0003_walls")]

    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop)
        for sql in (RIGHTS, FORCE, MAY_SHARE, POLICIES, READ_RECORD, PAIRS, RECORDED)
    ]
