"""How long a referral waited on its sender, told by the record: apart from the receiver's time."""

import datetime as dt
from collections.abc import Iterable

from audit.verbs import Verb
from coordination import history
from referrals.models import Referral

_ENDS = (
    Verb.REFERRAL_ANSWERED,
    Verb.REFERRAL_ACCEPTED,
    Verb.REFERRAL_DECLINED,
    Verb.REFERRAL_WITHDRAWN,
    Verb.REFERRAL_LAPSED,
)
"""What ends the waiting for an answer to questions."""


def attach(referrals: Iterable[Referral], *, at: dt.datetime) -> None:
    """Give each referral its time, as `waited_on_sender`, in one query; what runs is counted."""
    asked: dict[str, dt.datetime] = {}
    waited: dict[str, dt.timedelta] = {each.subject: dt.timedelta() for each in referrals}
    verbs = [Verb.REFERRAL_ASKED, *_ENDS]
    for subject, verb, moment in history.moments_of(list(waited), verbs):
        if verb == Verb.REFERRAL_ASKED:
            asked[subject] = moment
        elif subject in asked:
            waited[subject] += moment - asked.pop(subject)
    for subject, moment in asked.items():
        waited[subject] += max(at - moment, dt.timedelta())
    for each in referrals:
        each.waited_on_sender = waited[each.subject]


def on_sender(referral: Referral, *, at: dt.datetime) -> dt.timedelta:
    if referral.waited_on_sender is None:
        attach([referral], at=at)
    return referral.waited_on_sender or dt.timedelta()


def on_receiver(referral: Referral, *, at: dt.datetime) -> dt.timedelta:
    """Return how long the receiver itself took or takes to answer."""
    if referral.sent_at is None:
        return dt.timedelta()
    if referral.accepted_at is not None:
        at = referral.accepted_at
    return max(at - referral.sent_at - on_sender(referral, at=at), dt.timedelta())


def minutes(span: dt.timedelta) -> int:
    return int(span.total_seconds() // 60)


def apart(referral: Referral, *, at: dt.datetime) -> dict[str, int]:
    """Return the minutes of each side."""
    return {
        "sender": minutes(on_sender(referral, at=at)),
        "receiver": minutes(on_receiver(referral, at=at)),
    }
