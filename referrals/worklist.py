"""
Worklists: which referrals stand in a box of the actor's desks, soonest first.

Read from the grants, which carry the keys of the order, one short index scan a desk; never counted
exactly and never paged by offset (PERFORMANCE sections 0 and 5).
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from cases.models import Case
from coordination.access import Actor
from referrals.models import Referral, ReferralGrant
from referrals.states import Box, Side

PAGE = 25
CAP = 60
"""Counts above this are shown as "60+"."""

_REASONS = len(Side)
_EARLIEST = dt.datetime.min.replace(tzinfo=dt.UTC)

_KEYS = """
select due_at, object from (
  select distinct on (due_at, object) due_at, object
  from unnest(%(desks)s::int[]) as d(id) cross join lateral (
    select g.due_at, g.content_object_id as object from referrals_referralgrant g
    where g.group_id = d.id and g.box = %(box)s
      and (g.until is null or g.until > statement_timestamp())
      and (g.due_at, g.content_object_id) > (%(due_at)s, %(object)s)
    order by g.due_at, g.content_object_id limit %(inner)s) z
  order by due_at, object limit %(limit)s) k
"""

_COUNT = """
select count(*) from (
  select distinct object from unnest(%(desks)s::int[]) as d(id) cross join lateral (
    select g.content_object_id as object from referrals_referralgrant g
    where g.group_id = d.id and g.box = %(box)s
      and (g.until is null or g.until > statement_timestamp())
    limit %(inner)s) z limit %(limit)s) k
"""


@dataclass(frozen=True)
class Position:
    """The last line that was shown: due time and key. The first page starts before all of them."""

    due_at: dt.datetime = _EARLIEST
    key: int = 0


@dataclass(frozen=True)
class Page:
    referrals: Sequence[Referral]
    next: Position | None


def page_of(actor: Actor, box: Box, *, after: Position | None = None, limit: int = PAGE) -> Page:
    """Return one page of a box, soonest due first, and where the next page begins."""
    after = after or Position()
    with connection.cursor() as cursor:
        cursor.execute(
            _KEYS,
            {
                "desks": actor.desk_ids,
                "box": str(box),
                "due_at": after.due_at,
                "object": after.key,
                "inner": (limit + 1) * _REASONS,
                "limit": limit + 1,
            },
        )
        keys = cursor.fetchall()
    found = {
        referral.pk: referral
        for referral in Referral.objects.visible_to(actor)
        .with_desks()
        .filter(pk__in=[key for _due_at, key in keys[:limit]])
    }
    shown = [found[key] for _due_at, key in keys[:limit] if key in found]
    attach_cases(shown, actor)
    more = Position(*keys[limit - 1]) if len(keys) > limit else None
    return Page(shown, more)


def count_of(actor: Actor, box: Box) -> int:
    """Return how many referrals stand in a box, counted up to CAP + 1."""
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNT,
            {
                "desks": actor.desk_ids,
                "box": str(box),
                "inner": (CAP + 1) * _REASONS,
                "limit": CAP + 1,
            },
        )
        (count,) = cursor.fetchone()
    return int(count)


def waiting_for_us(actor: Actor) -> int:
    """Count what needs an answer from one of the actor's desks."""
    return count_of(actor, Box.INBOX) if actor.desk_ids else 0


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
        .select_related("assignee")
        .order_by("-reason")
    )
    return {line.content_object_id: line for line in lines}


def desks_with_grants(referral: Referral) -> list[ReferralGrant]:
    """Return who can see a referral now and why, for its page."""
    return list(
        ReferralGrant.objects.current()
        .filter(content_object_id=referral.pk)
        .select_related("group__desk__agency", "group__desk__team")
        .order_by("pk")
    )
