"""Whoever is offered a case learns how much open work comes with it, and by when: no codes, no desks."""

from django.db import migrations

SQL = """
create function moves_with_handoff(wanted bigint)
returns table (status text, urgency text, due_at timestamptz) stable language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  if session_user = 'relay_app' and not exists (
      select from referrals_handoffgrant g
      where g.content_object_id = wanted and g.group_id = any (my_desks()) and not g.declined
        and (g.until is null or g.until > statement_timestamp())) then
    return;
  end if;
  return query
  select r.status::text, r.urgency::text, r.due_at
  from referrals_handoff h
  join referrals_referral r on r.case_id = h.case_id and r.from_desk_id = h.from_desk_id
  where h.id = wanted and h.status = 'proposed' and h.type <> 'shared'
    and (h.to_desk_id is not null or h.to_team_id is not null)
    and r.status in ('sent', 'questioned', 'accepted', 'waitlisted', 'in_service', 'returning')
  order by r.due_at, r.id;
end $$;
revoke execute on function moves_with_handoff from public;
grant execute on function moves_with_handoff to relay_app, relay_worker;
alter function moves_with_handoff owner to relay_definer;
"""


class Migration(migrations.Migration):
    dependencies = [("referrals", "0037_looks_of_a_desk")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
