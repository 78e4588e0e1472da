"""
Grants compared, row by row, with the states they derive from.

Derived rows drift without anyone noticing; this says which ones, nightly and in the tests.
"""

import logging
from collections.abc import Iterable, Iterator
from itertools import chain

from django.db import connection

from audit.gauges import Owed
from referrals.states import AWAITING_ANSWER, BOXES, LIVE, RECEIVER_RESPONSIBLE, Status

_log = logging.getLogger(__name__)

_BOX_ROWS = ", ".join(f"('{side}', '{status}', '{box}')" for (side, status), box in BOXES.items())


def _listed(statuses: Iterable[Status]) -> str:
    return ", ".join(f"'{status}'" for status in sorted(statuses))


_AWAITING, _HELD = _listed(AWAITING_ANSWER), _listed(RECEIVER_RESPONSIBLE)
_NOBODY = _listed({*Status} - AWAITING_ANSWER - RECEIVER_RESPONSIBLE)

_MISSING_SENDER = """
select r.reference from referrals_referral r where not exists (
  select from referrals_referralgrant g where g.content_object_id = r.id and g.reason = 'sender'
    and g.group_id = r.from_desk_id and g.until is null)
"""

_WRONG_LINE = f"""
with boxes(side, status, box) as (values {_BOX_ROWS})
select r.reference, g.group_id, g.reason, g.box from referrals_referralgrant g
join referrals_referral r on r.id = g.content_object_id
left join boxes b on b.side = g.reason and b.status = r.status
where (g.until is null or g.until > statement_timestamp())
  and ((g.box is distinct from case when g.reason = 'sender' and r.settled_at is not null
            then 'closed' when g.reason = 'sender' and r.status = 'sent'
              and (r.to_agency_id is not null or r.to_province <> '') then 'needs_action'
            else b.box end and not (g.reason in ('receiver', 'history') and g.box = 'closed'))
       or (g.due_at <> r.due_at and g.box <> 'closed')
       or (g.reason = 'sender' and g.group_id <> r.from_desk_id))
"""  # noqa: S608  the rows of a table in the code

_OTHER_SOURCE = """
select r.reference, g.group_id, g.source from referrals_referralgrant g
join referrals_referral r on r.id = g.content_object_id
where g.reason in ('sender', 'receiver') and g.source <> 'referral:' || r.reference
"""

_HIDDEN = f"""
select r.reference, g.group_id from referrals_referralgrant g
join referrals_referral r on r.id = g.content_object_id
join referrals_basis b on b.referral_id = r.id
where g.reason = 'receiver' and not g.declined and r.status in ({_AWAITING})
  and g.until < b.until and b.until > statement_timestamp() and not exists (
    select from referrals_referralgrant s where s.content_object_id = r.id
      and s.group_id = g.group_id and s.reason = 'sender')
"""  # noqa: S608  the rows of a table in the code

_MISSING_RECEIVER = f"""
select r.reference from referrals_referral r join referrals_basis b on b.referral_id = r.id
where r.status in ({_AWAITING}, {_HELD}) and r.to_agency_id is null and r.to_province = ''
  and (r.status in ({_HELD}) or b.until > statement_timestamp())
  and not exists (
    select from referrals_referralgrant g where g.content_object_id = r.id
      and g.reason = 'receiver' and g.box <> 'closed'
      and (g.until is null or g.until > statement_timestamp())
      and g.group_id = coalesce(r.accepting_desk_id, r.to_desk_id, g.group_id))
"""  # noqa: S608  the rows of a table in the code

_TOO_MANY = f"""
select r.reference, g.group_id from referrals_referralgrant g
join referrals_referral r on r.id = g.content_object_id
where g.reason = 'receiver' and g.box <> 'closed'
  and (g.until is null or g.until > statement_timestamp())
  and (r.status in ({_NOBODY}) or r.to_agency_id is not null or r.to_province <> ''
       or (r.accepting_desk_id is not null and g.group_id <> r.accepting_desk_id)
       or (r.to_desk_id is not null and g.group_id <> r.to_desk_id))
"""  # noqa: S608  the rows of a table in the code

_CASE_LEAD = """
select c.reference from cases_case c where not exists (
  select from cases_casegrant g where g.content_object_id = c.id and g.reason = 'lead'
    and g.group_id = c.lead_desk_id and g.until is null and g.opens_page)
"""

_CASE_RECEIVER = f"""
with lines as (
  select 'referral:' || r.reference as source, r.case_id, g.group_id, g.until,
         r.status in ({_HELD}) and r.basis_ended_at is null as opens, b.until as ends
  from referrals_referralgrant g join referrals_referral r on r.id = g.content_object_id
  join referrals_basis b on b.referral_id = r.id
  where g.reason = 'receiver' and g.box <> 'closed'
    and (g.until is null or g.until > statement_timestamp())
), grants as (
  select source, content_object_id as case_id, group_id, until, opens_page as opens, words_until
  from cases_casegrant where reason = 'receiver'
    and (until is null or until > statement_timestamp())
)
select coalesce(l.source, g.source), coalesce(l.group_id, g.group_id)
from lines l full join grants g using (source, case_id, group_id)
where l.source is null or g.source is null or l.until is distinct from g.until or l.opens <> g.opens
  or (l.opens and g.words_until is distinct from l.ends)
"""  # noqa: S608  the rows of a table in the code

_HISTORY = """
select r.reference, g.group_id from referrals_referralgrant g
join referrals_referral r on r.id = g.content_object_id join cases_case c on c.id = r.case_id
where g.reason = 'history' and (g.until is null or g.until > statement_timestamp())
  and g.group_id <> c.lead_desk_id
"""

_SERVICES = f"""
select r.reference, s.service from referrals_requestedservice s
join referrals_referral r on r.id = s.referral_id
where s.is_live <> (r.status in ({_listed(LIVE)}))
   or s.case_id <> r.case_id
   or (s.outcome <> '') <> (r.status = 'completed')
   or s.target <> coalesce('desk:' || r.to_desk_id, 'team:' || r.to_team_id,
                           'agency:' || r.to_agency_id, 'province:' || r.to_province)
"""  # noqa: S608  the rows of a table in the code

_HANDOFF = """
with given as (
  select h.reference, h.case_id, g.group_id, 'handoff' as reason
  from referrals_handoff h join referrals_handoffgrant g on g.content_object_id = h.id
  where h.status = 'proposed' and g.reason = 'handoff' and not g.declined
    and (g.until is null or g.until > statement_timestamp())
), grants as (
  select g.source, g.content_object_id as case_id, g.group_id, g.reason, g.opens_page
  from cases_casegrant g where g.reason in ('handoff', 'shared', 'former_lead')
    and (g.until is null or g.until > statement_timestamp())
)
select coalesce(x.reference, g.source), coalesce(x.group_id, g.group_id)
from given x full join (select * from grants where reason = 'handoff') g
  on g.source = 'handoff:' || x.reference and g.case_id = x.case_id and g.group_id = x.group_id
where x.reference is null or g.source is null or g.opens_page
union all
select g.source, g.group_id from grants g where g.reason <> 'handoff' and not exists (
  select from referrals_handoff h where 'handoff:' || h.reference = g.source
    and h.case_id = g.case_id and h.status = 'accepted' and case g.reason
      when 'shared' then h.type = 'shared' and h.accepting_desk_id = g.group_id
      else h.type <> 'shared' and h.from_desk_id = g.group_id end)
"""

_SENT_BY_ANOTHER = f"""
select r.reference from referrals_referral r join cases_case c on c.id = r.case_id
where r.status in ({_listed(LIVE)}) and r.from_desk_id <> c.lead_desk_id
"""  # noqa: S608  the rows of a table in the code


_NOT_ENDED = f"""
select r.reference from referrals_referral r join referrals_basis b on b.referral_id = r.id
left join cases_consent c on c.id = b.consent_id
where r.status in ({_AWAITING}, {_HELD}) and r.basis_ended_at is null
  and (c.withdrawn_at is not null or b.until < statement_timestamp() - interval '1 hour')
"""  # noqa: S608  the rows of a table in the code


def drifted() -> Iterator[str]:
    """Yield a sentence for each grant that is missing, wrong or too many."""
    return chain(
        (f"referral {r}: the sender has no grant" for (r,) in _rows(_MISSING_SENDER)),
        (
            f"referral {r}: desk {desk} has it as {side} in box {box}, which is not its status"
            for r, desk, side, box in _rows(_WRONG_LINE)
        ),
        (
            f"referral {r}: desk {desk} has it by another cause, {source}"
            for r, desk, source in _rows(_OTHER_SOURCE)
        ),
        (
            f"referral {r}: desk {desk} was asked, said nothing, and no longer sees it"
            for r, desk in _rows(_HIDDEN)
        ),
        (f"referral {r}: no receiver can see it" for (r,) in _rows(_MISSING_RECEIVER)),
        (f"referral {r}: desk {desk} should not see it" for r, desk in _rows(_TOO_MANY)),
        (f"case {r}: its lead desk has no grant" for (r,) in _rows(_CASE_LEAD)),
        (
            f"{source}: desk {desk}'s access to the case differs"
            for source, desk in _rows(_CASE_RECEIVER)
        ),
        (
            f"referral {r}: desk {desk} reads it, but does not lead its case"
            for r, desk in _rows(_HISTORY)
        ),
        (
            f"referral {r}: its basis has ended, and nobody did anything"
            for (r,) in _rows(_NOT_ENDED)
        ),
        (f"referral {r}: service {s} is out of step" for r, s in _rows(_SERVICES)),
        (
            f"{source}: what desk {desk} has by this hand-off differs"
            for source, desk in _rows(_HANDOFF)
        ),
        (f"referral {r}: its sender does not lead the case" for (r,) in _rows(_SENT_BY_ANOTHER)),
    )


def gauge() -> Owed:
    """
    Measure the faults, as what was given up: people mend them, and nothing does by itself.

    The log says how many; `manage.py check_grants` says which.
    """
    faults = sum(1 for _fault in drifted())
    if faults:
        _log.error("%d grants do not agree with their case or referral", faults)
    return Owed("grants", waiting=0, oldest_at=None, parked=faults)


def _rows(sql: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        rows: list[tuple[object, ...]] = cursor.fetchall()
    return rows
