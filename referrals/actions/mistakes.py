"""A case entered in error: what was asked for it ends first, and nobody is left with it."""

import datetime as dt

from django.db import transaction

from cases.actions import leading
from cases.actions.notes import Words
from cases.models import Case
from coordination import access
from referrals import handoff_moves
from referrals.actions import closing, following, handing_off, sending, serving
from referrals.models import Referral
from referrals.states import AWAITING_ANSWER, IN_ERROR, RECEIVER_RESPONSIBLE, Status

SETTLED_AS = "entered_in_error"


@transaction.atomic
def enter_case_in_error(
    *,
    case: Case,
    actor: access.Actor,
    reason: str,
    at: dt.datetime,
    version: int | None = None,
    words: Words | None = None,
) -> Case:
    """
    Close a case as entered in error, with all that was asked for it.

    Offers and referrals that nobody accepted are withdrawn. A desk that is responsible already is
    asked to close: while one is, the case stays open, or somebody would work for no case.

    :raises NotAllowed, WrongStatus, Stale: see `cases.actions.leading.begin`.
    :raises Invalid: if a colleague is writing a referral of the case.
    """
    # Whoever answers one of them takes this order (docs/adr/0019).
    offers = handoff_moves.hold_offers(case.pk)
    list(Case.objects.select_for_update(of=("self",), no_key=True).filter(pk=case.pk))
    list(Referral.objects.select_for_update(of=("self",)).filter(case_id=case.pk).order_by("pk"))
    leading.begin("enter_in_error", case=case, actor=actor, at=at, version=version)
    closing.require_no_hidden_draft(case)
    for offer in offers:
        handing_off.withdraw_handoff(handoff=offer, actor=actor, reason=IN_ERROR, at=at)
    for referral in closing.open_referrals(case):
        _end(referral, actor, at=at)
    if held_by_others(case):
        return Case.objects.get(pk=case.pk)
    return leading.enter_case_in_error(
        case=case, actor=actor, reason=reason, at=at, version=version, words=words
    )


def held_by_others(case: Case) -> "list[Referral]":
    """Return the referrals of a case for which another desk is responsible."""
    held = [str(status) for status in RECEIVER_RESPONSIBLE - {Status.RETURNING}]
    rows = Referral.objects.filter(case_id=case.pk, status__in=held, accepting_desk__isnull=False)
    return list(rows.order_by("pk"))


def _end(referral: Referral, actor: access.Actor, *, at: dt.datetime) -> None:
    """Bring a referral as far towards its end as its sender can."""
    if referral.status in {Status.DRAFT, *AWAITING_ANSWER}:
        sending.withdraw_referral(referral=referral, actor=actor, reason=IN_ERROR, at=at)
        return
    if referral.status == Status.RETURNING:
        following.take_back_referral(referral=referral, actor=actor, at=at)
    elif referral.status in RECEIVER_RESPONSIBLE:
        if not referral.withdraw_reason:
            following.request_withdrawal_referral(
                referral=referral, actor=actor, reason=IN_ERROR, at=at
            )
        if not referral.is_external:
            return
        ended = serving.confirm_withdrawal_referral(referral=referral, actor=actor, at=at)
        if ended.settled_at:
            return  # asked to close for another reason before, its need would stay open
    following.resolve_referral(referral=referral, actor=actor, reason=SETTLED_AS, at=at)
