"""When what comes next is due: an answer, the first contact, a review, the taking back."""

import datetime as dt

from coordination import standards
from coordination.models import Desk
from referrals.models import Referral
from referrals.states import RECEIVER_RESPONSIBLE, Status

DRAFT_KEPT = dt.timedelta(days=7)
"""PRIVACY section 6: a draft that was never sent."""

PHONE_CONFIRMED = dt.timedelta(hours=1)
"""What was agreed by phone is confirmed on Relay within this time."""

TAKE_BACK = dt.timedelta(hours=4)
"""UX C3: the sender takes a referral that is given back within this time."""

CHECK_IN = dt.timedelta(days=30)
"""How often the receiver says how a service goes on."""


def answer_due(referral: Referral, *, sent_at: dt.datetime, agreed_by_phone: bool) -> dt.datetime:
    """
    Return when an answer is due, by the clock of the desk that answers: of a team, its duty desk.

    What was agreed by phone is due sooner. An acceptance that is undone is due as it was before.
    """
    team = referral.to_team
    desk = referral.to_desk or (team.duty_desk if team else None)
    due_at = after_target(referral.urgency, since=sent_at, sender=referral.from_desk, receiver=desk)
    return min(due_at, sent_at + PHONE_CONFIRMED) if agreed_by_phone else due_at


def started_at(referral: Referral) -> dt.datetime | None:
    """Return when the clock began that runs now; of a draft, none runs."""
    if referral.status == Status.RETURNING:
        return referral.due_at - TAKE_BACK
    if referral.status in RECEIVER_RESPONSIBLE:
        return referral.accepted_at
    return referral.sent_at


def after_target(
    urgency: str, *, since: dt.datetime, sender: Desk, receiver: Desk | None
) -> dt.datetime:
    """
    Return when a target ends that the receiver has to keep; without one, the sender phones.

    The first contact after an acceptance has the same target once more.
    """
    if receiver is None:
        return standards.standard(urgency).end(since=since, desk=sender)
    between = (sender.agency_id, receiver.agency_id)
    return standards.standard(urgency, between=between).end(since=since, desk=receiver)
