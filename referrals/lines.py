"""One line of a worklist, worked out once: templates only print."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from coordination.access import Actor
from referrals import audience, clock
from referrals.allowed import closes_in_error
from referrals.labels import status_label, to_kind, to_label, url_of
from referrals.models import Referral, ReferralGrant
from referrals.states import AWAITING_ANSWER, CLOCKED, Side, Status

SOON = dt.timedelta(hours=4)


@dataclass(frozen=True)
class Line:
    """One line of a worklist."""

    reference: str
    url: str
    urgency: str
    services: Sequence[str]
    age_band: str
    gender_identity: str
    status: str
    status_label: str
    sent_at: dt.datetime | None
    due_at: dt.datetime
    started_at: dt.datetime
    other_side: str
    other_kind: str
    waiting_on: str
    is_awaiting: bool
    has_clock: bool
    is_external: bool
    contact_confirmed: bool
    needs_attention: bool
    closes_in_error: bool = False
    is_new: bool = False
    assignee: str = ""


def line(
    referral: Referral, actor: Actor, own: ReferralGrant | None = None, *, at: dt.datetime
) -> Line:
    """
    Return a line; the person's facts are empty where access to the case has ended.

    `own` is the desk's own line: who works on it, and whether anybody has looked.
    """
    ours = referral.from_desk_id in actor.desk_ids
    case = referral.readable_case if ours or not audience.has_ended(referral, at=at) else None
    return Line(
        reference=referral.reference,
        url=url_of(referral),
        urgency=referral.urgency,
        services=[each.service for each in referral.services.all()],
        age_band=case.age_band if case else "",
        gender_identity=case.gender_identity if case else "",
        status=referral.status,
        status_label=status_label(referral),
        sent_at=referral.sent_at,
        due_at=referral.due_at,
        started_at=clock.started_at(referral) or referral.written_at,
        other_side=to_label(referral) if ours else referral.from_desk.name,
        other_kind=to_kind(referral) if ours else referral.from_desk.agency.kind,
        waiting_on=_waiting_on(referral, ours=ours),
        is_awaiting=referral.status in AWAITING_ANSWER,
        has_clock=referral.status in CLOCKED,
        is_external=referral.is_external,
        contact_confirmed=referral.is_contact_confirmed,
        needs_attention=ours and referral.needs_attention,
        closes_in_error=closes_in_error(referral),
        is_new=own is not None and own.reason == Side.RECEIVER and own.seen_at is None,
        assignee=own.assignee.get_full_name() if own and own.assignee else "",
    )


def _waiting_on(referral: Referral, *, ours: bool) -> str:
    """Tell whose turn it is, seen from the reader: "us", "them", or nobody's."""
    if referral.status not in CLOCKED:
        return ""
    senders_turn = referral.is_external or referral.status in {
        Status.QUESTIONED,
        Status.RETURNING,
    }
    return "us" if senders_turn == ours else "them"
