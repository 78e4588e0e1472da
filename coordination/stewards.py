"""
Naming and dismissing the stewards of a governance body, at its letter, by whoever runs Relay.

No page does it, and no login of the web process can: the Office, whose tables they open or keep
closed, has no part in who they are.
"""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit import waking
from audit.record import record
from audit.verbs import Verb
from coordination import invitations, vocabularies
from coordination.errors import Invalid, WrongStatus
from coordination.models import Agency, Desk, Invitation, Membership, User
from coordination.people import LEAVING
from coordination.roles import OFFICE_ROLES, Role

_LETTER = re.compile(r"[A-Z0-9][A-Z0-9./-]{1,29}")
"""A reference, and no words: the record keeps it."""


@dataclass(frozen=True)
class AgencyNamed:
    """The agency of a governance body; with both names it is added where Relay has none such."""

    slug: str
    name_en: str = ""
    name_fr: str = ""


@transaction.atomic
def name_steward(
    *,
    body: str,
    of: AgencyNamed,
    email: str,
    language: str,
    letter: str,
    link: Callable[[str], str],
    at: dt.datetime,
) -> str:
    """
    Offer a seat at the desk of a governance body, made if it has none; return the link to accept.

    `letter` is the reference of the body's own letter.

    :raises Invalid: if there is no such agency, it is the Office's, or the letter is no reference.
    :raises WrongStatus: if the body's desk is another agency's, or closed.
    :raises UnknownCode: if there is no such body.
    """
    vocabularies.entry("governance_body", body)
    _check(letter)
    agency = _agency(of)
    desk = Desk.objects.select_for_update(of=("self",)).filter(governance_body=body).first()
    if desk is None:
        slug = f"stewards-{body.replace('_', '-')}"
        desk = Desk.objects.create(
            group=Group.objects.create(name=f"desk:{slug}"),
            slug=slug,
            agency=agency,
            is_addressable=False,
            governance_body=body,
        )
    elif desk.agency_id != agency.pk or desk.closed_at is not None:
        raise WrongStatus(_("The desk of this body is another agency’s, or closed."))
    invitation, address = invitations.offer_place(
        by=None,
        desk=desk,
        role=Role.DATA_STEWARD,
        email=email,
        language=language,
        link=link,
        at=at,
    )
    data = {"body": body, "letter": letter, "invitation": invitation.reference}
    record(Verb.STEWARD_NAMED, subject=f"desk:{desk.slug}", at=at, data=data)
    return address


@transaction.atomic
def take_back(*, body: str, letter: str, at: dt.datetime) -> int:
    """
    End the invitations of a body that nobody has accepted; return how many there were.

    :raises Invalid: if there is none, or the letter is no reference.
    """
    _check(letter)
    rows = Invitation.objects.select_for_update(of=("self",))
    found = rows.filter(
        desk__governance_body=body, used_at=None, revoked_at=None, expires_at__gt=at
    )
    taken = list(found)
    if not taken:
        raise Invalid(_("No invitation of this body is open."), field="body")
    for each in taken:
        Invitation.objects.filter(pk=each.pk).update(revoked_at=at)
        data = {"body": body, "letter": letter}
        subject = f"invitation:{each.reference}"
        record(Verb.INVITATION_REVOKED, subject=subject, at=at, data=data)
    return len(taken)


@transaction.atomic
def dismiss_steward(*, username: str, letter: str, at: dt.datetime) -> Membership:
    """
    End the seat of a steward, and the account if it has no other.

    :raises Invalid: if nobody of this name is a steward, or the letter is no reference.
    """
    _check(letter)
    seats = Membership.objects.current().select_related("desk", "user")
    rows = seats.select_for_update(of=("self",), no_key=True)
    seat = rows.filter(user__username=username, role=Role.DATA_STEWARD).first()
    if seat is None:
        raise Invalid(_("No steward has this user name."), field="username")
    desk, person = seat.desk, seat.user
    Membership.objects.filter(pk=seat.pk).update(until=at)
    ended = {"desk": desk.slug, "role": seat.role, "successor": None}
    record(Verb.MEMBER_ENDED, subject=f"user:{person.pk}", at=at, data=ended)
    data = {"body": desk.governance_body, "letter": letter, "user": person.pk}
    record(Verb.STEWARD_DISMISSED, subject=f"desk:{desk.slug}", at=at, data=data)
    if not Membership.objects.current().filter(user=person).exclude(pk=seat.pk).exists():
        User.objects.filter(pk=person.pk).update(is_active=False)
        gone = {"desks": [desk.slug]}
        record(Verb.USER_DEACTIVATED, subject=f"user:{person.pk}", at=at, data=gone)
    waking.sweep_after_commit(LEAVING)
    return seat


def _agency(named: AgencyNamed) -> Agency:
    found = Agency.objects.select_for_update().filter(slug=named.slug).first()
    if found is None and named.name_en and named.name_fr:
        return Agency.objects.create(
            slug=named.slug,
            kind="government",
            region="provincial",
            name_en=named.name_en,
            name_fr=named.name_fr,
            privacy_regime="none",
        )
    if found is None:
        raise Invalid(_("There is no such agency: give its names to add it."), field="agency")
    office = set(OFFICE_ROLES) - {Role.DATA_STEWARD}
    if Membership.objects.current().filter(desk__agency=found, role__in=office).exists():
        raise Invalid(_("The Office’s own agency is no governance body’s."), field="agency")
    return found


def _check(letter: str) -> None:
    if not _LETTER.fullmatch(letter):
        raise Invalid(
            _("Give the letter’s reference: capital letters, digits, dots, dashes and slashes."),
            field="letter",
        )
