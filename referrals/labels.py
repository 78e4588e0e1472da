"""How the pages name the two sides of a referral, and where its pages are."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from coordination import references, vocabularies
from coordination.models import Area, Desk
from referrals.models import Referral
from referrals.states import Box, Status
from referrals.targets import target_of


def desk_label(desk: Desk) -> str:
    return f"{desk.name}, {desk.team.name}" if desk.team else desk.name


def to_label(referral: Referral) -> str:
    if referral.is_external:
        return _("%(contact)s, by phone") % {"contact": target_of(referral).name}
    if referral.accepting_desk and not referral.to_desk:
        return desk_label(referral.accepting_desk)
    if referral.to_desk:
        return desk_label(referral.to_desk)
    return _("%(team)s, any desk") % {"team": referral.to_team.name if referral.to_team else ""}


def to_kind(referral: Referral) -> str:
    desk = referral.accepting_desk or referral.to_desk
    agency = desk.agency if desk else referral.to_agency
    return agency.kind if agency else ""


def status_label(referral: Referral) -> str:
    """Return how it stands, in words; what came back by itself was given back by nobody."""
    if referral.status == Status.RETURNED and referral.basis_end and not referral.give_back_reason:
        return _("Back with the sender: %(end)s") % {
            "end": vocabularies.label("basis_end", referral.basis_end)
        }
    return vocabularies.label("referral_status", referral.status)


def url_of(referral: Referral) -> str:
    return reverse("referrals:detail", args=[references.display(referral.reference)])


def box_url(box: Box) -> str:
    return reverse("referrals:inbox") if box == Box.INBOX else reverse("referrals:box", args=[box])


def case_url(reference: str) -> str:
    return reverse("cases:detail", args=[references.display(reference)])


def area_labels(slugs: Sequence[str]) -> list[str]:
    return [area.name for area in Area.objects.filter(slug__in=slugs)]
