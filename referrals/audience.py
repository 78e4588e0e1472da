"""The rules of a sharing basis: what it lets a desk do, and which desks its audience includes."""

import datetime as dt
from collections.abc import Collection, Iterable

from django.utils.translation import gettext_lazy as _

from coordination import access, vocabularies
from coordination.errors import Invalid
from coordination.models import Agency, Desk
from referrals.models import Basis, Referral
from referrals.targets import Province, Target, target_of

ASK_ONLY = "ask only"
"""Of the vocabulary `consent_basis`, key `sends`: the receiver may ask and decline, not accept."""

NEVER_SENDS = "no"
LEGAL_DUTY = "legal_duty"
LATEST_END = dt.datetime(2200, 1, 1, tzinfo=dt.UTC)
"""Further away is a slip of the hand, and near the calendar's end a date cannot be read back."""


def includes(audience: Collection[str], desk: Desk) -> bool:
    """
    Tell whether a desk stands inside an audience of organization kinds.

    An audience without a police kind excludes every police-involved desk, whatever its own kind:
    a victim service inside a police station too.
    """
    return _includes_agency(audience, desk.agency)


def _includes_agency(audience: Collection[str], agency: Agency) -> bool:
    if agency.kind not in audience:
        return False
    return not agency.police_involved or any(_is_police(kind) for kind in audience)


def kind_alone(target: Target) -> str:
    """Return the one kind of agency that is addressed, if it is one and without police."""
    agency = target.agency if isinstance(target, Desk) else target
    if not isinstance(agency, Agency) or not _includes_agency([agency.kind], agency):
        return ""
    return "" if _is_police(agency.kind) else agency.kind


def receivers(referral: Referral) -> list[Desk]:
    """
    Return the desks that a referral reaches when it is sent now: none, of a contact by phone.

    :raises Invalid: as `reached`.
    """
    audience = referral.basis.audience
    if referral.to_desk_id:
        referral.to_desk = _reached_desk(referral.to_desk_id, audience)
        return [referral.to_desk]
    return reached(
        target_of(referral),
        audience=audience,
        services=[each.service for each in referral.services.all()],
        sender_id=referral.from_desk_id,
    )


def reached(
    target: Target, *, audience: Collection[str], services: Collection[str], sender_id: int
) -> list[Desk]:
    """
    Return the desks that are reached with these services inside an audience.

    :raises Invalid: if there is none, with the reason, so that nothing is sent into nowhere.
    """
    if isinstance(target, Agency) and not _includes_agency(audience, target):
        raise Invalid(_("The basis does not allow sharing with this agency."), field="to")
    if isinstance(target, Agency | Province):
        return []
    if isinstance(target, Desk):
        return [_reached_desk(target.pk, audience)]
    found = [
        desk
        for desk in access.addressable_desks().filter(team=target).exclude(pk=sender_id)
        if includes(audience, desk)
        and (desk.pk == target.duty_desk_id or not set(services).isdisjoint(desk.services))
    ]
    if not found:
        raise Invalid(
            _("No desk of this team offers these services inside the basis. Choose a desk."),
            field="to",
        )
    return found


def require_sound(*, code: str, provision: str, until: dt.datetime) -> None:
    """
    Check what a basis says of itself, whether or not something is sent on it.

    :raises Invalid: if not, at the field that is wrong.
    """
    if until >= LATEST_END:
        raise Invalid(_("Give an end before the year 2200."), field="until")
    if (code == LEGAL_DUTY) != bool(provision):
        raise Invalid(
            _("Choose the legal provision, and only for a legal duty."), field="provision"
        )


def require_sends(basis: Basis, *, sender: Desk, at: dt.datetime) -> None:
    """
    Check that something may be sent on this basis now.

    :raises Invalid: if not, at the field that is wrong.
    """
    sends = vocabularies.entry("consent_basis", basis.code).extra["sends"]
    if sends == NEVER_SENDS:
        raise Invalid(_("Nothing can be sent on this basis. Ask the person first."), field="basis")
    if basis.until <= at:
        raise Invalid(_("The basis has ended. Give an end in the future."), field="until")
    if not basis.audience:
        raise Invalid(_("Choose with whom this may be shared."), field="audience")
    if basis.code == LEGAL_DUTY and not _provision_open_to(basis.provision, sender.agency.kind):
        raise Invalid(
            _("This legal provision is not open to your kind of agency."), field="provision"
        )


def bases_that_send() -> list[str]:
    """Return the codes of bases on which something may be sent, if only to ask."""
    return [code for code, sends in _sends() if sends != NEVER_SENDS]


def bases_that_move() -> list[str]:
    """Return the codes of bases on which responsibility may move."""
    return [code for code, sends in _sends() if sends not in {NEVER_SENDS, ASK_ONLY}]


def _sends() -> list[tuple[str, str]]:
    return [(each.code, each.extra["sends"]) for each in vocabularies.entries("consent_basis")]


def lets_accept(basis: Basis, *, at: dt.datetime) -> bool:
    """Tell whether responsibility may move on this basis now."""
    sends = vocabularies.entry("consent_basis", basis.code).extra["sends"]
    return sends not in {NEVER_SENDS, ASK_ONLY} and basis.until > at


def has_ended(referral: Referral, *, at: dt.datetime) -> bool:
    """Tell whether its basis has ended, carried out already or not."""
    return referral.basis_ended_at is not None or referral.basis.until <= at


def carries_on(referral: Referral, *, at: dt.datetime) -> bool:
    """Tell whether the same basis may be used again; of the sender, who sees its consent."""
    consent = referral.basis.consent
    return not has_ended(referral, at=at) and (consent is None or consent.stands(at=at))


def not_shared(audience: Iterable[str]) -> list[str]:
    """Return the organization kinds that an audience leaves out, in the vocabulary's order."""
    return [e.code for e in vocabularies.entries("organisation_kind") if e.code not in audience]


def _reached_desk(key: int, audience: Collection[str]) -> Desk:
    desk = access.addressable_desks().filter(pk=key).first()
    if desk is None:
        raise Invalid(_("Nobody works at this desk now. Choose another desk."), field="to")
    if not includes(audience, desk):
        raise Invalid(_("The basis does not allow sharing with this desk."), field="to")
    return desk


def _is_police(kind: str) -> bool:
    return bool(vocabularies.entry("organisation_kind", kind).extra["police_involved"])


def _provision_open_to(provision: str, kind: str) -> bool:
    return kind in vocabularies.entry("legal_provision", provision).extra["kinds"]
