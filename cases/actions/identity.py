"""Keeping what a person says of their Indigenous identity, and forgetting it again."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from audit.record import record
from audit.verbs import Verb
from cases.models import Case, IndigenousIdentity
from cases.models.identity import may_hold
from coordination import access
from coordination.errors import Invalid, NotAllowed, WrongStatus

OFFERED = ("first_nations", "metis", "inuit")
"""What can be kept: who says nothing, or no, is not in the table."""


@transaction.atomic
def record_identity(
    *,
    case: Case,
    actor: access.Actor,
    identities: Sequence[str],
    consent_given_on: dt.date,
    consent_form: str,
    at: dt.datetime,
) -> IndigenousIdentity:
    """
    Keep an identity with the consent to it; the entry says that it was kept, and not which.

    :raises NotAllowed: if the desk is not Indigenous-led, or neither leads nor holds the case.
    :raises WrongStatus: if one is kept already.
    :raises Invalid: if nothing is said, or the consent was not given yet.
    """
    desk = access.require(actor, "cases.record_identity")
    if not may_hold(case, desk):
        raise NotAllowed(_("Only an Indigenous-led desk that works on the case does this."))
    if not identities or set(identities) - set(OFFERED):
        raise Invalid(_("Choose at least one."), field="identities")
    if consent_given_on > localdate(at):
        raise Invalid(_("Give the day on which the person agreed."), field="consent_given_on")
    kept, created = IndigenousIdentity.objects.get_or_create(
        case=case,
        defaults={
            "identities": list(dict.fromkeys(identities)),
            "consent_given_on": consent_given_on,
            "consent_form": consent_form,
            "desk": desk,
            "person": actor.user,
        },
    )
    if not created:
        raise WrongStatus(_("It is recorded already. Withdraw it first to change it."))
    record(Verb.IDENTITY_RECORDED, subject=subject_of(case), at=at)
    return kept


@transaction.atomic
def withdraw_identity(*, case: Case, actor: access.Actor, at: dt.datetime) -> None:
    """
    Delete an identity because the person withdraws their consent; nothing of it is left.

    :raises NotAllowed: if the desk is not Indigenous-led, or neither leads nor holds the case.
    :raises WrongStatus: if none is kept.
    """
    desk = access.require(actor, "cases.record_identity")
    if not may_hold(case, desk):
        raise NotAllowed(_("Only an Indigenous-led desk that works on the case does this."))
    deleted, _by_model = IndigenousIdentity.objects.filter(case=case).delete()
    if not deleted:
        raise WrongStatus(_("Nothing is recorded."))
    record(Verb.IDENTITY_WITHDRAWN, subject=subject_of(case), at=at)


def subject_of(case: Case) -> str:
    """Return the subject of its entries: not the case, whose history others read."""
    return f"identity:{case.reference}"
