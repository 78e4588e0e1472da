"""What the sender does: send, answer, withdraw."""

import datetime as dt
from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases.models import CaseGrant
from coordination import access, vocabularies
from coordination.errors import Invalid
from referrals import audience, clock, moves
from referrals.models import Referral
from referrals.states import Side


@transaction.atomic
def send_referral(
    *, referral: Referral, actor: access.Actor, at: dt.datetime, version: int | None = None
) -> Referral:
    """
    Send a draft: the receivers see it and the case's task facts, and the answer clock starts.

    The sender stays responsible.

    :raises NotAllowed, WrongStatus, Stale: see `moves.begin`.
    :raises Invalid: if the basis does not allow it, or nobody would receive it.
    """
    move = moves.begin("send", referral=referral, actor=actor, at=at, version=version)
    basis = move.referral.basis
    audience.require_sends(basis, sender=move.desk, at=at)
    desks = audience.receivers(move.referral)
    zone = desks[0].time_zone
    due_at = clock.answer_due(move.referral.urgency, sent_at=at, time_zone=zone)
    sent = move.make(data={"to": [desk.slug for desk in desks]}, sent_at=at, due_at=due_at)
    ids = [desk.pk for desk in desks]
    moves.place_receivers(sent, ids, until=basis.until)
    access.give(
        CaseGrant,
        on=sent.case,
        to=ids,
        reason=Side.RECEIVER,
        source=sent.subject,
        until=basis.until,
        opens_page=False,
    )
    return sent


@transaction.atomic
def answer_referral(
    *,
    referral: Referral,
    actor: access.Actor,
    answers: Mapping[str, str],
    at: dt.datetime,
    version: int | None = None,
) -> Referral:
    """
    Answer the receiver's coded questions: question code -> answer code, every one of them.

    :raises NotAllowed, WrongStatus, Stale: see `moves.begin`.
    :raises Invalid: if a question has no answer, or an answer has no question.
    """
    move = moves.begin("answer", referral=referral, actor=actor, at=at, version=version)
    if set(answers) != set(move.referral.questions):
        raise Invalid(_("Answer each question that was asked."), field="answers")
    for answer in answers.values():
        vocabularies.entry("answer", answer)
    desk_ids = moves.answering_desk_ids(move.referral)
    answered = move.make(data={"answers": dict(answers)}, questions=[])
    moves.place_receivers(answered, desk_ids, until=answered.basis.until)
    return answered


@transaction.atomic
def withdraw_referral(
    *,
    referral: Referral,
    actor: access.Actor,
    reason: str,
    at: dt.datetime,
    version: int | None = None,
) -> Referral:
    """
    Withdraw a referral that nobody has accepted: the receivers' access to the case ends.

    :raises NotAllowed, WrongStatus, Stale: see `moves.begin`.
    """
    move = moves.begin("withdraw", referral=referral, actor=actor, at=at, version=version)
    vocabularies.entry("withdraw_reason", reason)
    desk_ids = moves.answering_desk_ids(move.referral)
    withdrawn = move.make(data={"reason": reason}, withdraw_reason=reason, questions=[])
    withdrawn.services.update(is_live=False)
    moves.place_receivers(withdrawn, desk_ids, until=None)
    access.end(
        CaseGrant,
        on=withdrawn.case,
        of=desk_ids,
        reason=Side.RECEIVER,
        source=withdrawn.subject,
        at=at,
    )
    return withdrawn
