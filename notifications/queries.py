import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from coordination.access import Actor
from notifications.kinds import Kind, kind_of
from notifications.models import Notice
from referrals import wording
from referrals.handoff_states import HandoffStatus
from referrals.models import Handoff, Referral
from referrals.states import CLOCKED

CAP = 100


def unread(actor: Actor) -> int:
    """Return how many notices a person has not dealt with, counted up to CAP."""
    return Notice.objects.visible_to(actor).unread()[:CAP].count()


@dataclass(frozen=True)
class Waits:
    """What is due on what waits for the reader. A hand-off has no urgency."""

    urgency: str
    due_label: str
    due_at: dt.datetime


def waits(notices: Iterable[Notice], actor: Actor) -> dict[int, Waits]:
    """Return what is due, by the key of the notice that asks for it, where it opens for them."""
    asking = {
        each.pk: each.reference
        for each in notices
        if each.reference and each.done_at is None and kind_of(each.verb) == Kind.TO_ANSWER
    }
    asked = set(asking.values())
    if not asked:
        return {}
    referrals = Referral.objects.visible_to(actor).filter(reference__in=asked, status__in=CLOCKED)
    handoffs = Handoff.objects.visible_to(actor).filter(
        reference__in=asked, status=HandoffStatus.PROPOSED
    )
    found = {
        each.reference: Waits(each.urgency, wording.due_label(each), each.due_at)
        for each in referrals
    } | {each.reference: Waits("", str(wording.ANSWER_BY), each.due_at) for each in handoffs}
    return {key: found[reference] for key, reference in asking.items() if reference in found}
