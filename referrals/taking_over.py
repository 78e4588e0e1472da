"""
What moves when another desk leads: the lead, and the sender's side of what is still open.

New grants first, old ones last: at no moment is there nobody who may see the case.
"""

import datetime as dt
from collections.abc import Mapping

from django.db.models import Q

from audit.record import record
from audit.verbs import Verb
from cases.models import Case, CaseGrant
from coordination import access
from coordination.models import Desk
from referrals import audience, moves
from referrals.models import Handoff, Referral, ReferralGrant
from referrals.states import (
    AWAITING_ANSWER,
    HISTORY,
    LIVE,
    RECEIVER_RESPONSIBLE,
    REOPEN_WINDOW,
    UNSETTLED,
    Box,
    Side,
    Status,
)

HANDED_OFF = "handed_off"


def move_case(handoff: Handoff, *, at: dt.datetime, reads_until: dt.datetime) -> None:
    """Move a case to the desk that accepted; its former lead reads it until a moment."""
    # Not for its key: whoever answers a referral of it only needs that, and we need their row next.
    case = Case.objects.select_for_update(of=("self",), no_key=True).get(pk=handoff.case_id)
    former, lead = handoff.from_desk, handoff.accepting_desk
    if lead is None:
        raise ValueError("Nobody has accepted this hand-off.")
    access.give(
        CaseGrant,
        on=case,
        to=[former.pk],
        reason="former_lead",
        source=handoff.subject,
        until=reads_until,
    )
    why = {"type": handoff.type, "handoff": handoff.reference}
    move_lead(case, former, lead, verb=Verb.CASE_HANDED_OVER, why=why, at=at)
    access.end(CaseGrant, on=case, of=[lead.pk], reason="handoff", source=handoff.subject, at=at)


def move_lead(
    case: Case,
    former: Desk,
    lead: Desk,
    *,
    verb: Verb,
    why: Mapping[str, str],
    at: dt.datetime,
) -> None:
    """Move a locked case to another desk, and the sender's side of what is open with it."""
    referrals = _open_referrals(case, former, lead, at=at)
    access.give(CaseGrant, on=case, to=[lead.pk], reason="lead", source=case.subject)
    case.lead_desk, case.assignee, case.version = lead, None, case.version + 1
    case.save(update_fields=["lead_desk", "assignee", "version"])
    record(
        verb,
        subject=case.subject,
        version=case.version,
        at=at,
        data={"from": former.slug, "to": lead.slug, **why},
    )
    for referral in referrals:
        if _ends_with_it(referral, lead):
            _end(referral, lead, at=at)
        elif referral.to_desk_id == lead.pk:  # said no, and has the whole case now
            _settle(referral, at=at)
        else:
            _move(referral, former, lead, at=at)
    _pass_on_history(case, lead, at=at)
    access.end(CaseGrant, on=case, of=[former.pk], reason="lead", source=case.subject, at=at)


def _pass_on_history(case: Case, lead: Desk, *, at: dt.datetime) -> None:
    """
    Let the new lead read what is over, so that nobody has to tell the story again.

    As far as the basis of each sharing reaches this desk, and has not ended: it would be shared
    anew. Not the lead before any more.
    """
    live = [str(status) for status in LIVE]
    over = Referral.objects.filter(case=case).exclude(from_desk=lead).exclude(status__in=live)
    for referral in over.select_related("basis").order_by("pk"):
        if audience.includes(referral.basis.audience, lead) and not audience.has_ended(
            referral, at=at
        ):
            access.give(
                ReferralGrant,
                on=referral,
                to=[lead.pk],
                reason=HISTORY,
                source=case.subject,
                box=Box.CLOSED,
                due_at=referral.due_at,
            )
    earlier = ReferralGrant.objects.current().filter(content_object__case=case, reason=HISTORY)
    earlier.exclude(group_id=lead.pk).update(until=at)


def _open_referrals(case: Case, former: Desk, lead: Desk, *, at: dt.datetime) -> list[Referral]:
    """
    Return what is still somebody's work: live, unsettled, or to be opened again if need be.

    What the new lead completed stays as it is: it has no need to open it again.
    """
    live = Q(status__in=[str(status) for status in LIVE])
    unsettled = Q(status__in=[str(status) for status in UNSETTLED], settled_at=None)
    recent = Q(status=str(Status.COMPLETED), completed_at__gte=at - REOPEN_WINDOW)
    recent &= ~Q(accepting_desk=lead, accepting_desk__isnull=False)
    rows = Referral.objects.select_for_update(of=("self",)).select_related("basis")
    return list(rows.filter(live | unsettled | recent, case=case, from_desk=former).order_by("pk"))


def _ends_with_it(referral: Referral, lead: Desk) -> bool:
    """Tell whether a referral has no sense any more: unsent, or asked of whoever leads now."""
    if referral.status == Status.DRAFT:
        return True
    if lead.pk in {referral.to_desk_id, referral.accepting_desk_id}:
        return referral.status in LIVE
    return referral.status in AWAITING_ANSWER and moves.answering_desk_ids(referral) == [lead.pk]


def _end(referral: Referral, lead: Desk, *, at: dt.datetime) -> None:
    """Withdraw a referral because the case went where it asks, or before it was ever sent."""
    before, held = referral.status, referral.status in RECEIVER_RESPONSIBLE
    lines = [lead.pk] if held else moves.answering_desk_ids(referral)
    referral.status = Status.RETURNED if before == Status.RETURNING else Status.WITHDRAWN
    referral.withdraw_reason, referral.questions = HANDED_OFF, []
    referral.accepting_desk = referral.accepted_at = None
    referral.responsible_desk_id = referral.from_desk_id
    referral.settled_at = referral.due_at = at
    referral.version += 1
    referral.save()
    referral.services.update(is_live=False)
    moves.place_sender(referral)
    moves.end_lines(referral, lines, at=at)
    moves.end_case(referral, lines, at=at)
    record(
        Verb.REFERRAL_WITHDRAWN,
        subject=referral.subject,
        version=referral.version,
        at=at,
        data={"before": before, "after": referral.status, "reason": HANDED_OFF},
    )


def _settle(referral: Referral, *, at: dt.datetime) -> None:
    """Resolve what stood in the sender's list: whoever was asked leads the case now."""
    referral.settled_at = at
    referral.version += 1
    referral.save(update_fields=["settled_at", "version"])
    moves.place_sender(referral)
    record(
        Verb.REFERRAL_RESOLVED,
        subject=referral.subject,
        version=referral.version,
        at=at,
        data={"reason": HANDED_OFF},
    )


def _move(referral: Referral, former: Desk, lead: Desk, *, at: dt.datetime) -> None:
    """Give the sender's side of a referral to the new lead."""
    own = [lead.pk] if lead.pk in moves.answering_desk_ids(referral) else []
    referral.from_desk = lead
    if referral.responsible_desk_id == former.pk:
        referral.responsible_desk = lead
    referral.version += 1
    referral.save(update_fields=["from_desk", "responsible_desk", "version"])
    moves.place_sender(referral)
    access.end(
        ReferralGrant,
        on=referral,
        of=[former.pk],
        reason=Side.SENDER,
        source=referral.subject,
        at=at,
        box=Box.CLOSED,
    )
    if own and referral.status in AWAITING_ANSWER:  # a team's desk does not answer itself
        moves.end_lines(referral, own, at=at, declined=True)
        moves.end_case(referral, own, at=at)
    record(
        Verb.REFERRAL_HANDED_OVER,
        subject=referral.subject,
        version=referral.version,
        at=at,
        data={"from": former.slug, "to": lead.slug, "responsible": referral.responsible_desk.slug},
    )
