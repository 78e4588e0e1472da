"""
Moving what a desk holds to the desk that takes over, when nobody works there any more.

Each function moves one object, which its caller has locked, and records it; or returns False where
none of the heirs may have it, as the basis or what is asked of them already forbids it.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from audit.record import record
from audit.verbs import Verb
from cases.models import Case, CaseGrant
from coordination import access
from coordination.models import Desk
from referrals import audience, handoff_moves, moves, taking_over
from referrals.handoff_states import HANDOFF_TRANSITIONS, HandoffStatus
from referrals.models import Handoff, HandoffGrant, Referral, ReferralGrant, RequestedService
from referrals.states import Side, Status

NO_CAPACITY, CAPACITY_LOST = "no_capacity", "capacity_lost"
WHY = {"why": "nobody_there"}
"""In the data of every entry: that nobody decided this, and why it happened."""


def pass_on_case(case: Case, desk: Desk, heirs: Sequence[Desk], *, at: dt.datetime) -> bool:
    """Let an heir lead a case; the police never become the lead by somebody's leaving."""
    heir = next((h for h in heirs if not h.agency.police_involved or _police(desk)), None)
    if heir is None:
        return False
    for handoff in Handoff.objects.select_for_update(of=("self",)).filter(
        case=case, status=HandoffStatus.PROPOSED
    ):
        offered = handoff_moves.offered_ids(handoff)
        step = handoff_moves.HandoffMove(handoff, HANDOFF_TRANSITIONS["withdraw"], desk, at)
        reason = taking_over.HANDED_OFF
        step.make(data={"reason": reason, **WHY}, withdraw_reason=reason)
        handoff_moves.end_case_access(handoff, offered, at=at)
    taking_over.move_lead(case, desk, heir, verb=Verb.CASE_PASSED_ON, why=WHY, at=at)
    return True


def pass_on_held(referral: Referral, desk: Desk, heirs: Sequence[Desk], *, at: dt.datetime) -> bool:
    """Let an heir hold what was accepted; where the heir sent it, the sender has it back."""
    heir = _heir(referral, heirs)
    if heir is None:
        return False
    if heir.pk == referral.from_desk_id:
        _return(referral, desk, at=at)
        return True
    _address(referral, desk, heir, at=at, accepting_desk=heir, responsible_desk=heir)
    _place(referral, heir, until=None, opens_page=True)
    _leave(referral, desk, at=at)
    return True


def pass_on_waiting(
    referral: Referral, desk: Desk, heirs: Sequence[Desk], *, at: dt.datetime
) -> bool:
    """
    Let an heir answer a referral; its clock keeps running.

    Of a team, the desk steps aside while others are left. Where the heir sent it, it is declined.
    """
    others = [key for key in moves.answering_desk_ids(referral) if key != desk.pk]
    if others:
        _save(referral)
        _record(
            Verb.REFERRAL_STEPPED_ASIDE, referral, at, reason=NO_CAPACITY, remaining=len(others)
        )
        _leave(referral, desk, at=at)
        return True
    heir = _heir(referral, heirs)
    if heir is None:
        return False
    if heir.pk == referral.from_desk_id:
        before, referral.status = referral.status, str(Status.DECLINED)
        _save(referral, decline_reason=NO_CAPACITY, questions=[], due_at=at)
        referral.services.update(is_live=False)
        moves.place_sender(referral)
        moves.close_line(referral, desk)
        moves.end_case(referral, [desk.pk], at=at)
        _record(
            Verb.REFERRAL_DECLINED, referral, at,
            before=before, after=referral.status, reason=NO_CAPACITY, suggested=None,
        )  # fmt: skip
        return True
    _address(referral, desk, heir, at=at)
    _place(referral, heir, until=referral.basis.until, opens_page=False)
    _leave(referral, desk, at=at)
    return True


def pass_on_offer(handoff: Handoff, desk: Desk, heirs: Sequence[Desk], *, at: dt.datetime) -> bool:
    """Offer a case to an heir instead; of a team, the desk steps aside while others are left."""
    others = [key for key in handoff_moves.offered_ids(handoff) if key != desk.pk]
    inside = [each for each in heirs if audience.includes(handoff.audience, each)]
    if not others and not inside:
        return False
    if not others and inside[0].pk == handoff.from_desk_id:
        step = handoff_moves.HandoffMove(handoff, HANDOFF_TRANSITIONS["decline"], desk, at)
        step.make(data={"reason": NO_CAPACITY, **WHY}, decline_reason=NO_CAPACITY)
        handoff_moves.end_case_access(handoff, [desk.pk], at=at)
        return True
    handoff.version += 1
    if others:
        handoff.save(update_fields=["version"])
        data: dict[str, Any] = {"reason": NO_CAPACITY, "remaining": len(others)}
        verb = Verb.HANDOFF_STEPPED_ASIDE
    else:
        heir = inside[0]
        if handoff.to_desk_id:
            handoff.to_desk = heir
        handoff.save(update_fields=["version", "to_desk"])
        until = handoff.until
        handoff_moves.give(handoff, [heir.pk], handoff_moves.OFFERED, until=until)
        HandoffGrant.objects.filter(content_object=handoff, group_id=heir.pk).update(declined=False)
        access.give(
            CaseGrant,
            on=Case(pk=handoff.case_id),
            to=[heir.pk],
            reason="handoff",
            source=handoff.subject,
            until=until,
            opens_page=False,
        )
        data, verb = {"from": desk.slug, "to": heir.slug}, Verb.HANDOFF_PASSED_ON
    record(
        verb, subject=handoff.subject, version=handoff.version, at=at, data={**data, **WHY}
    )  # fmt: skip
    handoff_moves.end_offers(handoff, [desk.pk], at=at, declined=True)
    return True


def _heir(referral: Referral, heirs: Sequence[Desk]) -> Desk | None:
    """Return the first heir inside the audience of whom the same is not asked already."""
    inside = [each for each in heirs if audience.includes(referral.basis.audience, each)]
    return next((each for each in inside if not _asked(referral, each)), None)


def _asked(referral: Referral, heir: Desk) -> bool:
    if not referral.to_desk_id:
        return False
    services = [each.service for each in referral.services.all()]
    same = RequestedService.objects.filter(
        case_id=referral.case_id, service__in=services, target=f"desk:{heir.pk}", is_live=True
    )
    return bool(same.exists())


def _address(
    referral: Referral, desk: Desk, heir: Desk, *, at: dt.datetime, **columns: Any
) -> None:
    """Put the heir in the desk's place, and record it."""
    if referral.to_desk_id:
        columns["to_desk"] = heir
    _save(referral, **columns)
    referral.services.update(target=referral.target)
    _record(
        Verb.REFERRAL_PASSED_ON, referral, at,
        **{"from": desk.slug}, to=heir.slug, responsible=referral.responsible_desk.slug,
    )  # fmt: skip


def _return(referral: Referral, desk: Desk, *, at: dt.datetime) -> None:
    """Give a held referral back to its sender, who takes it back: the sender is the heir."""
    if referral.status != Status.RETURNING:
        before, referral.status = referral.status, str(Status.RETURNING)
        _save(referral, give_back_reason=CAPACITY_LOST)
        moves.place_sender(referral)
        _record(
            Verb.REFERRAL_GIVEN_BACK, referral, at,
            before=before, after=referral.status, reason=CAPACITY_LOST,
        )  # fmt: skip
    before, referral.status = referral.status, str(Status.RETURNED)
    _save(
        referral,
        accepting_desk=None,
        responsible_desk=referral.from_desk,
        accepted_at=None,
        due_at=at,
    )
    referral.services.update(is_live=False)
    moves.place_sender(referral)
    moves.close_line(referral, desk)
    moves.end_case(referral, [desk.pk], at=at)
    _record(
        Verb.REFERRAL_TAKEN_BACK, referral, at,
        before=before, after=referral.status, responsible=referral.from_desk.slug,
    )  # fmt: skip


def _place(referral: Referral, heir: Desk, *, until: dt.datetime | None, opens_page: bool) -> None:
    moves.place_receivers(referral, [heir.pk], until=until)
    own = ReferralGrant.objects.filter(
        content_object=referral, group_id=heir.pk, reason=Side.RECEIVER
    )
    own.update(declined=False, seen_at=None, assignee=None)
    moves.let_read_case(referral, [heir.pk], until=until, opens_page=opens_page)


def _leave(referral: Referral, desk: Desk, *, at: dt.datetime) -> None:
    moves.end_lines(referral, [desk.pk], at=at, declined=True)
    moves.end_case(referral, [desk.pk], at=at)


def _save(referral: Referral, **columns: Any) -> None:
    for name, value in columns.items():
        setattr(referral, name, value)
    referral.version += 1
    referral.save(update_fields=["status", "version", *columns])


def _record(verb: Verb, referral: Referral, at: dt.datetime, **data: Any) -> None:
    record(
        verb, subject=referral.subject, version=referral.version, at=at, data={**data, **WHY}
    )  # fmt: skip


def _police(desk: Desk) -> bool:
    return desk.agency.police_involved
