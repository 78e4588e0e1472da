"""What the sender does: send, answer, withdraw."""

import datetime as dt
from collections.abc import Mapping

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext_lazy as _

from cases.actions import consents
from cases.actions.notes import Words
from cases.models import Case, Consent
from cases.states import Status as CaseStatus
from coordination import access, vocabularies
from coordination.errors import Invalid, WrongStatus
from referrals import audience, clock, guard_rails, moves, questions
from referrals.guard_rails import NOTHING_SAID, Said
from referrals.models import Referral
from referrals.states import SETTLING_WITHDRAWALS

LONGEST_AGO = dt.timedelta(hours=24)
"""A call of longer ago is no agreement for now."""


@transaction.atomic
def send_referral(
    *,
    referral: Referral,
    actor: access.Actor,
    at: dt.datetime,
    agreed_by_phone_at: dt.datetime | None = None,
    version: int | None = None,
    words: Words | None = None,
    said: Said = NOTHING_SAID,
) -> Referral:
    """
    Send a draft: the receivers see it and the case's task facts, and the answer clock starts.

    The sender stays responsible, also of what was agreed by phone: the receiver confirms it with
    its acceptance, within an hour. A contact that is not on Relay is a phone task of the sender.
    `said` answers what the guard rails ask.

    :raises NotAllowed, WrongStatus, Stale: see `moves.begin`.
    :raises Invalid: if the basis does not allow it, or nobody would receive it.
    :raises BeforeSending: if a guard rail has to be answered first.
    """
    case, consent = _lock_before(referral)
    move = moves.begin("send", referral=referral, actor=actor, at=at, version=version, words=words)
    draft, basis = move.referral, move.referral.basis
    if case is None or case.status == CaseStatus.CLOSED:
        raise WrongStatus(_("This case is closed. Open it again first."))
    prefetch_related_objects([draft], "services")
    audience.require_sends(basis, sender=move.desk, at=at)
    consents.require_standing(consent)
    _require_past(agreed_by_phone_at, at=at)
    desks = audience.receivers(draft)
    told = guard_rails.require(
        draft, case=case, desks=desks, said=said, actor=actor, at=at, words=words
    )
    agreed = agreed_by_phone_at is not None
    due_at = clock.answer_due(draft, sent_at=at, agreed_by_phone=agreed)
    sent = move.make(
        data={
            "to": [desk.slug for desk in desks] or [draft.target],
            "agreed_by_phone_at": agreed_by_phone_at.isoformat() if agreed_by_phone_at else None,
            "doors": draft.doors,
            **told,
        },
        sent_at=at,
        need_since=draft.need_since or at,
        due_at=due_at,
        agreed_by_phone_at=agreed_by_phone_at,
    )
    ids = [desk.pk for desk in desks]
    moves.place_receivers(sent, ids, until=basis.until)
    moves.let_read_case(sent, ids, until=basis.until, opens_page=False)
    return sent


def _lock_before(referral: Referral) -> tuple[Case | None, Consent | None]:
    """Hold the case and the consent before the referral: one order of locks (ADR 19)."""
    found = Referral.objects.filter(pk=referral.pk).values_list("case_id", "basis__consent_id")
    seen = found.first()
    if seen is None:
        return None, None  # refused next
    case_id, consent_id = seen
    cases = Case.objects.select_for_update(of=("self",), no_key=True).filter(pk=case_id)
    return cases.first(), consents.lock(consent_id)


def _require_past(agreed_at: dt.datetime | None, *, at: dt.datetime) -> None:
    if agreed_at and not at - LONGEST_AGO <= agreed_at <= at:
        raise Invalid(
            _("Give the time of the call, within the last 24 hours."), field="agreed_by_phone_at"
        )


@transaction.atomic
def answer_referral(
    *,
    referral: Referral,
    actor: access.Actor,
    answers: Mapping[str, str],
    at: dt.datetime,
    version: int | None = None,
    words: Words | None = None,
) -> Referral:
    """
    Answer the receiver's coded questions: question code -> answer code, every one of them.

    :raises NotAllowed, WrongStatus, Stale: see `moves.begin`.
    :raises Invalid: if a question has no answer, or one that does not fit; or without the words.
    """
    move = moves.begin(
        "answer", referral=referral, actor=actor, at=at, version=version, words=words
    )
    if set(answers) != set(move.referral.questions):
        raise Invalid(_("Answer each question that was asked."), field="answers")
    questions.require_fitting(answers, words)
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
    words: Words | None = None,
) -> Referral:
    """
    Withdraw a referral that nobody has accepted: the receivers' access to the case ends.

    :raises NotAllowed, WrongStatus, Stale: see `moves.begin`.
    """
    move = moves.begin(
        "withdraw", referral=referral, actor=actor, at=at, version=version, words=words
    )
    vocabularies.entry("withdraw_reason", reason)
    desk_ids = moves.seeing_desk_ids(move.referral)
    settled = reason in SETTLING_WITHDRAWALS or move.referral.sent_at is None
    withdrawn = move.make(
        data={"reason": reason},
        withdraw_reason=reason,
        questions=[],
        due_at=at,
        settled_at=at if settled else None,
    )
    withdrawn.services.update(is_live=False)
    moves.place_receivers(withdrawn, desk_ids, until=None)
    moves.end_case(withdrawn, desk_ids, at=at)
    return withdrawn
