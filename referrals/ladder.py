"""
The ladder: who is told, and when, while nobody does what a referral or a hand-off waits for.

The rungs are data (DESIGN section 6). Half of the time: whoever works on it. Three quarters: the
duty lead. All of it: the duty desk of the team, the sender, and the Office's list. What is
immediate and was seen by nobody after 15 minutes: the sender is told to phone. Beside the rungs
stand reminders, once each: a draft before it is forgotten, workers who have not spoken, a sender
who asked to close.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from audit.record import record
from audit.verbs import Verb
from coordination import history
from referrals import clock
from referrals.allowed import closes_in_error
from referrals.handoff_states import HandoffStatus
from referrals.models import FollowUp, Handoff, Referral, ReferralGrant
from referrals.states import Side, Status

UNSEEN_AFTER = dt.timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Rung:
    kind: str
    share: float
    """Of the time from the start of the clock to its end."""

    event: Verb
    of_handoff: Verb


RUNGS = (
    Rung("half_time", 0.5, Verb.REFERRAL_HALF_TIME, Verb.HANDOFF_HALF_TIME),
    Rung("three_quarters", 0.75, Verb.REFERRAL_THREE_QUARTERS, Verb.HANDOFF_THREE_QUARTERS),
    Rung("overdue", 1.0, Verb.REFERRAL_OVERDUE, Verb.HANDOFF_OVERDUE),
)
UNSEEN = "unseen"
PROMISE = "promise_passed"
"""What a desk promised the Office, of a referral and of a hand-off."""

DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reminder:
    kind: str
    event: Verb
    side: Side | None
    """Who has to act; None: whose turn it is."""


REMINDERS = (
    Reminder(UNSEEN, Verb.REFERRAL_UNSEEN, None),
    Reminder(PROMISE, Verb.REFERRAL_PROMISE_PASSED, None),
    Reminder("draft_ending", Verb.REFERRAL_DRAFT_ENDING, Side.SENDER),
    Reminder("contact_pending", Verb.REFERRAL_CONTACT_PENDING, Side.RECEIVER),
    Reminder("withdrawal_waits", Verb.REFERRAL_WITHDRAWAL_WAITS, Side.RECEIVER),
)

CLOCKS: Mapping[Status, str] = {
    Status.SENT: "answer",
    Status.QUESTIONED: "answer",
    Status.ACCEPTED: "contact",
    Status.WAITLISTED: "review",
    Status.IN_SERVICE: "check_in",
    Status.RETURNING: "take_back",
}
"""What is due while a referral stands there."""

ONLY_AT_THE_END = frozenset({"review", "check_in"})
"""A day that was chosen: nobody is reminded before it."""

HELD = frozenset({Status.ACCEPTED, Status.WAITLISTED, Status.IN_SERVICE})

_SENDERS_TURN = frozenset({Status.QUESTIONED, Status.RETURNING})


def whose_turn(referral: Referral) -> Side:
    """Return the side that has to act; of a contact that is not on Relay the sender phones."""
    if referral.is_external or referral.status in _SENDERS_TURN:
        return Side.SENDER
    return Side.RECEIVER


class _Referrals:
    def wanted(self, reference: str) -> Mapping[str, dt.datetime]:
        referral = Referral.objects.filter(reference=reference).first()
        return self._steps(referral) if referral else {}

    def carry_out(self, reference: str, kind: str, *, due_at: dt.datetime, at: dt.datetime) -> bool:
        referral = Referral.objects.select_for_update().get(reference=reference)
        steps = self._steps(referral)
        if not _still_wanted(steps, kind, due_at=due_at, at=at):
            return False
        if kind == UNSEEN and self._was_seen(referral):
            return False
        said = next(each for each in (*RUNGS, *REMINDERS) if each.kind == kind)
        side = said.side if isinstance(said, Reminder) else None
        data = {
            "clock": CLOCKS.get(Status(referral.status), "draft"),
            "side": str(side or whose_turn(referral)),
            "due_at": referral.due_at.isoformat(),
        }
        record(said.event, subject=referral.subject, at=at, data=data)
        return True

    def _steps(self, referral: Referral) -> dict[str, dt.datetime]:
        if closes_in_error(referral):
            return {}
        promised = _promised(referral.subject, version=referral.version)
        return self._clock(referral) | self._reminders(referral) | promised

    @staticmethod
    def _reminders(referral: Referral) -> dict[str, dt.datetime]:
        if referral.status == Status.DRAFT:
            return {"draft_ending": referral.due_at - DAY}
        if referral.status not in HELD or referral.is_external or referral.accepted_at is None:
            return {}
        steps = {}
        if not referral.is_contact_confirmed:
            steps["contact_pending"] = referral.accepted_at + DAY
        if referral.withdraw_reason:
            asked = history.moments_of([referral.subject], [Verb.REFERRAL_WITHDRAWAL_REQUESTED])
            for _subject, _verb, moment in asked:  # asked again, the last time counts
                steps["withdrawal_waits"] = moment + DAY
        return steps

    @staticmethod
    def _clock(referral: Referral) -> dict[str, dt.datetime]:
        started_at = clock.started_at(referral)
        name = CLOCKS.get(Status(referral.status))
        if name is None or started_at is None:
            return {}
        steps = _rungs(started_at, referral.due_at, only_end=name in ONLY_AT_THE_END)
        waits = referral.status == Status.SENT and not referral.is_external
        if waits and referral.urgency == "immediate":
            steps[UNSEEN] = started_at + UNSEEN_AFTER
        return steps

    @staticmethod
    def _was_seen(referral: Referral) -> bool:
        lines = ReferralGrant.objects.filter(content_object_id=referral.pk, reason=Side.RECEIVER)
        return bool(lines.filter(seen_at__isnull=False).exists())


class _Handoffs:
    def wanted(self, reference: str) -> Mapping[str, dt.datetime]:
        handoff = Handoff.objects.filter(reference=reference).first()
        return self._steps(handoff) if handoff else {}

    def carry_out(self, reference: str, kind: str, *, due_at: dt.datetime, at: dt.datetime) -> bool:
        handoff = Handoff.objects.select_for_update().get(reference=reference)
        if not _still_wanted(self._steps(handoff), kind, due_at=due_at, at=at):
            return False
        events = {each.kind: each.of_handoff for each in RUNGS}
        events[PROMISE] = Verb.HANDOFF_PROMISE_PASSED
        side = Side.SENDER if handoff.is_external else Side.RECEIVER
        data = {"clock": "answer", "side": str(side), "due_at": handoff.due_at.isoformat()}
        record(events[kind], subject=handoff.subject, at=at, data=data)
        return True

    @staticmethod
    def _steps(handoff: Handoff) -> dict[str, dt.datetime]:
        if handoff.status != HandoffStatus.PROPOSED:
            return {}
        promised = _promised(handoff.subject, version=handoff.version)
        return _rungs(handoff.proposed_at, handoff.due_at, only_end=False) | promised


referrals = _Referrals()
handoffs = _Handoffs()


def _promised(subject: str, *, version: int) -> dict[str, dt.datetime]:
    """Return when what a desk promised the Office has not come, unless something came since."""
    last = FollowUp.objects.filter(subject=subject).first()
    if last is None or last.version != version or last.promised_by is None:
        return {}
    return {PROMISE: last.promised_by}


def _rungs(
    started_at: dt.datetime, due_at: dt.datetime, *, only_end: bool
) -> dict[str, dt.datetime]:
    rungs = RUNGS[-1:] if only_end else RUNGS
    return {each.kind: started_at + (due_at - started_at) * each.share for each in rungs}


def _still_wanted(
    steps: Mapping[str, dt.datetime], kind: str, *, due_at: dt.datetime, at: dt.datetime
) -> bool:
    """Tell whether a step is asked for now, and no higher rung is due already: one says it all."""
    kinds = [each.kind for each in RUNGS]
    higher = kinds[kinds.index(kind) + 1 :] if kind in kinds else []
    return steps.get(kind) == due_at and not any(
        steps[each] <= at for each in higher if each in steps
    )
