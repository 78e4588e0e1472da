"""What the receiver does: ask, accept, undo the acceptance, decline."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.verbs import Verb
from cases.actions.notes import Words
from coordination import access, vocabularies
from coordination.errors import Invalid
from coordination.models import Desk
from coordination.training import accepting
from referrals import clock, moves, training, waiting
from referrals.allowed import allowed_verbs
from referrals.models import Referral
from referrals.states import Side


@transaction.atomic
def ask_referral(
    *,
    referral: Referral,
    actor: access.Actor,
    questions: Sequence[str],
    at: dt.datetime,
    version: int | None = None,
    words: Words | None = None,
) -> Referral:
    """
    Ask the sender coded questions. The answer clock keeps running, shown as "waiting on sender".

    :raises NotAllowed, WrongStatus, Stale: see `moves.begin`.
    :raises Invalid: without a question.
    """
    move = moves.begin("ask", referral=referral, actor=actor, at=at, version=version, words=words)
    if not questions:
        raise Invalid(_("Choose at least one question."), field="questions")
    asked = list(dict.fromkeys(questions))
    referral = move.make(data={"questions": asked}, questions=asked)
    desk_ids = moves.answering_desk_ids(referral)
    moves.place_receivers(referral, desk_ids, until=referral.basis.until)
    return referral


@transaction.atomic
def accept_referral(
    *, referral: Referral, actor: access.Actor, at: dt.datetime, version: int | None = None
) -> Referral:
    """
    Accept a referral: the acting desk is responsible from now on, and may open the case.

    Of a referral to a team, the other desks' access ends.

    :raises NotAllowed, WrongStatus, Stale: see `moves.begin`.
    :raises Untrained: if the desk asks for a course that the actor does not have.
    """
    move = moves.begin("accept", referral=referral, actor=actor, at=at, version=version)
    desk, waited = move.desk, at - (move.referral.sent_at or at)
    verdict = training.required(
        move.referral,
        actor,
        side=move.side,
        at=at,
        otherwise=lambda: allowed_verbs(move.referral, actor, at=at, side=move.side),
    )
    due_at = clock.after_target(
        move.referral.urgency, since=at, sender=move.referral.from_desk, receiver=desk
    )
    accepted_columns = {"accepted_at": at, "due_at": due_at, "questions": []}
    data = {
        "responsible": desk.slug,
        "minutes": waiting.minutes(waited),
        "sender_minutes": waiting.minutes(waiting.on_sender(move.referral, at=at)),
    }
    if move.side == Side.SENDER:  # as a contact that is not on Relay said: the sender keeps it
        return move.make(data=data, **accepted_columns)
    others = [key for key in moves.answering_desk_ids(move.referral) if key != desk.pk]
    accepted = move.make(data=data, accepting_desk=desk, responsible_desk=desk, **accepted_columns)
    # After acceptance nothing ends with the basis: never responsible but blind (DESIGN 6).
    moves.place_receivers(accepted, [desk.pk], until=None)
    moves.let_read_case(accepted, [desk.pk], until=None, opens_page=True)
    if others:
        moves.end_lines(accepted, others, at=at)
        moves.end_case(accepted, others, at=at)
    accepting.say(verdict, Verb.REFERRAL_ACCEPTED_UNTRAINED, subject=accepted.subject, at=at)
    return accepted


@transaction.atomic
def undo_accept_referral(
    *, referral: Referral, actor: access.Actor, at: dt.datetime, version: int | None = None
) -> Referral:
    """
    Undo an acceptance within ten minutes: responsibility goes back, the team's other desks return.

    :raises NotAllowed, WrongStatus, Stale: see `moves.begin`.
    """
    move = moves.begin("undo_accept", referral=referral, actor=actor, at=at, version=version)
    referral = move.referral
    desk_ids = moves.answering_desk_ids(referral)
    due_at = clock.answer_due(
        referral,
        sent_at=referral.sent_at or at,
        agreed_by_phone=referral.agreed_by_phone_at is not None,
    )
    undone = move.make(
        data={"responsible": referral.from_desk.slug},
        accepting_desk=None,
        responsible_desk=referral.from_desk,
        accepted_at=None,
        due_at=due_at,
    )
    until = undone.basis.until
    moves.place_receivers(undone, desk_ids, until=until)
    moves.let_read_case(undone, desk_ids, until=until, opens_page=False)
    return undone


@transaction.atomic
def decline_referral(
    *,
    referral: Referral,
    actor: access.Actor,
    reason: str,
    at: dt.datetime,
    suggested_desk: Desk | None = None,
    version: int | None = None,
    words: Words | None = None,
) -> Referral:
    """
    Decline a referral, with a coded reason; the sender stays responsible and is told.

    Of a referral to a team, the desk steps aside: only when the last one does is it declined.

    :raises NotAllowed, WrongStatus, Stale: see `moves.begin`.
    :raises Invalid: if the reason needs words.
    """
    move = moves.begin(
        "decline", referral=referral, actor=actor, at=at, version=version, words=words
    )
    vocabularies.entry("decline_reason", reason)
    moves.require_words(reason, words)
    data = {"reason": reason, "suggested": suggested_desk.slug if suggested_desk else None}
    others = [key for key in moves.answering_desk_ids(move.referral) if key != move.desk.pk]
    if others:
        move.save()
        declined = move.record(Verb.REFERRAL_STEPPED_ASIDE, {**data, "remaining": len(others)})
    else:
        declined = move.make(
            data=data,
            decline_reason=reason,
            suggested_desk=suggested_desk,
            questions=[],
            due_at=at,
        )
        declined.services.update(is_live=False)
    if others:
        # What becomes of it with the others is no longer this desk's business.
        moves.end_lines(declined, [move.desk.pk], at=at, declined=True)
    elif move.side == Side.RECEIVER:
        moves.close_line(declined, move.desk)
    moves.end_case(declined, [move.desk.pk], at=at)
    return declined
