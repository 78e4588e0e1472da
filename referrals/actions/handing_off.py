"""Handing a case off: propose, accept, decline, withdraw. The lead moves with the acceptance."""

import datetime as dt

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from audit.record import record
from audit.verbs import Verb
from cases.actions import consents
from cases.actions.notes import Words
from cases.models import Case, CaseGrant
from coordination import access, references, vocabularies
from coordination.errors import Invalid, NotAllowed, WrongStatus
from coordination.models import Desk
from coordination.training import accepting
from referrals import clock, guard_rails, taking_over, training
from referrals import handoff_moves as moves
from referrals.actions.drafting import consent_of
from referrals.guard_rails import NOTHING_SAID, Said
from referrals.handoff_checks import Proposal, require_sound
from referrals.handoff_states import FORMER_LEAD_READS, SHARED, TARGETS, HandoffStatus
from referrals.models import Handoff
from referrals.moves import require_words
from referrals.states import Side
from referrals.targets import Target, columns_of


@transaction.atomic
def propose_handoff(
    *,
    actor: access.Actor,
    case: Case,
    to: Target,
    proposal: Proposal,
    at: dt.datetime,
    words: Words | None = None,
    said: Said = NOTHING_SAID,
) -> Handoff:
    """
    Offer the lead of a case to a desk or team; the lead stays here until somebody accepts.

    :raises NotAllowed: if the role cannot, or the desk does not lead the case.
    :raises Invalid: if the basis, the check-list, an area to avoid or an open offer forbids it.
    :raises BeforeSending: if a guard rail has to be answered first.
    """
    desk = access.require(actor, "referrals.propose_handoff")
    moves.hold_offers(case.pk)
    locked = Case.objects.select_for_update(of=("self",)).filter(pk=case.pk).first()
    if locked is None or locked.lead_desk_id != desk.pk:
        raise NotAllowed(_("Only the desk that leads this case does this."))
    reached = require_sound(proposal, case=locked, to=to, desk=desk, at=at)
    guard_rails.require_for_handoff(locked, said=said, actor=actor, at=at)
    _require_not_offered(locked)
    answers = reached[0] if reached else None
    handoff = _write(locked, actor, desk, to, proposal, at=at, answers=answers)
    keys, until = [each.pk for each in reached], proposal.basis.until
    moves.give(handoff, [desk.pk], moves.PROPOSED_IT)
    moves.give(handoff, keys, moves.OFFERED, until=until)
    access.give(
        CaseGrant,
        on=locked,
        to=keys,
        reason="handoff",
        source=handoff.subject,
        until=until,
        opens_page=False,
    )
    record(
        Verb.HANDOFF_PROPOSED,
        subject=handoff.subject,
        version=handoff.version,
        at=at,
        data={
            "case": locked.reference,
            "to": to.slug,
            "desks": [each.slug for each in reached],
            "type": proposal.type,
            "reason": proposal.reason,
            "basis": proposal.basis.code,
            "audience": list(proposal.basis.audience),
            "despite_areas": proposal.checked.despite_areas,
            **moves.said(actor, handoff, words, at=at),
        },
    )
    return handoff


def _write(
    case: Case,
    actor: access.Actor,
    desk: Desk,
    to: Target,
    proposal: Proposal,
    *,
    at: dt.datetime,
    answers: Desk | None,
) -> Handoff:
    due_at = clock.after_target(TARGETS[proposal.type], since=at, sender=desk, receiver=answers)
    phoned, basis, checked = proposal.agreed_by_phone_at, proposal.basis, proposal.checked
    # To lead it needs all of the person's needs: a consent that names some is not enough.
    consent = consent_of(basis, actor=actor, case=case, services=case.needs, at=at)
    handoff = Handoff(
        case=case,
        from_desk=desk,
        writer=actor.user,
        **columns_of(to),
        type=proposal.type,
        reason=proposal.reason,
        basis=basis.code,
        provision=basis.provision,
        audience=list(basis.audience),
        until=basis.until,
        consent=consent,
        safety_plan_reviewed=checked.safety_plan_reviewed,
        consent_confirmed=checked.consent_confirmed,
        despite_areas=checked.despite_areas,
        agreed_by_phone_at=phoned,
        proposed_at=at,
        due_at=min(due_at, at + clock.PHONE_CONFIRMED) if phoned else due_at,
    )
    consents.lock_standing(consent.pk if consent else None)
    references.insert(handoff)
    return handoff


def _require_not_offered(case: Case) -> None:
    """
    Check a locked case: nobody else offers it meanwhile.

    Asked before the new row is written: its unique index would wait for whoever answers the old
    offer, and they for the case.

    :raises Invalid: if it is offered.
    """
    if Handoff.objects.filter(case=case, status=HandoffStatus.PROPOSED).exists():
        raise Invalid(_("This case is already offered to somebody. Withdraw that offer first."))


@transaction.atomic
def accept_handoff(
    *, handoff: Handoff, actor: access.Actor, at: dt.datetime, version: int | None = None
) -> Handoff:
    """
    Accept: the case, the sender's side of its open referrals and their lines move at once.

    The desk that led reads the case for 30 more days. Of a contact by phone, the lead stays here;
    with shared support it stays where it is, and this desk may open the case too.

    :raises NotAllowed, WrongStatus, Stale: see `handoff_moves.begin`.
    :raises Untrained: if the desk asks for a course that the actor does not have.
    """
    move = moves.begin("accept", handoff=handoff, actor=actor, at=at, version=version)
    handoff, desk = move.handoff, move.desk
    if handoff.until <= at:
        raise WrongStatus(_("The basis of this offer has ended. It has to be proposed again."))
    if handoff.is_external:
        return move.make(data={"reported": "phone", "responsible": handoff.from_desk.slug})
    verdict = training.required(
        handoff,
        actor,
        side=Side.RECEIVER,
        at=at,
        otherwise=lambda: moves.verbs_of(handoff, actor, at=at),
    )
    others = [key for key in moves.offered_ids(handoff) if key != desk.pk]
    lead = handoff.from_desk if handoff.type == SHARED else desk
    accepted = move.make(data={"responsible": lead.slug}, accepting_desk=desk)
    moves.end_offers(accepted, others, at=at)
    if handoff.type == SHARED:
        access.give(
            CaseGrant,
            on=handoff.case,
            to=[desk.pk],
            reason="shared",
            source=accepted.subject,
            until=accepted.until,
            opens_page=True,
        )
        access.end(
            CaseGrant,
            on=handoff.case,
            of=[desk.pk],
            reason="handoff",
            source=accepted.subject,
            at=at,
        )
    else:
        with connection.cursor() as cursor:  # what row-level security lets this transaction move
            cursor.execute("select set_config('relay.takeover', %s, true)", [accepted.reference])
        taking_over.move_case(accepted, at=at, reads_until=at + FORMER_LEAD_READS)
        with connection.cursor() as cursor:
            cursor.execute("select set_config('relay.takeover', '', true)")
    accepting.say(verdict, Verb.HANDOFF_ACCEPTED_UNTRAINED, subject=accepted.subject, at=at)
    return accepted


@transaction.atomic
def decline_handoff(
    *,
    handoff: Handoff,
    actor: access.Actor,
    reason: str,
    at: dt.datetime,
    version: int | None = None,
    words: Words | None = None,
) -> Handoff:
    """
    Decline the offer, with a coded reason; of a team, the last desk that declines ends it.

    :raises NotAllowed, WrongStatus, Stale: see `handoff_moves.begin`.
    :raises Invalid: if the reason needs words.
    """
    move = moves.begin("decline", handoff=handoff, actor=actor, at=at, version=version)
    vocabularies.entry("decline_reason", reason)
    require_words(reason, words)
    said = moves.said(actor, move.handoff, words, at=at)
    others = [key for key in moves.offered_ids(move.handoff) if key != move.desk.pk]
    if others and not move.handoff.is_external:
        move.handoff.version += 1
        move.handoff.save(update_fields=["version"])
        declined = move.record(
            Verb.HANDOFF_STEPPED_ASIDE, {"reason": reason, "remaining": len(others), **said}
        )
        moves.end_offers(declined, [move.desk.pk], at=at, declined=True)
        return declined
    declined = move.make(data={"reason": reason, **said}, decline_reason=reason)
    if not declined.is_external:
        moves.end_case_access(declined, [move.desk.pk], at=at)
    return declined


@transaction.atomic
def withdraw_handoff(
    *,
    handoff: Handoff,
    actor: access.Actor,
    reason: str,
    at: dt.datetime,
    version: int | None = None,
    words: Words | None = None,
) -> Handoff:
    """
    Withdraw an offer that nobody has accepted; whoever it was offered to sees the case no longer.

    :raises NotAllowed, WrongStatus, Stale: see `handoff_moves.begin`.
    """
    move = moves.begin("withdraw", handoff=handoff, actor=actor, at=at, version=version)
    vocabularies.entry("withdraw_reason", reason)
    said = moves.said(actor, move.handoff, words, at=at)
    withdrawn = move.make(data={"reason": reason, **said}, withdraw_reason=reason)
    moves.end_case_access(withdrawn, moves.offered_ids(withdrawn), at=at)
    return withdrawn
