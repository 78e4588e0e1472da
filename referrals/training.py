"""What a receiving desk asks of whoever accepts there: asked alike by actions, buttons and API."""

import datetime as dt
from collections.abc import Callable, Sequence

from django.utils.translation import gettext as _

from coordination import access, vocabularies
from coordination.training import accepting
from coordination.training.accepting import NOTHING_ASKED, Asked, Untrained, Verdict
from referrals.handoff_states import TARGETS
from referrals.models import Handoff, Referral
from referrals.states import Side


def verdict_on(
    offered: Referral | Handoff, actor: access.Actor, *, side: Side | None, at: dt.datetime
) -> Verdict:
    """Return whether the acting person may accept something; what is reported, nobody is asked."""
    if side != Side.RECEIVER or offered.is_external:
        return NOTHING_ASKED
    return accepting.judge(actor, _asked(offered), at=at)


def required(
    offered: Referral | Handoff,
    actor: access.Actor,
    *,
    side: Side,
    at: dt.datetime,
    otherwise: Callable[[], Sequence[str]],
) -> Verdict:
    """
    Return what lets the acting person accept something now, asked anew.

    :raises Untrained: if nothing does; it says what they may do `otherwise`.
    """
    if side != Side.RECEIVER or offered.is_external or actor.desk is None:
        return NOTHING_ASKED
    try:
        return accepting.require(actor.desk, actor.user, _asked(offered), at=at)
    except Untrained as refusal:
        refusal.allowed = list(otherwise())
        raise


def said_of(verdict: Verdict) -> str:
    """Return what is said to whoever accepted without the course: nothing if they have it."""
    if verdict.why is None:
        return ""
    why = vocabularies.label("untrained_reason", verdict.why)
    said = _("Accepted without it: %(why)s. Your duty lead is told.") % {"why": why}
    return f"{verdict.message} {said}"


def _asked(offered: Referral | Handoff) -> Asked:
    """A hand-off has the urgency whose time it has for an answer."""
    urgency = TARGETS[offered.type] if isinstance(offered, Handoff) else offered.urgency
    return Asked(urgency, offered.due_at)
