"""What working groups do about what fails: what is open, what comes next, and what was done."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from coordination.access import Actor
from coordination.action_states import ActionStatus
from coordination.counting.histories import month_of
from coordination.models import GroupAction
from coordination.models.group import READ
from coordination.releasing.periods import Period

MOST = 5
"""So many of the next, and of those done last, are named."""


@dataclass(frozen=True)
class Doing:
    """Actions that somebody reads; of one region, those for a gap there."""

    open: int
    overdue: int
    done: int
    """In the period that is shown."""

    since: int
    """After it."""

    next: Sequence[GroupAction]
    """The overdue ones first."""

    ended: Sequence[GroupAction]
    """Done in the period or after it, the last one first."""


def doing(actor: Actor, period: Period | None, *, region: str = "") -> Doing | None:
    """Return what is done, or None for whom working groups are not for."""
    if not actor.may(READ):
        return None
    rows = GroupAction.objects.visible_to(actor)
    if region:
        rows = rows.filter(region=region)
    rows = rows.select_related("group", "owner__agency", "owner__team", "about_desk__agency")
    to_do = list(rows.open())
    ended = list(rows.filter(status=ActionStatus.DONE).order_by("-ended_at"))
    within = [each for each in ended if period and _is_within(period, each)]
    after = [each for each in ended if period and _is_after(period, each)]
    today = timezone.localdate()
    return Doing(
        open=len(to_do),
        overdue=sum(each.is_overdue(today) for each in to_do),
        done=len(within),
        since=len(after),
        next=to_do[:MOST],
        ended=[*after, *within][:MOST],
    )


def _is_within(period: Period, action: GroupAction) -> bool:
    first, last = period.months
    return action.ended_at is not None and first <= month_of(action.ended_at) <= last


def _is_after(period: Period, action: GroupAction) -> bool:
    return action.ended_at is not None and month_of(action.ended_at) > period.months[1]
