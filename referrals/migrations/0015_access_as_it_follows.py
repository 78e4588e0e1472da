"""
Access follows what it derives from, also by SQL of whoever leads or sends: no more, and no less.

Found by a second reviewer who played an insider. What is compared with another row is compared at
commit, as an action moves the one after the other.
"""

from django.db import migrations

ALIVE = "({row}.until is null or {row}.until > statement_timestamp())"
HELD = "'accepted', 'waitlisted', 'in_service', 'returning'"
AWAITING = "'sent', 'questioned'"


def definer(name: str, body: str, triggers: str) -> str:
    """Return triggers with their function, which belongs to the definer once they are there."""
    return f"""
create function {name}() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
{body} $$;{triggers}
revoke execute on function {name} from public;
alter function {name}() owner to relay_definer;
"""


# A grant stays what it is, and what a hand-off gave does not come back once it has ended.
KEPT = definer(
    "case_grant_kept",
    f"""begin
  if session_user <> 'relay_app' then
    return new;
  end if;
  if (old.group_id, old.content_object_id, old.reason, old.source)
     is distinct from (new.group_id, new.content_object_id, new.reason, new.source)
  then
    raise exception 'a grant stays what it is'
      using errcode = 'check_violation', constraint = 'case_grant_fixed';
  elsif old.reason in ('handoff', 'shared', 'former_lead')
        and not {ALIVE.format(row="old")} and {ALIVE.format(row="new")}
  then
    raise exception 'what a hand-off gave has ended' using errcode = 'insufficient_privilege';
  end if;
  return new;
end""",
    """
create trigger kept before update on cases_casegrant
  for each row execute function case_grant_kept();
""",
)

# Of a case its lead's grant, of a referral its receivers', and of a hand-off what it gives: nobody
# has another one, and whoever is responsible is not made blind.
FOLLOWS = definer(
    "case_grant_follows",
    f"""declare
  g cases_casegrant;
  c cases_case;
  alive boolean;
  asked boolean;
  held boolean;
begin
  select * into g from cases_casegrant where id = new.id;
  if session_user <> 'relay_app' or not found then
    return null;
  end if;
  alive := {ALIVE.format(row="g")};
  select * into c from cases_case where id = g.content_object_id;
  if g.reason = 'lead' then
    if alive is distinct from (g.group_id = c.lead_desk_id and g.source = 'case:' || c.reference)
       or alive and not (g.until is null and g.opens_page)
    then
      raise exception 'the desk that leads has the grant of the lead, and no other'
        using errcode = 'check_violation', constraint = 'case_grant_follows';
    end if;
  elsif g.reason = 'receiver' then
    select true, r.status in ({HELD}) and r.accepting_desk_id = g.group_id into asked, held
      from referrals_referral r join referrals_referralgrant l on l.content_object_id = r.id
      where 'referral:' || r.reference = g.source and r.case_id = c.id
        and l.group_id = g.group_id and l.reason = 'receiver' and l.box <> 'closed'
        and {ALIVE.format(row="l")}
        and (not alive or coalesce(g.until, 'infinity') <= coalesce(l.until, 'infinity'));
    if alive and asked is null or not alive and held then
      raise exception 'access to a case follows the line of its referral'
        using errcode = 'check_violation', constraint = 'case_grant_follows';
    end if;
  elsif alive and (g.reason not in ('handoff', 'shared', 'former_lead') or not exists (
      select from referrals_handoff h
      where 'handoff:' || h.reference = g.source and h.case_id = c.id))
  then
    raise exception 'no action gives such access'
      using errcode = 'check_violation', constraint = 'case_grant_follows';
  end if;
  return null;
end""",
    """
create constraint trigger follows after insert or update on cases_casegrant
  deferrable initially deferred for each row execute function case_grant_follows();
""",
)

# No case without the grant of its lead, whoever wrote it.
LED = definer(
    "case_lead_sees_it",
    f"""begin
  if not exists (select from cases_case c join cases_casegrant g on g.content_object_id = c.id
                 where c.id = new.id and g.group_id = c.lead_desk_id and g.reason = 'lead'
                   and {ALIVE.format(row="g")})
  then
    raise exception 'the desk that leads a case sees it'
      using errcode = 'check_violation', constraint = 'case_lead_sees_it';
  end if;
  return null;
end""",
    """
create constraint trigger seen_by_its_lead after insert or update of lead_desk_id on cases_case
  deferrable initially deferred for each row execute function case_lead_sees_it();
""",
)

# A line of who is responsible, of the last who was asked, and of the sender does not end beside them.
LINES = definer(
    "referral_line_stays",
    f"""declare
  line referrals_referralgrant;
  r referrals_referral;
begin
  select * into line from referrals_referralgrant where id = new.id;
  if session_user <> 'relay_app' or not found
     or (line.box <> 'closed' or line.reason = 'sender') and {ALIVE.format(row="line")}
  then
    return null;
  end if;
  select * into r from referrals_referral where id = line.content_object_id;
  if line.reason = 'sender' and r.from_desk_id = line.group_id
     or line.reason = 'receiver' and r.status in ({HELD}) and r.accepting_desk_id = line.group_id
     or line.reason = 'receiver' and r.status in ({AWAITING})
        and exists (select from referrals_basis b
                    where b.referral_id = r.id and b.until > statement_timestamp())
        and not exists (select from referrals_referralgrant l where l.content_object_id = r.id
                        and l.reason = 'receiver' and l.box <> 'closed' and {ALIVE.format(row="l")})
  then
    raise exception 'somebody has to see a referral that is open'
      using errcode = 'check_violation', constraint = 'referral_line_stays';
  end if;
  return null;
end""",
    """
grant select on referrals_basis to relay_definer;
create constraint trigger stays after update on referrals_referralgrant
  deferrable initially deferred for each row execute function referral_line_stays();
""",
)

# The last of a team declines, and nobody for the others; who takes a case over ends what was asked
# of itself or never sent, and answers for nobody.
ANSWERS = definer(
    "referral_answered_for_itself",
    f"""declare
  others boolean;
begin
  if session_user <> 'relay_app' then
    return new;
  end if;
  others := exists (select from referrals_referralgrant l where l.content_object_id = old.id
    and l.reason = 'receiver' and not l.declined and l.box <> 'closed'
    and {ALIVE.format(row="l")} and not l.group_id = any (my_desks()));
  if new.status = 'declined' and others then
    raise exception 'others may still accept' using errcode = 'insufficient_privilege';
  elsif taking_over(old.case_id) and not (new.status in ('withdrawn', 'returned')
      and (old.status = 'draft' or coalesce(old.to_desk_id = any (my_desks()), false)
           or coalesce(old.accepting_desk_id = any (my_desks()), false)
           or old.status in ({AWAITING}) and not others))
  then
    raise exception 'the other side of the referral decides this'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end""",
    """
create trigger answered_for_itself before update of status on referrals_referral for each row
  when (old.status is distinct from new.status) execute function referral_answered_for_itself();
""",
) + definer(
    "handoff_declined_for_itself",
    f"""begin
  if session_user = 'relay_app' and exists (
    select from referrals_handoffgrant g where g.content_object_id = old.id
      and g.reason = 'handoff' and not g.declined and {ALIVE.format(row="g")}
      and not g.group_id = any (my_desks()))
  then
    raise exception 'others may still accept' using errcode = 'insufficient_privilege';
  end if;
  return new;
end""",
    """
create trigger declined_for_itself before update of status on referrals_handoff for each row
  when (old.status is distinct from new.status and new.status = 'declined')
  execute function handoff_declined_for_itself();
""",
)


class Migration(migrations.Migration):
    dependencies = [("referrals", "0014_history")]

    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop)
        for sql in (KEPT, FOLLOWS, LED, LINES, ANSWERS)
    ]
