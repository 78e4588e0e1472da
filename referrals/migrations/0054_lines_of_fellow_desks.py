"""
A line says what its referral says, and nobody hides from a desk what it was asked.

Found by somebody who played an insider: a line with another cause did not end, and a fellow desk or
the sender took a referral from one desk of a team.
"""

from importlib import import_module

from django.db import migrations

before = import_module("referrals.migrations.0033_moves_with_its_lines")

LINE_ALIVE, GRANT_ALIVE = before.LINE_ALIVE, before.GRANT_ALIVE
AWAITING = "('sent', 'questioned')"

# Whoever was asked sees it as long as its basis, unless it said no, or sent the referral itself.
HIDDEN = """l.reason = 'receiver' and not l.declined and l.until < b.until
        and b.until > statement_timestamp() and not exists (
          select from referrals_referralgrant s where s.content_object_id = l.content_object_id
            and s.group_id = l.group_id and s.reason = 'sender')"""


def replaced(name: str, body: str) -> str:
    """Return the statements that give a function of the definer another body."""
    return f"""
set local role relay_definer;
create or replace function {name}() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
{body} $$;
reset role;
"""


# While it is open a fellow desk only gives a line back, as an undone acceptance does; whoever
# accepted only ends the others'. A sender says that a desk gave it back, and no other no for it.
GUARD = replaced(
    "referral_line_guard",
    """declare
  mine int[];
  sends boolean;
  holds boolean;
  undone boolean;
  returned boolean;
  longer boolean := coalesce(new.until, 'infinity') > coalesce(old.until, 'infinity');
begin
  if session_user <> 'relay_app' then
    return new;
  end if;
  mine := my_desks();
  select r.from_desk_id = any (mine), coalesce(r.accepting_desk_id = any (mine), false),
         r.status = 'sent' and r.accepting_desk_id is null, r.status = 'returned'
    into sends, holds, undone, returned
    from referrals_referral r where r.id = new.content_object_id;
  if (old.group_id, old.content_object_id, old.reason, old.source)
     is distinct from (new.group_id, new.content_object_id, new.reason, new.source) then
    raise exception 'a line stays what it is' using errcode = 'check_violation',
      constraint = 'referral_line_fixed';
  end if;
  if (old.seen_at, old.assignee_id) is distinct from (new.seen_at, new.assignee_id)
     and not new.group_id = any (mine) then
    raise exception 'who works on it is the desk''s own' using errcode = 'insufficient_privilege';
  end if;
  if old.declined is distinct from new.declined
     and not (new.group_id = any (mine) or sends and returned) then
    raise exception 'a desk declines for itself' using errcode = 'insufficient_privilege';
  end if;
  if old.until is distinct from new.until and not sends then
    if new.reason = 'sender' then
      raise exception 'the sender''s line stays' using errcode = 'insufficient_privilege';
    elsif not new.group_id = any (mine)
      and not (holds and not longer or undone and longer and not old.declined) then
      raise exception 'only who accepted ends the others'' access'
        using errcode = 'insufficient_privilege';
    end if;
  end if;
  return new;
end""",
)

# What was over keeps the cause it was given for, where its case has become another one since.
HISTORY = replaced(
    "history_of_the_lead",
    """begin
  if new.until <= statement_timestamp() and tg_op = 'UPDATE' then
    return new;
  end if;
  if not exists (
    select from referrals_referral r
    join referrals_basis b on b.referral_id = r.id
    join cases_case c on c.id = r.case_id
    join coordination_desk d on d.group_id = c.lead_desk_id
    join coordination_agency a on a.id = d.agency_id
    where r.id = new.content_object_id and c.lead_desk_id = new.group_id
      and (tg_op = 'UPDATE' or new.source = 'case:' || c.reference)
      and r.status in ('completed', 'declined', 'returned', 'withdrawn')
      and a.kind = any (b.audience::text[]))
  then
    raise exception 'what is over is read by the lead, as far as its basis goes'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end""",
)

BOX = replaced(
    "referral_line_box",
    f"""declare
  r referrals_referral;
  line referrals_referralgrant;
  -- Whoever only opens a page is not stopped by what another process left behind.
  sets_due boolean := session_user = 'relay_app'
    and (tg_op = 'INSERT' or old.due_at is distinct from new.due_at);
begin
  select * into line from referrals_referralgrant where id = new.id;
  if not found then
    return null;
  end if;
  select * into r from referrals_referral where id = line.content_object_id;
  if line.source is distinct from 'referral:' || r.reference then
    raise exception 'a line is of its own referral'
      using errcode = 'check_violation', constraint = 'referral_line_source';
  end if;
  if line.until <= statement_timestamp() or line.reason = 'receiver' and line.box = 'closed' then
    if line.reason = 'receiver' and exists (
      select from cases_casegrant g where g.content_object_id = r.case_id
        and g.group_id = line.group_id and g.reason = 'receiver'
        and g.source = 'referral:' || r.reference and {GRANT_ALIVE})
    then
      raise exception 'access to a case follows the line of its referral'
        using errcode = 'check_violation', constraint = 'case_grant_follows';
    end if;
  end if;
  if (line.until is null or line.until > statement_timestamp())
     and (line.box is distinct from referral_box(r, line) or line.box <> 'closed' and sets_due
       and line.due_at is distinct from r.due_at)
  then
    raise exception 'a line of % does not stand in %', r.status, line.box
      using errcode = 'check_violation', constraint = 'referral_line_box';
  end if;
  return null;
end""",
)

STAYS = replaced(
    "referral_line_stays",
    f"""declare
  l referrals_referralgrant;
  r referrals_referral;
  b referrals_basis;
begin
  select * into l from referrals_referralgrant where id = new.id;
  if session_user <> 'relay_app' or not found or l.reason = 'history' then
    return null;
  end if;
  select * into r from referrals_referral where id = l.content_object_id;
  select * into b from referrals_basis where referral_id = r.id;
  if l.reason = 'sender' and r.from_desk_id = l.group_id and l.until is not null
     or l.reason = 'receiver' and r.status in {before.HELD} and r.accepting_desk_id = l.group_id
        and (l.until is not null or l.box = 'closed')
     or r.status in {AWAITING} and {HIDDEN}
     or l.reason = 'receiver' and r.status in {AWAITING} and b.until > statement_timestamp()
        and not exists (select from referrals_referralgrant o where o.content_object_id = r.id
          and o.reason = 'receiver' and o.box <> 'closed'
          and (o.until is null or o.until > statement_timestamp()))
  then
    raise exception 'somebody has to see a referral that is open'
      using errcode = 'check_violation', constraint = 'referral_line_stays';
  end if;
  return null;
end""",
)

# An acceptance undone gives the others back what it took, also where their rows are left alone.
LINES = before.LINES[before.LINES.index("declare") : before.LINES.index(" $$;\ncreate constraint")]
GIVES_BACK = replaced(
    "referral_moves_with_its_lines",
    LINES.replace(
        "    or r.status in ('sent', 'questioned')",
        f"""    or r.status in {AWAITING} and exists (select from referrals_referralgrant l
      join referrals_basis b on b.referral_id = r.id
      where l.content_object_id = r.id and ({HIDDEN}
        or {before.RECEIVES} and not exists (select from cases_casegrant g
          where g.group_id = l.group_id and g.content_object_id = r.case_id
            and g.reason = 'receiver' and g.source = 'referral:' || r.reference
            and g.until is not distinct from l.until)))
    or r.status in ('sent', 'questioned')""",
    ),
)

# What a line of an offer is of, as that of a referral.
OFFERS = replaced(
    "handoff_grant_guard",
    """declare
  mine int[];
  sends boolean;
  holds boolean;
  named text;
begin
  if session_user <> 'relay_app' then
    return new;
  end if;
  mine := my_desks();
  select h.from_desk_id = any (mine), coalesce(h.accepting_desk_id = any (mine), false),
         'handoff:' || h.reference
    into sends, holds, named from referrals_handoff h where h.id = new.content_object_id;
  if new.source is distinct from named then
    raise exception 'a line is of its own offer' using errcode = 'insufficient_privilege';
  elsif sends then
    return new;
  end if;
  if tg_op = 'INSERT' or new.until is null or new.until > statement_timestamp()
     or (old.group_id, old.content_object_id, old.reason)
        is distinct from (new.group_id, new.content_object_id, new.reason)
     or new.reason <> 'handoff' or not (new.group_id = any (mine) or holds)
     or (old.declined is distinct from new.declined and not new.group_id = any (mine))
  then
    raise exception 'whoever was offered it ends its own offer, and the others'' by accepting'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end""",
)

# A desk changes its own access, the lead any, and whoever accepted ends the others': nobody else.
KEPT = replaced(
    "case_grant_kept",
    f"""declare
  mine int[];
begin
  if session_user <> 'relay_app' then
    return new;
  end if;
  mine := my_desks();
  if (old.group_id, old.content_object_id, old.reason, old.source)
     is distinct from (new.group_id, new.content_object_id, new.reason, new.source)
  then
    raise exception 'a grant stays what it is'
      using errcode = 'check_violation', constraint = 'case_grant_fixed';
  elsif old.reason in ('handoff', 'shared', 'former_lead')
        and not {GRANT_ALIVE.replace("g.", "old.")} and {GRANT_ALIVE.replace("g.", "new.")}
  then
    raise exception 'what a hand-off gave has ended' using errcode = 'insufficient_privilege';
  elsif old.reason = 'receiver' and not new.group_id = any (mine)
    and (coalesce(new.until, 'infinity') < coalesce(old.until, 'infinity')
         or (old.opens_page, old.words_until) is distinct from (new.opens_page, new.words_until))
    and not taking_over(new.content_object_id)
    and not exists (select from cases_case c
                    where c.id = new.content_object_id and c.lead_desk_id = any (mine))
    and not exists (select from referrals_referral r
                    where 'referral:' || r.reference = new.source
                      and r.accepting_desk_id = any (mine))
  then
    raise exception 'only who accepted ends the others'' access'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end""",
)

# What a receiver reads of the case is what `moves.let_read_case` gives with the line that it has.
FOLLOWS = replaced(
    "case_grant_follows",
    f"""declare
  g cases_casegrant;
  c cases_case;
  alive boolean;
  asked boolean;
  as_given boolean;
begin
  select * into g from cases_casegrant where id = new.id;
  if session_user <> 'relay_app' or not found then
    return null;
  end if;
  alive := {GRANT_ALIVE};
  select * into c from cases_case where id = g.content_object_id;
  if g.source !~ '^(case|handoff|referral):[0-9A-Z]{{8}}$' then
    raise exception 'no action gives such access'
      using errcode = 'check_violation', constraint = 'case_grant_follows';
  elsif g.reason = 'lead' then
    if alive is distinct from (g.group_id = c.lead_desk_id and g.source = 'case:' || c.reference)
       or alive and not (g.until is null and g.opens_page)
    then
      raise exception 'the desk that leads has the grant of the lead, and no other'
        using errcode = 'check_violation', constraint = 'case_grant_follows';
    end if;
  elsif g.reason = 'receiver' then
    select true, g.until is not distinct from l.until
        and g.opens_page = (r.status in {before.HELD} and r.basis_ended_at is null)
        and g.words_until is not distinct from (case
          when r.basis_ended_at is not null then least(r.basis_ended_at, b.until)
          when r.status in {before.HELD} then b.until end)
      into asked, as_given
      from referrals_referral r join referrals_referralgrant l on l.content_object_id = r.id
        join referrals_basis b on b.referral_id = r.id
      where 'referral:' || r.reference = g.source and r.case_id = c.id
        and l.group_id = g.group_id and l.reason = 'receiver' and l.box <> 'closed'
        and {LINE_ALIVE};
    if alive and asked is null or not as_given then
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
)


class Migration(migrations.Migration):
    dependencies = [("referrals", "0053_answers_of_unsent_forms")]

    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop)
        for sql in (GUARD, HISTORY, BOX, STAYS, GIVES_BACK, OFFERS, KEPT, FOLLOWS)
    ]
