"""The kinds of notices, as people choose how to hear of them; and what one notice settles."""

from collections.abc import Mapping
from enum import StrEnum

from audit.verbs import Verb


class Kind(StrEnum):
    """Labels: vocabulary `notice_kind`."""

    TO_ANSWER = "to_answer"
    OVERDUE = "overdue"
    REMINDER = "reminder"
    ANSWER = "answer"
    CHANGE = "change"


class Moment(StrEnum):
    """Labels: vocabulary `mail_moment`."""

    NOW = "now"
    DIGEST = "digest"
    OFF = "off"


KINDS: Mapping[Verb, Kind] = {
    Verb.REFERRAL_SENT: Kind.TO_ANSWER,
    Verb.REFERRAL_ASKED: Kind.TO_ANSWER,
    Verb.REFERRAL_ANSWERED: Kind.TO_ANSWER,
    Verb.REFERRAL_GIVEN_BACK: Kind.TO_ANSWER,
    Verb.REFERRAL_DECLINED: Kind.TO_ANSWER,
    Verb.REFERRAL_WITHDRAWAL_REQUESTED: Kind.TO_ANSWER,
    Verb.HANDOFF_PROPOSED: Kind.TO_ANSWER,
    Verb.THRESHOLDS_PROPOSED: Kind.TO_ANSWER,
    Verb.REFERRAL_LAPSED: Kind.TO_ANSWER,
    Verb.HANDOFF_LAPSED: Kind.TO_ANSWER,
    Verb.CONSENT_ENDING: Kind.REMINDER,
    Verb.CAPACITY_ENDED: Kind.REMINDER,
    Verb.REFERRAL_DRAFT_ENDING: Kind.REMINDER,
    Verb.REFERRAL_CONTACT_PENDING: Kind.REMINDER,
    Verb.REFERRAL_WITHDRAWAL_WAITS: Kind.REMINDER,
    Verb.ACTION_PLANNED: Kind.REMINDER,
    Verb.ACTION_CHANGED: Kind.REMINDER,
    Verb.ACTION_REOPENED: Kind.REMINDER,
    Verb.ACTION_DUE_SOON: Kind.REMINDER,
    Verb.ACTION_OVERDUE: Kind.OVERDUE,
    Verb.REFERRAL_UNSEEN: Kind.OVERDUE,
    Verb.REFERRAL_OVERDUE: Kind.OVERDUE,
    Verb.HANDOFF_OVERDUE: Kind.OVERDUE,
    Verb.REFERRAL_FOLLOWED_UP: Kind.OVERDUE,
    Verb.REFERRAL_PROMISE_PASSED: Kind.OVERDUE,
    Verb.HANDOFF_FOLLOWED_UP: Kind.OVERDUE,
    Verb.HANDOFF_PROMISE_PASSED: Kind.OVERDUE,
    Verb.DESK_REMINDED: Kind.OVERDUE,
    Verb.REFERRAL_HALF_TIME: Kind.REMINDER,
    Verb.REFERRAL_THREE_QUARTERS: Kind.REMINDER,
    Verb.HANDOFF_HALF_TIME: Kind.REMINDER,
    Verb.HANDOFF_THREE_QUARTERS: Kind.REMINDER,
    Verb.REFERRAL_ACCEPTED: Kind.ANSWER,
    Verb.REFERRAL_ACCEPT_UNDONE: Kind.ANSWER,
    Verb.HANDOFF_ACCEPTED: Kind.ANSWER,
    Verb.HANDOFF_DECLINED: Kind.ANSWER,
}
"""A verb that is not named is a change that one may want to know of."""

DEFAULTS: Mapping[Kind, Moment] = {
    Kind.TO_ANSWER: Moment.NOW,
    Kind.OVERDUE: Moment.NOW,
    Kind.REMINDER: Moment.NOW,
    Kind.ANSWER: Moment.DIGEST,
    Kind.CHANGE: Moment.OFF,
}

_FOLLOWED_UP = (Verb.REFERRAL_FOLLOWED_UP, Verb.REFERRAL_PROMISE_PASSED)
_OFFER_FOLLOWED_UP = (Verb.HANDOFF_FOLLOWED_UP, Verb.HANDOFF_PROMISE_PASSED)
_REMINDERS = (
    Verb.REFERRAL_UNSEEN,
    Verb.REFERRAL_HALF_TIME,
    Verb.REFERRAL_THREE_QUARTERS,
    Verb.REFERRAL_OVERDUE,
    *_FOLLOWED_UP,
)
_ASKED_TO_CLOSE = (Verb.REFERRAL_WITHDRAWAL_REQUESTED, Verb.REFERRAL_WITHDRAWAL_WAITS)
_SPOKEN = (Verb.REFERRAL_CONTACT_PENDING,)
_OPEN = (Verb.REFERRAL_SENT, Verb.REFERRAL_ASKED, Verb.REFERRAL_ANSWERED, *_REMINDERS)
_BACK = (Verb.REFERRAL_DECLINED, Verb.REFERRAL_TAKEN_BACK, Verb.REFERRAL_LAPSED)
_TO_DO = (
    Verb.ACTION_PLANNED,
    Verb.ACTION_CHANGED,
    Verb.ACTION_REOPENED,
    Verb.ACTION_DUE_SOON,
    Verb.ACTION_OVERDUE,
)
_OFFERED = (
    Verb.HANDOFF_PROPOSED,
    Verb.HANDOFF_HALF_TIME,
    Verb.HANDOFF_THREE_QUARTERS,
    Verb.HANDOFF_OVERDUE,
    *_OFFER_FOLLOWED_UP,
)

SETTLES: Mapping[Verb, tuple[Verb, ...]] = {
    Verb.REFERRAL_ASKED: (Verb.REFERRAL_SENT, Verb.REFERRAL_ANSWERED, *_REMINDERS),
    Verb.REFERRAL_ANSWERED: (Verb.REFERRAL_ASKED, *_REMINDERS),
    Verb.REFERRAL_ACCEPTED: _OPEN,
    Verb.REFERRAL_DECLINED: _OPEN,
    Verb.REFERRAL_SENT: (Verb.REFERRAL_DRAFT_ENDING,),
    Verb.REFERRAL_WITHDRAWN: (Verb.REFERRAL_DRAFT_ENDING, *_OPEN),
    Verb.REFERRAL_CONTACT_CONFIRMED: _SPOKEN,
    Verb.REFERRAL_LAPSED: _OPEN,
    Verb.REFERRAL_STARTED: _REMINDERS,
    Verb.REFERRAL_WAITLISTED: _REMINDERS,
    Verb.REFERRAL_COMPLETED: (*_REMINDERS, *_ASKED_TO_CLOSE, *_SPOKEN),
    Verb.REFERRAL_GIVEN_BACK: (*_REMINDERS, *_ASKED_TO_CLOSE, *_SPOKEN),
    Verb.REFERRAL_TAKEN_BACK: (Verb.REFERRAL_GIVEN_BACK, *_REMINDERS),
    Verb.REFERRAL_WITHDRAWAL_CONFIRMED: (*_ASKED_TO_CLOSE, *_SPOKEN, *_REMINDERS),
    Verb.REFERRAL_REROUTED: _BACK,
    Verb.REFERRAL_RESOLVED: _BACK,
    Verb.HANDOFF_ACCEPTED: _OFFERED,
    Verb.HANDOFF_DECLINED: _OFFERED,
    Verb.HANDOFF_WITHDRAWN: _OFFERED,
    Verb.HANDOFF_LAPSED: _OFFERED,
    Verb.REFERRAL_FOLLOWED_UP: _FOLLOWED_UP,
    Verb.HANDOFF_FOLLOWED_UP: _OFFER_FOLLOWED_UP,
    Verb.ACTION_TAKEN: (Verb.ACTION_PLANNED, Verb.ACTION_REOPENED),
    Verb.ACTION_CHANGED: (Verb.ACTION_DUE_SOON, Verb.ACTION_OVERDUE),
    Verb.ACTION_FINISHED: _TO_DO,
    Verb.ACTION_DROPPED: _TO_DO,
    Verb.CAPACITY_SET: (Verb.CAPACITY_ENDED,),
    Verb.CONSENT_WITHDRAWN: (Verb.CONSENT_ENDING,),
    Verb.CONSENT_ENDED: (Verb.CONSENT_ENDING,),
}
"""What happened -> the earlier notices of the same subject that ask for nothing any more."""


def kind_of(verb: str) -> Kind:
    return KINDS.get(Verb(verb), Kind.CHANGE)


def settled_by(verb: str) -> list[str]:
    """Return the verbs after which a notice of this one asks for nothing."""
    return [str(later) for later, earlier in SETTLES.items() if verb in earlier]
