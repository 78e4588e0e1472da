"""Asking a desk to look at its inbox, in words that are always the same and carry no case."""

import datetime as dt

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from audit.record import record
from audit.verbs import Verb
from coordination import access, vocabularies
from coordination.errors import Invalid, WrongStatus
from coordination.models import Desk
from referrals import overdue
from referrals.models import DeskReminder
from referrals.models.desk_reminder import REST

REMIND = "referrals.remind_desk"
_ASKED_BEFORE = _("This desk was asked within the last hour. If it cannot wait, phone.")


@transaction.atomic
def remind_desk(*, actor: access.Actor, desk: Desk, about: str, at: dt.datetime) -> DeskReminder:
    """
    Have the duty leads of a desk, and who is on duty, told to look at its inbox.

    :raises NotAllowed: unless the Office's coordinator asks.
    :raises Invalid: if the desk cannot be asked, because it takes no referrals.
    :raises WrongStatus: if it was asked within the last hour.
    """
    access.require(actor, REMIND)
    vocabularies.entry("reminder", about)
    if desk.closed_at is not None or desk.team_id is None:
        raise Invalid(_("This desk takes no referrals."))
    if asked_lately(actor, at=at).filter(desk=desk).exists():
        raise WrongStatus(_ASKED_BEFORE)
    waiting = sum(desk in late.desks for late in overdue.overdue(actor))
    try:
        with transaction.atomic():
            made = DeskReminder.objects.create(
                desk=desk, about=about, waiting=waiting, by=actor.user, at=at
            )
    except IntegrityError:
        raise WrongStatus(_ASKED_BEFORE) from None
    data = {"about": about, "waiting": waiting}
    record(Verb.DESK_REMINDED, subject=f"desk:{desk.slug}", at=at, data=data)
    return made


def asked_lately(actor: access.Actor, *, at: dt.datetime) -> "models.QuerySet[DeskReminder]":
    """Return what was asked of desks within the last hour."""
    return DeskReminder.objects.visible_to(actor).filter(at__gt=at - REST)
