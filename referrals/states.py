"""
The life cycle of a referral, as data.

The action checks this table, the buttons and the API's `actions` are drawn from it, the tests walk
it, and a database trigger refuses every pair that is not in it.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from audit.verbs import Verb


class Status(StrEnum):
    """Labels: vocabulary `referral_status`. Later verbs bring the statuses missing here."""

    DRAFT = "draft"
    SENT = "sent"
    QUESTIONED = "questioned"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class Side(StrEnum):
    SENDER = "sender"
    RECEIVER = "receiver"


@dataclass(frozen=True, slots=True)
class Transition:
    verb: str
    sources: tuple[Status, ...]
    target: Status
    side: Side
    event: Verb
    within: dt.timedelta | None = None
    """Only so long after the acceptance."""

    @property
    def permission(self) -> str:
        return f"referrals.{self.verb}_referral"


UNDO_WINDOW = dt.timedelta(minutes=10)

_S = Status
TRANSITIONS: Mapping[str, Transition] = {
    t.verb: t
    for t in (
        Transition("send", (_S.DRAFT,), _S.SENT, Side.SENDER, Verb.REFERRAL_SENT),
        Transition("ask", (_S.SENT,), _S.QUESTIONED, Side.RECEIVER, Verb.REFERRAL_ASKED),
        Transition("answer", (_S.QUESTIONED,), _S.SENT, Side.SENDER, Verb.REFERRAL_ANSWERED),
        Transition(
            "accept",
            (_S.SENT, _S.QUESTIONED),
            _S.ACCEPTED,
            Side.RECEIVER,
            Verb.REFERRAL_ACCEPTED,
        ),
        Transition(
            "undo_accept",
            (_S.ACCEPTED,),
            _S.SENT,
            Side.RECEIVER,
            Verb.REFERRAL_ACCEPT_UNDONE,
            within=UNDO_WINDOW,
        ),
        Transition(
            "decline",
            (_S.SENT, _S.QUESTIONED),
            _S.DECLINED,
            Side.RECEIVER,
            Verb.REFERRAL_DECLINED,
        ),
        Transition(
            "withdraw",
            (_S.DRAFT, _S.SENT, _S.QUESTIONED),
            _S.WITHDRAWN,
            Side.SENDER,
            Verb.REFERRAL_WITHDRAWN,
        ),
    )
}

PAIRS = frozenset((str(s), str(t.target)) for t in TRANSITIONS.values() for s in t.sources)
"""Every change of status there is; the trigger `referral_pair` has the same ones as literals."""

AWAITING_ANSWER = frozenset({_S.SENT, _S.QUESTIONED})
"""The answer clock runs, and the receiver may read the case's task facts."""

RECEIVER_RESPONSIBLE = frozenset({_S.ACCEPTED})
LIVE = frozenset({_S.DRAFT, *AWAITING_ANSWER, *RECEIVER_RESPONSIBLE})
"""At most one referral in these per case, service and target."""


class Box(StrEnum):
    """The worklists of a desk."""

    INBOX = "inbox"
    WAITING = "waiting"
    ACTIVE = "active"
    SENT = "sent"
    NEEDS_ACTION = "needs_action"
    DRAFTS = "drafts"
    CLOSED = "closed"


BOXES: Mapping[tuple[Side, Status], Box] = {
    (Side.SENDER, _S.DRAFT): Box.DRAFTS,
    (Side.SENDER, _S.SENT): Box.SENT,
    (Side.SENDER, _S.QUESTIONED): Box.NEEDS_ACTION,
    (Side.SENDER, _S.ACCEPTED): Box.SENT,
    (Side.SENDER, _S.DECLINED): Box.NEEDS_ACTION,
    (Side.SENDER, _S.WITHDRAWN): Box.CLOSED,
    (Side.RECEIVER, _S.SENT): Box.INBOX,
    (Side.RECEIVER, _S.QUESTIONED): Box.WAITING,
    (Side.RECEIVER, _S.ACCEPTED): Box.ACTIVE,
    (Side.RECEIVER, _S.DECLINED): Box.CLOSED,
    (Side.RECEIVER, _S.WITHDRAWN): Box.CLOSED,
}
"""Where a referral stands in the worklists of each side. A receiver never sees a draft."""
