"""
Worklists: which referrals stand in a box of the actor's desks, soonest first.

Read from the grants, which carry the keys of the order, one short index scan a desk; never counted
exactly and never paged by offset (PERFORMANCE sections 0 and 5). Filters narrow inside that scan.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from cases.models import Case
from coordination.access import Actor
from referrals.filters import Filters, Sort
from referrals.lines import SOON
from referrals.loading import load
from referrals.models import Referral, ReferralGrant
from referrals.states import HISTORY, Box, Side

PAGE = 25
CAP = 60
"""Counts above this are shown as "60+"."""

_REASONS = len(Side)

# The order and the place after which a page begins; ties are broken by the key.
_ORDERS: Mapping[Sort, tuple[str, str, str]] = {
    Sort.DUE: ("g.due_at", "(g.due_at, g.content_object_id) > (%(value)s, %(key)s)", "asc"),
    Sort.NEWEST: ("null::timestamptz", "g.content_object_id < %(key)s", "desc"),
    Sort.FROM: (
        "sender.slug",
        "(sender.slug, g.content_object_id) > (%(value)s, %(key)s)",
        "asc",
    ),
}

_REFERRAL = "join referrals_referral r on r.id = g.content_object_id"
_SENDER = "join coordination_desk sender on sender.group_id = r.from_desk_id"
_REQUESTED = "('first_choice', 'if_available')"
_SHARED = """(g.reason = 'sender' or (r.basis_ended_at is null and exists (
            select from referrals_basis b
            where b.referral_id = r.id and b.until > statement_timestamp())))"""

# One condition a filter, on g (the line), r (the referral) and sender (its desk).
_CONDITIONS: Mapping[str, str] = {
    "urgency": "r.urgency = any (%(urgency)s)",
    "status": "r.status = any (%(status)s)",
    "service": """exists (select from referrals_requestedservice s
        where s.referral_id = r.id and s.service = any (%(service)s))""",
    "region": """exists (select from coordination_team t
        where t.id = sender.team_id and t.region = any (%(region)s))""",
    "kind": """exists (select from coordination_agency a
        where a.id = sender.agency_id and a.kind = any (%(kind)s))""",
    "age_band": f"""exists (select from cases_case c
        where c.id = r.case_id and c.age_band = any (%(age_band)s)
          and {_SHARED})""",
    "indigenous_led": f"""exists (select from cases_case c
        where c.id = r.case_id and c.indigenous_led in {_REQUESTED}
          and {_SHARED})""",
    "owner": """(('me' = any (%(owner)s) and g.assignee_id = %(me)s)
        or ('nobody' = any (%(owner)s) and g.assignee_id is null))""",
    "overdue": """(('true' = any (%(overdue)s) and g.due_at < statement_timestamp())
        or ('soon' = any (%(overdue)s) and g.due_at between statement_timestamp()
            and statement_timestamp() + %(soon)s))""",
}

_IN_BOX = """
from referrals_referralgrant g {joins}
where g.group_id = {desk} and g.box = %(box)s
  and (g.until is null or g.until > statement_timestamp()) {conditions}
"""

# One branch a desk, each with its desk as a literal: of an unknown desk the planner expects few
# rows, and behind row-level security so few that it sorts a whole box instead of walking its index.
_KEYS_OF_DESK = """
(select {value} as value, g.content_object_id as object {in_box} and {after}
 order by {value} {direction}, g.content_object_id {direction} limit %(inner)s)
"""
_KEYS = """
select value, object from (
  select distinct on (value, object) value, object from ({branches}) z
  order by value {direction}, object {direction} limit %(limit)s) k
"""

# In the order of the index, or it collects the whole box before it counts to sixty.
_COUNT_OF_DESK = """
(select g.content_object_id as object {in_box}
 order by g.due_at, g.content_object_id limit %(inner)s)
"""
_COUNT = """
select count(*) from (select distinct object from ({branches}) z limit %(limit)s) k
"""

_STARTS: Mapping[Sort, tuple[Any, int]] = {
    Sort.DUE: (dt.datetime.min.replace(tzinfo=dt.UTC), 0),
    Sort.NEWEST: (None, 2**62),
    Sort.FROM: ("", 0),
}


@dataclass(frozen=True)
class Position:
    """The last line that was shown: what it is ordered by, and its key."""

    value: dt.datetime | str | None
    key: int


@dataclass(frozen=True)
class Page:
    referrals: Sequence[Referral]
    next: Position | None


def page_of(
    actor: Actor,
    box: Box,
    *,
    after: Position | None = None,
    limit: int = PAGE,
    filters: Filters | None = None,
) -> Page:
    """Return one page of a box in the order of `filters.sort`, and where the next page begins."""
    filters = filters or Filters()
    after = after or Position(*_STARTS[filters.sort])
    if not actor.desk_ids:
        return Page([], None)
    value, begins, direction = _ORDERS[filters.sort]
    branches = [
        _KEYS_OF_DESK.format(value=value, after=begins, direction=direction, in_box=in_box)
        for in_box in _in_boxes(actor, filters)
    ]
    sql = _KEYS.format(branches=" union all ".join(branches), direction=direction)
    with connection.cursor() as cursor:
        cursor.execute(
            sql,
            {
                **_parameters(actor, box, filters),
                "value": after.value,
                "key": after.key,
                "inner": (limit + 1) * _REASONS,
                "limit": limit + 1,
            },
        )
        keys = cursor.fetchall()
    shown = load([key for _value, key in keys[:limit]], actor)
    more = Position(*keys[limit - 1]) if len(keys) > limit else None
    return Page(shown, more)


def count_of(actor: Actor, box: Box, *, filters: Filters | None = None) -> int:
    """Return how many referrals stand in a box, counted up to CAP + 1."""
    filters = filters or Filters()
    if not actor.desk_ids:
        return 0
    branches = [_COUNT_OF_DESK.format(in_box=each) for each in _in_boxes(actor, filters)]
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNT.format(branches=" union all ".join(branches)),
            {
                **_parameters(actor, box, filters),
                "inner": (CAP + 1) * _REASONS,
                "limit": CAP + 1,
            },
        )
        (count,) = cursor.fetchone()
    return int(count)


def _in_boxes(actor: Actor, filters: Filters) -> list[str]:
    """Return the scan of each desk's box; the referral is joined only where it is asked for."""
    conditions = [_CONDITIONS[name] for name in filters.chosen]
    joined = any("r." in each or "sender." in each for each in conditions)
    joins = f"{_REFERRAL} {_SENDER}" if joined or filters.sort == Sort.FROM else ""
    extra = "".join(f" and {condition}" for condition in conditions)
    return [
        _IN_BOX.format(joins=joins, conditions=extra, desk=int(desk_id))
        for desk_id in actor.desk_ids
    ]


def _parameters(actor: Actor, box: Box, filters: Filters) -> dict[str, Any]:
    chosen = {name: list(codes) for name, codes in filters.chosen.items()}
    return {
        **chosen,
        "box": str(box),
        "me": actor.user.pk,
        "soon": SOON,
    }


def waiting_for_us(actor: Actor) -> int:
    """Count what needs an answer from one of the actor's desks."""
    return count_of(actor, Box.INBOX) if actor.desk_ids else 0


def arrived_since(actor: Actor, box: Box, *, since: dt.datetime) -> int:
    """Count what came into a box after a moment: what a page that was loaded then lacks."""
    lines = ReferralGrant.objects.current().filter(
        group_id__in=actor.desk_ids, box=str(box), content_object__sent_at__gt=since
    )
    return len(set(lines.values_list("content_object_id", flat=True)[: CAP + 1]))


def attach_cases(referrals: Sequence[Referral], actor: Actor) -> None:
    """
    Give each referral its case, as `readable_case`, or None where access to it has ended.

    Not a join: a case that row-level security hides would take its referral out of the list.
    """
    cases = Case.objects.readable_by(actor).in_bulk({r.case_id for r in referrals})
    for referral in referrals:
        referral.readable_case = cases.get(referral.case_id)


def own_lines(referrals: Sequence[Referral], actor: Actor) -> dict[int, ReferralGrant]:
    """Return the own desk's line of each referral by its key; of two, the receiver's."""
    lines = (
        ReferralGrant.objects.current()
        .filter(content_object_id__in=[r.pk for r in referrals], group_id__in=actor.desk_ids)
        .exclude(reason=HISTORY)
        .select_related("assignee")
        .order_by("-reason")
    )
    return {line.content_object_id: line for line in lines}
