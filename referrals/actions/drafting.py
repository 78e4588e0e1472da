"""Writing a referral. What is not sent is its writer's alone."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.record import record
from audit.verbs import Verb
from cases.actions.consents import ConsentGiven, rest_on
from cases.models import Case, Consent
from cases.models.consent import KINDS
from cases.states import Status as CaseStatus
from coordination import access, references
from coordination.errors import Invalid
from coordination.models import Desk
from referrals import audience, clock, moves
from referrals.models import Basis, Referral, RequestedService
from referrals.targets import Target, columns_of


@dataclass(frozen=True)
class BasisGiven:
    """A sharing basis as it was said: codes of vocabularies, and the moment when it ends."""

    code: str
    audience: Sequence[str]
    until: dt.datetime
    provision: str = ""
    form: str = ""
    """How the person agreed, spoken or written: asked of a consent that is not recorded yet."""

    consent: int | None = None
    """The number of the case's consent that was chosen: that one, or nothing."""


@transaction.atomic
def draft_referral(
    *,
    actor: access.Actor,
    case: Case,
    to: Target,
    services: Sequence[str],
    urgency: str,
    basis: BasisGiven,
    at: dt.datetime,
    reroutes: Referral | None = None,
) -> Referral:
    """
    Write a referral of a case that the acting desk leads; nothing leaves the desk yet.

    A consent as its basis is one that the case has already, or is recorded with it.

    `reroutes` is the referral whose need it carries on to the next door.

    :raises NotAllowed: if the role at the acting desk cannot write referrals.
    :raises Invalid: if the desk does not lead the case, is its own receiver, or a code is missing.
    """
    desk = access.require(actor, "referrals.draft_referral")
    # Held, so that nobody closes or hands over the case before its referral is there.
    held = Case.objects.select_for_update(of=("self",), no_key=True).filter(pk=case.pk).first()
    _require_writable(case=held, desk=desk, to=to, services=services, basis=basis)
    consent = consent_of(basis, actor=actor, case=case, services=services, at=at)
    referral = Referral(
        case=case,
        from_desk=desk,
        responsible_desk=desk,
        writer=actor.user,
        **columns_of(to),
        reroutes=reroutes,
        doors=reroutes.doors + 1 if reroutes else 1,
        need_since=reroutes.need_since if reroutes else None,
        urgency=urgency,
        due_at=at + clock.DRAFT_KEPT,
        written_at=at,
    )
    references.insert(referral)
    _ask_for(referral, services)
    Basis.objects.create(
        referral=referral,
        code=basis.code,
        audience=list(basis.audience),
        until=basis.until,
        provision=basis.provision,
        consent=consent,
    )
    moves.place_sender(referral)
    record(
        Verb.REFERRAL_DRAFTED,
        subject=referral.subject,
        version=referral.version,
        at=at,
        data={
            "case": case.reference,
            "to": to.slug,
            "services": list(services),
            "urgency": urgency,
            "basis": basis.code,
            "audience": list(basis.audience),
            "reroutes": reroutes.reference if reroutes else None,
        },
    )
    return referral


def consent_of(
    basis: BasisGiven,
    *,
    actor: access.Actor,
    case: Case,
    services: Sequence[str],
    at: dt.datetime,
) -> Consent | None:
    """
    Return the consent that a basis rests on, recorded now if it is new; of the law, none.

    Nobody's word is made up: what is recorded now says how the person agreed, and where a consent
    was chosen, none but that one is used.

    :raises Invalid: if it is for nobody, does not say how, or the chosen one does not reach so far.
    """
    if basis.code not in KINDS:
        return None
    if not basis.audience:
        raise Invalid(_("Choose with whom this may be shared."), field="audience")
    given = ConsentGiven(
        kind=basis.code,
        audience=basis.audience,
        until=basis.until,
        given_on=timezone.localdate(at),
        services=services,
        form=basis.form,
    )
    return rest_on(actor=actor, case=case, given=given, chosen=basis.consent, at=at)


def _require_writable(
    *, case: Case | None, desk: Desk, to: Target, services: Sequence[str], basis: BasisGiven
) -> None:
    if case is None or case.lead_desk_id != desk.pk:
        raise Invalid(_("Only the desk that leads this case can refer it."), field="case")
    if case.status == CaseStatus.CLOSED:
        raise Invalid(_("This case is closed. Open it again first."), field="case")
    if to == desk:
        raise Invalid(_("Choose another desk than your own."), field="to")
    if not services:
        raise Invalid(_("Choose at least one service."), field="services")
    audience.require_sound(code=basis.code, provision=basis.provision, until=basis.until)


def _ask_for(referral: Referral, services: Sequence[str]) -> None:
    try:
        RequestedService.objects.bulk_create(
            RequestedService(
                referral=referral,
                case_id=referral.case_id,
                service=service,
                target=referral.target,
            )
            for service in dict.fromkeys(services)
        )
    except IntegrityError as error:
        raise Invalid(
            _("One of these services was already asked of this desk for this case. Open that one."),
            field="services",
        ) from error
