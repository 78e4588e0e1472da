"""What the sender does after an answer: ask to close, take back, re-route, resolve."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases.actions.notes import Words
from cases.models import Case
from coordination import access, vocabularies
from coordination.errors import Invalid
from coordination.models import Desk
from referrals import audience, chain, moves
from referrals.actions.drafting import BasisGiven, draft_referral
from referrals.actions.sending import send_referral
from referrals.guard_rails import NOTHING_SAID, Said
from referrals.models import Referral
from referrals.targets import Target


@transaction.atomic
def request_withdrawal_referral(
    *,
    referral: Referral,
    actor: access.Actor,
    reason: str,
    at: dt.datetime,
    version: int | None = None,
    words: Words | None = None,
) -> Referral:
    """
    Ask the receiver to close what it accepted; it stays responsible until it does.

    :raises NotAllowed, WrongStatus, Stale: see `moves.begin`.
    """
    move = moves.begin(
        "request_withdrawal", referral=referral, actor=actor, at=at, version=version, words=words
    )
    vocabularies.entry("withdraw_reason", reason)
    return move.make(data={"reason": reason}, withdraw_reason=reason)


@transaction.atomic
def take_back_referral(
    *, referral: Referral, actor: access.Actor, at: dt.datetime, version: int | None = None
) -> Referral:
    """
    Take a referral back that is being given back: the sender is responsible from now on.

    :raises NotAllowed, WrongStatus, Stale: see `moves.begin`.
    """
    move = moves.begin("take_back", referral=referral, actor=actor, at=at, version=version)
    giver = move.referral.accepting_desk
    returned = move.make(
        data={"responsible": move.desk.slug},
        accepting_desk=None,
        responsible_desk=move.desk,
        accepted_at=None,
        due_at=at,
    )
    returned.services.update(is_live=False)
    if giver:
        moves.close_line(returned, giver)
        moves.end_case(returned, [giver.pk], at=at)
    return returned


@transaction.atomic
def reroute_referral(
    *,
    referral: Referral,
    actor: access.Actor,
    to: Target,
    at: dt.datetime,
    basis: BasisGiven | None = None,
    version: int | None = None,
    words: Words | None = None,
    said: Said = NOTHING_SAID,
) -> Referral:
    """
    Send the same need to somebody else, in one step; return the new referral.

    Services, urgency and basis are copied; the need's clock and the count of doors go on. A basis
    that has ended is not copied: then a new one has to be given.

    :raises NotAllowed, WrongStatus, Stale: see `moves.begin`.
    :raises Invalid: if the desk already declined this need, or the basis does not allow it.
    :raises BeforeSending: if a guard rail has to be answered first.
    """
    # The case before its referrals: the new one needs it too (docs/adr/0019).
    list(Case.objects.select_for_update(of=("self",), no_key=True).filter(pk=referral.case_id))
    move = moves.begin("reroute", referral=referral, actor=actor, at=at, version=version)
    before = move.referral
    if isinstance(to, Desk) and to.pk in chain.declined_desk_ids(before):
        raise Invalid(_("This desk has already declined this need. Choose another."), field="to")
    if basis is None:
        kept = before.basis
        if not audience.carries_on(before, at=at):
            raise Invalid(
                _("Its basis has ended. Ask the person, and say on which basis it goes on."),
                field="basis",
            )
        basis = BasisGiven(
            kept.code,
            kept.audience,
            kept.until,
            kept.provision,
            consent=kept.consent.number if kept.consent else None,
        )
    draft = draft_referral(
        actor=actor,
        case=before.case,
        to=to,
        services=[each.service for each in before.services.all()],
        urgency=before.urgency,
        basis=basis,
        at=at,
        reroutes=before,
    )
    sent = send_referral(referral=draft, actor=actor, at=at, words=words, said=said)
    move.make(data={"as": sent.reference, "to": to.slug}, settled_at=at)
    return sent


@transaction.atomic
def resolve_referral(
    *,
    referral: Referral,
    actor: access.Actor,
    reason: str,
    at: dt.datetime,
    version: int | None = None,
    words: Words | None = None,
) -> Referral:
    """
    Say that nothing is left to do for a need that found no help here; it leaves the list.

    :raises NotAllowed, WrongStatus, Stale: see `moves.begin`.
    """
    move = moves.begin(
        "resolve", referral=referral, actor=actor, at=at, version=version, words=words
    )
    vocabularies.entry("resolve_reason", reason)
    return move.make(data={"reason": reason}, settled_at=at)
