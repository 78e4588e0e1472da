"""What the receiver does with what it accepted: wait, serve, complete, give back, close."""

import datetime as dt
from collections.abc import Mapping

from django.db import DatabaseError, IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from cases.actions.notes import Words
from coordination import access, vocabularies
from coordination.errors import Invalid
from referrals import clock, moves
from referrals.models import Referral
from referrals.states import SETTLING_WITHDRAWALS

LONGEST_WAIT = dt.timedelta(days=90)
"""Whoever waits is looked at again at least this often."""


@transaction.atomic
def waitlist_referral(
    *,
    referral: Referral,
    actor: access.Actor,
    review_at: dt.datetime,
    at: dt.datetime,
    version: int | None = None,
) -> Referral:
    """
    Put a referral on the desk's waiting list, to be looked at again at `review_at`.

    :raises NotAllowed, WrongStatus, Stale: see `moves.begin`.
    :raises Invalid: if the review is not within the next 90 days.
    """
    move = moves.begin("waitlist", referral=referral, actor=actor, at=at, version=version)
    if not at < review_at <= at + LONGEST_WAIT:
        raise Invalid(
            _("Give a day within the next 90 days on which you look at it again."),
            field="review_at",
        )
    return _keep(move, {"review_at": review_at.isoformat()}, due_at=review_at)


@transaction.atomic
def start_referral(
    *, referral: Referral, actor: access.Actor, at: dt.datetime, version: int | None = None
) -> Referral:
    """
    Say that the service has started.

    :raises NotAllowed, WrongStatus, Stale: see `moves.begin`.
    """
    move = moves.begin("start", referral=referral, actor=actor, at=at, version=version)
    return _keep(move, {}, due_at=at + clock.CHECK_IN)


@transaction.atomic
def complete_referral(
    *,
    referral: Referral,
    actor: access.Actor,
    outcomes: Mapping[str, str],
    at: dt.datetime,
    version: int | None = None,
    words: Words | None = None,
) -> Referral:
    """
    Complete a referral with an outcome per service: service code -> outcome code.

    The desk's access to the case ends; within 14 days it can reopen the referral.

    :raises NotAllowed, WrongStatus, Stale: see `moves.begin`.
    :raises Invalid: if a service has no outcome, or an outcome no service.
    """
    move = moves.begin(
        "complete", referral=referral, actor=actor, at=at, version=version, words=words
    )
    services = list(move.referral.services.all())
    if set(outcomes) != {each.service for each in services}:
        raise Invalid(_("Choose an outcome for each service."), field="outcomes")
    for each in services:
        vocabularies.entry("outcome", outcomes[each.service])
        moves.require_words(outcomes[each.service], words)
        each.outcome, each.is_live = outcomes[each.service], False
        each.save(update_fields=["outcome", "is_live"])
    desk_ids = moves.holding_desk_ids(move.referral)
    completed = move.make(
        data={"outcomes": dict(outcomes)}, completed_at=at, due_at=at, withdraw_reason=""
    )
    moves.place_receivers(completed, desk_ids, until=None)
    moves.end_case(completed, desk_ids, at=at)
    return completed


@transaction.atomic
def reopen_referral(
    *,
    referral: Referral,
    actor: access.Actor,
    reason: str,
    at: dt.datetime,
    version: int | None = None,
    words: Words | None = None,
) -> Referral:
    """
    Open a completed referral again within 14 days; the desk goes on being responsible.

    :raises NotAllowed, WrongStatus, Stale: see `moves.begin`.
    :raises Invalid: if the same service was asked of the desk again meanwhile, or the case is
        closed or another desk's, which this one does not see.
    """
    move = moves.begin(
        "reopen", referral=referral, actor=actor, at=at, version=version, words=words
    )
    vocabularies.entry("reopen_reason", reason)
    try:
        with transaction.atomic():
            move.referral.services.update(is_live=True, outcome="")
    except IntegrityError as error:
        raise Invalid(
            _("The same service was asked again meanwhile. Work with that referral.")
        ) from error
    try:
        with transaction.atomic():
            reopened = move.make(
                data={"reason": reason}, completed_at=None, due_at=at + clock.CHECK_IN
            )
    except DatabaseError as error:  # the database alone sees the case
        if _constraint_of(error) not in {"referral_of_an_open_case", "referral_of_its_lead"}:
            raise
        raise Invalid(
            _("The case is closed or has gone to another desk. Ask the sender for a new referral.")
        ) from error
    desk_ids = moves.holding_desk_ids(reopened)
    moves.place_receivers(reopened, desk_ids, until=None)
    moves.let_read_case(reopened, desk_ids, until=None, opens_page=True)
    return reopened


@transaction.atomic
def give_back_referral(
    *,
    referral: Referral,
    actor: access.Actor,
    reason: str,
    at: dt.datetime,
    version: int | None = None,
    words: Words | None = None,
) -> Referral:
    """
    Begin to give a referral back. The desk stays responsible until the sender takes it back.

    :raises NotAllowed, WrongStatus, Stale: see `moves.begin`.
    """
    move = moves.begin(
        "give_back", referral=referral, actor=actor, at=at, version=version, words=words
    )
    vocabularies.entry("give_back_reason", reason)
    return _keep(
        move,
        {"reason": reason},
        give_back_reason=reason,
        withdraw_reason="",
        due_at=at + clock.TAKE_BACK,
    )


@transaction.atomic
def confirm_withdrawal_referral(
    *, referral: Referral, actor: access.Actor, at: dt.datetime, version: int | None = None
) -> Referral:
    """
    Close what the sender asked to close: responsibility goes back, the desk's access ends.

    :raises NotAllowed, WrongStatus, Stale: see `moves.begin`.
    """
    move = moves.begin("confirm_withdrawal", referral=referral, actor=actor, at=at, version=version)
    referral = move.referral
    desk_ids = moves.holding_desk_ids(referral)
    settled = referral.withdraw_reason in SETTLING_WITHDRAWALS
    withdrawn = move.make(
        data={"reason": referral.withdraw_reason, "responsible": referral.from_desk.slug},
        accepting_desk=None,
        responsible_desk=referral.from_desk,
        accepted_at=None,
        due_at=at,
        settled_at=at if settled else None,
    )
    withdrawn.services.update(is_live=False)
    moves.place_receivers(withdrawn, desk_ids, until=None)
    moves.end_case(withdrawn, desk_ids, at=at)
    return withdrawn


def _keep(move: moves.Move, data: Mapping[str, str], **columns: object) -> Referral:
    """Make a move after which the receiver goes on as before, at its place in the worklist."""
    desk_ids = moves.holding_desk_ids(move.referral)
    moved = move.make(data=data, **columns)
    moves.place_receivers(moved, desk_ids, until=None)
    return moved


def _constraint_of(error: DatabaseError) -> str | None:
    """Return the name of the constraint that refused, said by a table or a trigger."""
    diagnostics = getattr(error.__cause__, "diag", None)
    return diagnostics.constraint_name if diagnostics else None
