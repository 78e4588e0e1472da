"""Who reads and signs the review of an agency's access; nobody keeps their own seat."""

from django.db import migrations

WALLS = """
grant select on coordination_accessreview, coordination_reviewline to relay_app;
grant update (signed_at, signed_by_id) on coordination_accessreview to relay_app;
grant update (kept_at, kept_by_id) on coordination_reviewline to relay_app;
grant update (review_every) on coordination_agency to relay_app;
grant select, insert on coordination_accessreview, coordination_reviewline to relay_worker;
grant select on coordination_accessreview, coordination_reviewline to relay_definer;
alter table coordination_accessreview enable row level security;
alter table coordination_accessreview force row level security;
create policy worker on coordination_accessreview to relay_worker using (true) with check (true);
create policy read on coordination_accessreview for select to relay_app
  using (administers(agency_id) or my_role_anywhere('coordinator'));
create policy change on coordination_accessreview for update to relay_app
  using (administers(agency_id) or my_role_anywhere('coordinator'))
  with check (administers(agency_id));
alter table coordination_reviewline enable row level security;
alter table coordination_reviewline force row level security;
create policy worker on coordination_reviewline to relay_worker using (true) with check (true);
create policy read on coordination_reviewline for select to relay_app using (
  (select true from coordination_accessreview r where r.id = review_id limit 1));
create policy change on coordination_reviewline for update to relay_app
  using ((select true from coordination_accessreview r where r.id = review_id limit 1))
  with check (kept_by_id = (select my_actor()));
"""

GUARDS = """
create function review_line_guard() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if session_user = 'relay_app' and (
    old.kept_at is not null
    or exists (select from coordination_accessreview r
               where r.id = new.review_id and r.signed_at is not null)
    or not exists (
      select from coordination_membership m where m.id = new.seat_id and m.user_id <> my_actor()
        and (administers((select d.agency_id from coordination_desk d
                          where d.group_id = m.desk_id))
             or (m.role = 'agency_admin' and my_role_anywhere('coordinator')))))
  then
    raise exception 'nobody keeps their own seat' using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger guard before update on coordination_reviewline
  for each row execute function review_line_guard();
create function review_guard() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  if session_user = 'relay_app' and (
    old.signed_at is not null or new.signed_by_id is distinct from my_actor()
    or exists (
      select from coordination_reviewline l join coordination_membership m on m.id = l.seat_id
      join coordination_user u on u.id = m.user_id
      where l.review_id = new.id and l.kept_at is null and u.is_active
        and (m.until is null or m.until > statement_timestamp())))
  then
    raise exception 'a review is signed once, with each seat decided'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger guard before update on coordination_accessreview
  for each row execute function review_guard();
create function agency_guard() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
  if session_user = 'relay_app' and not administers(new.id) then
    raise exception 'an administrator changes the own agency'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger guard before update on coordination_agency
  for each row execute function agency_guard();
revoke execute on function review_line_guard, review_guard from public;
alter function review_line_guard() owner to relay_definer;
alter function review_guard() owner to relay_definer;
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0016_reviews")]

    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (WALLS, GUARDS)]
