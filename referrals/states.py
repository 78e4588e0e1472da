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
    """Labels: vocabulary `referral_status`."""

    DRAFT = "draft"
    SENT = "sent"
    QUESTIONED = "questioned"
    ACCEPTED = "accepted"
    WAITLISTED = "waitlisted"
    IN_SERVICE = "in_service"
    RETURNING = "returning"
    RETURNED = "returned"
    COMPLETED = "completed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class Side(StrEnum):
    SENDER = "sender"
    RECEIVER = "receiver"


@dataclass(frozen=True, slots=True)
class Transition:
    verb: str
    sources: tuple[Status, ...]
    target: Status | None
    """None: the verb changes the referral, but not its status."""

    sides: tuple[Side, ...]
    event: Verb
    within: dt.timedelta | None = None
    """Only so long after `since`."""

    since: str = "accepted_at"

    @property
    def permission(self) -> str:
        return f"referrals.{self.verb}_referral"


UNDO_WINDOW = dt.timedelta(minutes=10)
REOPEN_WINDOW = dt.timedelta(days=14)

_S = Status
_SENDER, _RECEIVER = (Side.SENDER,), (Side.RECEIVER,)
_HELD = (_S.ACCEPTED, _S.WAITLISTED, _S.IN_SERVICE)
_ENDED_WITHOUT_HELP = (_S.DECLINED, _S.WITHDRAWN, _S.RETURNED)

# fmt: off
TRANSITIONS: Mapping[str, Transition] = {
    t.verb: t
    for t in (
        Transition("send", (_S.DRAFT,), _S.SENT, _SENDER, Verb.REFERRAL_SENT),
        Transition("ask", (_S.SENT,), _S.QUESTIONED, _RECEIVER, Verb.REFERRAL_ASKED),
        Transition("answer", (_S.QUESTIONED,), _S.SENT, _SENDER, Verb.REFERRAL_ANSWERED),
        Transition("accept", (_S.SENT, _S.QUESTIONED), _S.ACCEPTED, _RECEIVER,
                   Verb.REFERRAL_ACCEPTED),
        Transition("undo_accept", (_S.ACCEPTED,), _S.SENT, _RECEIVER,
                   Verb.REFERRAL_ACCEPT_UNDONE, within=UNDO_WINDOW),
        Transition("decline", (_S.SENT, _S.QUESTIONED), _S.DECLINED, _RECEIVER,
                   Verb.REFERRAL_DECLINED),
        Transition("withdraw", (_S.DRAFT, _S.SENT, _S.QUESTIONED), _S.WITHDRAWN, _SENDER,
                   Verb.REFERRAL_WITHDRAWN),
        Transition("confirm_contact", _HELD, None, (Side.SENDER, Side.RECEIVER),
                   Verb.REFERRAL_CONTACT_CONFIRMED),
        Transition("start", (_S.ACCEPTED, _S.WAITLISTED), _S.IN_SERVICE, _RECEIVER,
                   Verb.REFERRAL_STARTED),
        Transition("waitlist", (_S.ACCEPTED,), _S.WAITLISTED, _RECEIVER,
                   Verb.REFERRAL_WAITLISTED),
        Transition("complete", (_S.ACCEPTED, _S.IN_SERVICE), _S.COMPLETED, _RECEIVER,
                   Verb.REFERRAL_COMPLETED),
        Transition("request_withdrawal", _HELD, None, _SENDER,
                   Verb.REFERRAL_WITHDRAWAL_REQUESTED),
        Transition("confirm_withdrawal", _HELD, _S.WITHDRAWN, _RECEIVER,
                   Verb.REFERRAL_WITHDRAWAL_CONFIRMED),
        Transition("give_back", _HELD, _S.RETURNING, _RECEIVER, Verb.REFERRAL_GIVEN_BACK),
        Transition("take_back", (_S.RETURNING,), _S.RETURNED, _SENDER,
                   Verb.REFERRAL_TAKEN_BACK),
        Transition("reopen", (_S.COMPLETED,), _S.IN_SERVICE, _RECEIVER,
                   Verb.REFERRAL_REOPENED, within=REOPEN_WINDOW, since="completed_at"),
        Transition("reroute", _ENDED_WITHOUT_HELP, None, _SENDER, Verb.REFERRAL_REROUTED),
        Transition("resolve", _ENDED_WITHOUT_HELP, None, _SENDER, Verb.REFERRAL_RESOLVED),
    )
}
# fmt: on

LAPSE = Transition("lapse", (_S.SENT, _S.QUESTIONED), _S.RETURNED, _SENDER, Verb.REFERRAL_LAPSED)
"""
Nobody's verb: the basis ended before anybody accepted.

It follows when the sender's desk records that a consent was taken back, or by itself at the end.
"""

PAIRS = frozenset(
    (str(s), str(t.target)) for t in (*TRANSITIONS.values(), LAPSE) if t.target for s in t.sources
)
"""Every change of status there is; the trigger `referral_pair` has the same ones as literals."""

REPORTABLE = frozenset(
    verb for verb, t in TRANSITIONS.items() if Side.RECEIVER in t.sides and verb != "ask"
)
"""Of a referral to a contact that is not on Relay, the sender reports these as told by phone."""

AWAITING_ANSWER = frozenset({_S.SENT, _S.QUESTIONED})
"""The answer clock runs, and the receiver may read the case's task facts."""

CLOCKED = frozenset({*AWAITING_ANSWER, _S.ACCEPTED, _S.WAITLISTED, _S.RETURNING})
"""Something is due: an answer, the first contact, a review, the taking back."""

RECEIVER_RESPONSIBLE = frozenset({*_HELD, _S.RETURNING})
ACCEPTED_ONCE = frozenset({*RECEIVER_RESPONSIBLE, _S.COMPLETED})
"""The desk that accepted is named; of a completed one it can reopen."""

LIVE = frozenset({_S.DRAFT, *AWAITING_ANSWER, *RECEIVER_RESPONSIBLE})
"""At most one referral in these per case, service and target."""

UNSETTLED = frozenset(_ENDED_WITHOUT_HELP)
"""The need is still open: it stands in the sender's list until it is re-routed or resolved."""

IN_ERROR = "sent_in_error"
"""The reason of a withdrawal of what asked for nothing real: nobody is reminded of it any more."""

SETTLING_WITHDRAWALS = frozenset(
    {"no_longer_needed", IN_ERROR, "consent_withdrawn", "found_elsewhere", "handed_off"}
)
"""Reasons of a withdrawal after which nothing is left to do for this need."""


HISTORY = "history"
"""The reason of a grant of a case's lead on what an earlier lead sent: it reads, and no more."""


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
    (Side.SENDER, _S.WAITLISTED): Box.SENT,
    (Side.SENDER, _S.IN_SERVICE): Box.SENT,
    (Side.SENDER, _S.RETURNING): Box.NEEDS_ACTION,
    (Side.SENDER, _S.RETURNED): Box.NEEDS_ACTION,
    (Side.SENDER, _S.COMPLETED): Box.CLOSED,
    (Side.SENDER, _S.DECLINED): Box.NEEDS_ACTION,
    (Side.SENDER, _S.WITHDRAWN): Box.NEEDS_ACTION,
    (Side.RECEIVER, _S.SENT): Box.INBOX,
    (Side.RECEIVER, _S.QUESTIONED): Box.WAITING,
    (Side.RECEIVER, _S.ACCEPTED): Box.ACTIVE,
    (Side.RECEIVER, _S.WAITLISTED): Box.ACTIVE,
    (Side.RECEIVER, _S.IN_SERVICE): Box.ACTIVE,
    (Side.RECEIVER, _S.RETURNING): Box.ACTIVE,
    (Side.RECEIVER, _S.RETURNED): Box.CLOSED,
    (Side.RECEIVER, _S.COMPLETED): Box.CLOSED,
    (Side.RECEIVER, _S.DECLINED): Box.CLOSED,
    (Side.RECEIVER, _S.WITHDRAWN): Box.CLOSED,
}
"""Where a referral stands in the worklists of each side. A receiver never sees a draft."""


def box_of(side: Side, status: Status, *, settled: bool, external: bool) -> Box:
    """Return the worklist of a side; settled means closed, and a contact has to be phoned."""
    if side == Side.SENDER and settled:
        return Box.CLOSED
    if side == Side.SENDER and external and status == Status.SENT:
        return Box.NEEDS_ACTION
    return BOXES[side, status]
