"""
The life cycle of a hand-off, as data: the lead of a case moves from one regional team to another.

The action checks it, the buttons and the API are drawn from it, the tests walk it, and a database
trigger refuses every pair that is not in it.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from audit.verbs import Verb
from referrals.states import Side


class HandoffStatus(StrEnum):
    """Labels: vocabulary `handoff_status`."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class HandoffTransition:
    verb: str
    target: HandoffStatus
    side: Side
    event: Verb

    @property
    def permission(self) -> str:
        return f"referrals.{self.verb}_handoff"


_S = HandoffStatus

HANDOFF_TRANSITIONS: Mapping[str, HandoffTransition] = {
    t.verb: t
    for t in (
        HandoffTransition("accept", _S.ACCEPTED, Side.RECEIVER, Verb.HANDOFF_ACCEPTED),
        HandoffTransition("decline", _S.DECLINED, Side.RECEIVER, Verb.HANDOFF_DECLINED),
        HandoffTransition("withdraw", _S.WITHDRAWN, Side.SENDER, Verb.HANDOFF_WITHDRAWN),
    )
}
"""Each of them leads out of "proposed", and nothing leads on from there."""

LAPSE = HandoffTransition("lapse", _S.LAPSED, Side.SENDER, Verb.HANDOFF_LAPSED)
"""Nobody's verb: the basis of an open offer ended, or the person took the consent back."""

SHARED = "shared"
"""The type with which the lead stays, and the receiver gets access beside it."""

TARGETS: Mapping[str, str] = {
    "emergency": "immediate",
    "warm": "urgent",
    "standard": "priority",
    "shared": "priority",
}
"""Type -> the urgency whose target is the time for an answer."""

NEEDS_AUTHORITY: Mapping[str, frozenset[str]] = {
    "moved_by_trafficker": frozenset({"express_informed", "express_limited", "substitute"}),
}
"""Reason -> the bases that carry it; child protection's provision carries it too (DESIGN 6)."""

CHILD_PROTECTION = "cyfsa_s74"
FORMER_LEAD_READS = dt.timedelta(days=30)
