"""
What a desk answered, month by month: exact, for its own people, and of no other desk.

Counted now, from what its people may open. A referral that they may no longer open, as another desk
of the team accepted it or its basis ended first, is not counted.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from audit.verbs import Verb
from coordination import history
from coordination.access import Actor
from coordination.counting.histories import month_of
from coordination.models import Desk
from referrals.models import Referral, ReferralGrant
from referrals.states import AWAITING_ANSWER, Side, Status

MONTHS = 6
"""The current month and those before it."""

_ANSWERS = (Verb.REFERRAL_ACCEPTED, Verb.REFERRAL_DECLINED)


@dataclass
class Month:
    """What was sent to the desk in a month, by its first day, and what became of it by now."""

    begins: dt.date
    received: int = 0
    accepted: int = 0
    declined: int = 0
    waiting: int = 0
    in_time: int = 0
    """Answered before the time for it was over."""

    minutes: list[int] = field(default_factory=list)
    """What each acceptance took."""

    @property
    def answered(self) -> int:
        return self.accepted + self.declined

    @property
    def usual(self) -> dt.timedelta | None:
        """Return the median time to accept."""
        return dt.timedelta(minutes=round(median(self.minutes))) if self.minutes else None


@dataclass(frozen=True)
class Figures:
    months: Sequence[Month]
    """The newest first."""

    waiting: int
    """Of all months."""

    late: int
    """Of those that wait: past their time."""

    reasons: Mapping[str, int]
    """Codes of `decline_reason`, the most frequent first."""

    doors: Mapping[int, int]
    """Which door the desk was, of what it accepted."""


def of_desk(actor: Actor, desk: Desk, *, at: dt.datetime) -> Figures:
    """Return the figures of one of the actor's desks, in three queries."""
    months = {begins: Month(begins) for begins in _months(at)}
    mine = ReferralGrant.objects.filter(group_id=desk.pk, reason=Side.RECEIVER)
    rows = list(
        Referral.objects.visible_to(actor)
        .filter(pk__in=mine.values("content_object_id"), sent_at__isnull=False)
        .only("reference", "status", "sent_at", "accepted_at", "due_at", "decline_reason", "doors")
    )
    waiting = [each for each in rows if each.status in AWAITING_ANSWER]
    recent = [each for each in rows if month_of(each.sent_at or at) in months]
    late = _late(recent)
    for each in recent:
        _add(months[month_of(each.sent_at or at)], each, is_late=each.subject in late)
    return Figures(
        months=list(months.values()),
        waiting=len(waiting),
        late=sum(each.due_at < at for each in waiting),
        reasons=dict(Counter(r.decline_reason for r in recent if r.decline_reason).most_common()),
        doors=dict(sorted(Counter(each.doors for each in recent if each.accepted_at).items())),
    )


def _months(at: dt.datetime) -> Iterable[dt.date]:
    begins = month_of(at)
    for _n in range(MONTHS):
        yield begins
        begins = (begins - dt.timedelta(days=1)).replace(day=1)


def _add(month: Month, referral: Referral, *, is_late: bool) -> None:
    month.received += 1
    if referral.accepted_at is not None and referral.sent_at is not None:
        month.accepted += 1
        month.minutes.append(int((referral.accepted_at - referral.sent_at).total_seconds() // 60))
    elif referral.status == Status.DECLINED:
        month.declined += 1
    else:
        month.waiting += referral.status in AWAITING_ANSWER
        return
    month.in_time += not is_late


def _late(referrals: Sequence[Referral]) -> set[str]:
    """Return the subjects that were overdue before they were answered."""
    late: set[str] = set()
    answered: set[str] = set()
    subjects = [each.subject for each in referrals]
    for subject, verb, _moment in history.moments_of(subjects, [Verb.REFERRAL_OVERDUE, *_ANSWERS]):
        if verb in _ANSWERS:
            answered.add(subject)
        elif subject not in answered:
            late.add(subject)
    return late
