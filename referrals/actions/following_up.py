"""What a coordinator did about something that is overdue, so that nobody phones about it twice."""

import datetime as dt

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from audit.record import record
from audit.verbs import Verb
from coordination import access, vocabularies
from coordination.errors import Invalid, Stale, WrongStatus
from referrals import overdue
from referrals.models import FollowUp
from referrals.models.follow_up import LONGEST_PROMISE, PROMISED

_EVENTS = {"referral": Verb.REFERRAL_FOLLOWED_UP, "handoff": Verb.HANDOFF_FOLLOWED_UP}
FOLLOW_UP = "referrals.follow_up_overdue"
_SAID_BEFORE = _("Somebody of the Office followed this up just now: look before you phone again.")


@transaction.atomic
def follow_up(
    *,
    actor: access.Actor,
    subject: str,
    how: str,
    seen: int,
    at: dt.datetime,
    promised_by: dt.datetime | None = None,
) -> FollowUp:
    """
    Say that the Office asked about it. The desks concerned are told, and nothing of it opens.

    `subject` is that of a line of the list, `seen` how many follow-ups of it the reader has seen.

    :raises NotAllowed: unless the Office's coordinator says it.
    :raises Invalid: if a promise has no time, or one that is over or far away.
    :raises WrongStatus: if it is not overdue any more.
    :raises Stale: if somebody else followed it up since.
    """
    access.require(actor, FOLLOW_UP)
    vocabularies.entry("follow_up", how)
    promised_by = promised_by if how == PROMISED else None
    if how == PROMISED and not (promised_by and at < promised_by <= at + LONGEST_PROMISE):
        raise Invalid(
            _("Say by when they promised an answer: within the next seven days."),
            field="promised_by",
        )
    with connection.cursor() as cursor:
        # Before it is read: the policy too would refuse the second of two, in other words.
        cursor.execute("select pg_advisory_xact_lock(hashtext(%s))", [f"follow_up {subject}"])
    late = next(iter(overdue.overdue(actor, of=subject)), None)
    if late is None:
        raise WrongStatus(_("This is not overdue any more."))
    if late.times != seen:
        raise Stale(_SAID_BEFORE)
    try:
        with transaction.atomic():
            made = FollowUp.objects.create(
                subject=late.subject,
                version=late.version,
                number=seen + 1,
                how=how,
                promised_by=promised_by,
                by=actor.user,
                at=at,
            )
    except IntegrityError:
        raise Stale(_SAID_BEFORE) from None
    record(
        _EVENTS[late.kind],
        subject=late.subject,
        at=at,
        data={
            "number": made.number,
            "how": how,
            "promised_by": promised_by.isoformat() if promised_by else None,
            "side": str(late.side),
        },
    )
    return made
