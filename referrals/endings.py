"""What ends with a basis: before acceptance all access, after it everything but the minimum."""

import datetime as dt

from audit.record import record
from audit.verbs import Verb
from coordination import access
from referrals import handoff_moves, moves
from referrals.handoff_states import LAPSE as OFFER_LAPSES
from referrals.models import Handoff, Referral, ReferralGrant
from referrals.states import LAPSE, RECEIVER_RESPONSIBLE, Box, Side

WITHDRAWN, REACHED = "consent_withdrawn", "end_reached"
"""Codes of the vocabulary `basis_end`."""


def end_basis(referral: Referral, end: str, *, at: dt.datetime) -> None:
    """Carry out the end of a basis on a referral whose row is locked, and record it."""
    if referral.status in LAPSE.sources:
        _lapse(referral, end, at=at)
    else:
        _keep_the_minimum(referral, end, at=at)


def _lapse(referral: Referral, end: str, *, at: dt.datetime) -> None:
    """Give a referral back to its sender that nobody has accepted: all access to it ends."""
    before, desk_ids = referral.status, moves.answering_desk_ids(referral)
    lost = access.slugs_of(desk_ids)
    referral.status, referral.questions, referral.due_at = LAPSE.target or before, [], at
    _save(referral, end, "status", "questions", "due_at", at=at)
    referral.services.update(is_live=False)
    moves.place_sender(referral)
    moves.end_lines(referral, desk_ids, at=at)
    moves.end_case(referral, desk_ids, at=at)
    # What ended by the clock left its line in the inbox, where nobody sees it any more.
    ReferralGrant.objects.filter(content_object_id=referral.pk, reason=Side.RECEIVER).exclude(
        box=Box.CLOSED
    ).update(box=Box.CLOSED)
    record(
        LAPSE.event,
        subject=referral.subject,
        version=referral.version,
        at=at,
        data={"before": before, "after": referral.status, "end": end, "lost": lost},
    )


def _keep_the_minimum(referral: Referral, end: str, *, at: dt.datetime) -> None:
    """
    Leave a referral with the desk that accepted it, which keeps what it needs to finish.

    Of one that is completed already, it only cannot be opened again.
    """
    _save(referral, end, at=at)
    if referral.status in RECEIVER_RESPONSIBLE:
        desk_ids = moves.holding_desk_ids(referral)
        moves.let_read_case(referral, desk_ids, until=None, opens_page=True)
    record(
        Verb.REFERRAL_BASIS_ENDED,
        subject=referral.subject,
        version=referral.version,
        at=at,
        data={"end": end},
    )


def _save(referral: Referral, end: str, *columns: str, at: dt.datetime) -> None:
    referral.basis_ended_at, referral.basis_end = at, end
    referral.version += 1
    referral.save(update_fields=["basis_ended_at", "basis_end", "version", *columns])


def lapse_offer(handoff: Handoff, end: str, *, at: dt.datetime) -> None:
    """End an open offer to lead a case; whoever it was offered to sees it no longer."""
    handoff.status, handoff.answered_at, handoff.basis_end = OFFER_LAPSES.target, at, end
    handoff.version += 1
    handoff.save(update_fields=["status", "answered_at", "basis_end", "version"])
    desk_ids = handoff_moves.offered_ids(handoff)
    handoff_moves.end_offers(handoff, desk_ids, at=at)
    record(
        OFFER_LAPSES.event,
        subject=handoff.subject,
        version=handoff.version,
        at=at,
        data={"after": handoff.status, "end": end, "lost": access.slugs_of(desk_ids)},
    )
