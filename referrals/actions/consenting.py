"""Taking a consent back, and carrying out the end of what has ended by itself."""

import datetime as dt
import logging
from collections.abc import Callable, Sequence
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from audit.verbs import Verb
from cases.actions import consents
from cases.models import CaseGrant, Consent
from cases.models.consent import ENDING
from cases.states import Status as CaseStatus
from coordination import access
from coordination.errors import Stale, WrongStatus
from referrals import effects, endings
from referrals.handoff_states import HandoffStatus
from referrals.models import Handoff, Referral
from referrals.states import LAPSE, RECEIVER_RESPONSIBLE

BATCH = 50

_log = logging.getLogger(__name__)


@transaction.atomic
def withdraw_consent(
    *, consent: Consent, actor: access.Actor, at: dt.datetime, version: int | None = None
) -> effects.Effect:
    """
    Record that the person took a consent back, and carry it out on everything that rests on it.

    What nobody has accepted comes back and is seen no longer; whoever accepted keeps the minimum;
    offers and shared support end; drafts stay and cannot be sent. Return what was done.

    :raises NotAllowed: if the role cannot, or the desk does not lead the case.
    :raises WrongStatus: if it was taken back already, has ended, or moved with what rests on it.
    :raises Stale: if something became of the consent since it was read.
    """
    desk = access.require(actor, "cases.withdraw_consent")
    # One order for all: offers, the case, the consent, its referrals; an acceptance goes the same.
    offers = list(effects.open_offers(consent).select_for_update(of=("self",)))
    case = consents.lock_led(consent.case, desk)
    locked = Consent.objects.select_for_update(of=("self",)).get(pk=consent.pk)
    effect = effects.effect_of(locked, at=at, locked_offers=offers).settle()
    if over := effects.why_over(locked, effect, at=at):
        raise WrongStatus(over)
    if version is not None and locked.version != version:
        raise Stale(_("Something became of this consent while you were reading. Read it again."))
    locked.withdrawn_at, locked.version = at, locked.version + 1
    locked.save(update_fields=["withdrawn_at", "version"])
    for referral in effect.referrals:
        endings.end_basis(referral, endings.WITHDRAWN, at=at)
    for handoff in effect.offers:
        endings.lapse_offer(handoff, endings.WITHDRAWN, at=at)
    for grant in effect.supports:
        access.end(
            CaseGrant, on=case, of=[grant.group_id], reason="shared", source=grant.source, at=at
        )
    consents.say(
        Verb.CONSENT_WITHDRAWN,
        locked,
        case,
        at=at,
        lost=[each.slug for each in effect.losing],
        kept=[each.slug for each in effect.keeping],
    )
    return effect


def carry_out_ends(*, at: dt.datetime) -> int:
    """
    Carry out what the clock has ended, of any basis, and warn of what will end; return how much.

    Each row in a transaction of its own, and none that somebody else holds: it may run twice, in
    parallel or late. What cannot be carried out is logged by its key, and tried again next time.
    """
    return sum(
        _each(rows, carry_out, at=at)
        for rows, carry_out in (
            (_resting(at), endings.end_basis),
            (_offered(at), endings.lapse_offer),
            (_ending(at), _warn),
            (_ended(at), _end),
        )
    )


def _each(rows: "models.QuerySet[Any]", carry_out: Callable[..., None], *, at: dt.datetime) -> int:
    done = 0
    for key in rows.order_by("pk").values_list("pk", flat=True)[:BATCH]:
        try:
            with transaction.atomic():
                locked = rows.select_for_update(of=("self",), skip_locked=True).filter(pk=key)
                for row in locked:
                    carry_out(row, endings.REACHED, at=at)
                    done += 1
        except Exception:  # noqa: BLE001  whatever it is, it holds up no other
            _log.exception("the end of %s %s was not carried out", rows.model.__name__, key)
    return done


def _resting(at: dt.datetime) -> "models.QuerySet[Referral]":
    resting: Sequence[Any] = [*LAPSE.sources, *RECEIVER_RESPONSIBLE]
    return Referral.objects.filter(
        status__in=[str(status) for status in resting],
        basis_ended_at=None,
        basis__until__lte=at,
    )


def _offered(at: dt.datetime) -> "models.QuerySet[Handoff]":
    return Handoff.objects.filter(status=HandoffStatus.PROPOSED, until__lte=at)


def _open_consents() -> "models.QuerySet[Consent]":
    return Consent.objects.filter(withdrawn_at=None, ended_at=None).select_related("case")


def _ending(at: dt.datetime) -> "models.QuerySet[Consent]":
    """Return what ends within seven days; of what was given for less, the reader just said so."""
    return (
        _open_consents()
        .filter(until__gt=at, until__lte=at + ENDING, warned_at=None)
        .filter(recorded_at__lt=models.F("until") - ENDING)
        .exclude(case__status=CaseStatus.CLOSED)
    )


def _ended(at: dt.datetime) -> "models.QuerySet[Consent]":
    return _open_consents().filter(until__lte=at)


def _warn(consent: Consent, _end: str, *, at: dt.datetime) -> None:
    consent.warned_at, consent.version = at, consent.version + 1
    consent.save(update_fields=["warned_at", "version"])
    until = consent.until.isoformat()
    consents.say(Verb.CONSENT_ENDING, consent, consent.case, at=at, until=until)


def _end(consent: Consent, _end: str, *, at: dt.datetime) -> None:
    consent.ended_at, consent.version = at, consent.version + 1
    consent.save(update_fields=["ended_at", "version"])
    consents.say(Verb.CONSENT_ENDED, consent, consent.case, at=at)
