"""Recording what the person agreed to, and finding the consent that a sharing rests on."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.record import record
from audit.verbs import Verb
from cases.models import Case, Consent
from cases.models.consent import KINDS
from cases.states import Status
from coordination import access
from coordination.errors import Invalid, NotAllowed, Stale, WrongStatus
from coordination.models import Desk

LONGEST = dt.timedelta(days=2 * 365)
"""
How long after the day on which the person agreed their consent ends at the latest.

By then the person is somebody else's guest, and so may be what they want. The database allows two
days more, for zones and leap years.
"""

NOT_SO_FAR = _("It does not reach so far. Choose another, or say what the person agreed to now.")


@dataclass(frozen=True)
class ConsentGiven:
    """A consent as it was said: codes of vocabularies, the day, the end, spoken or written."""

    kind: str
    audience: Sequence[str]
    until: dt.datetime
    given_on: dt.date
    form: str
    services: Sequence[str] = field(default=())


@transaction.atomic
def record_consent(
    *, actor: access.Actor, case: Case, given: ConsentGiven, at: dt.datetime
) -> Consent:
    """
    Record a consent of the person whose case the acting desk leads.

    :raises NotAllowed: if the role cannot, or the desk does not lead the case.
    :raises WrongStatus: if the case is closed.
    :raises Invalid: if it is for nobody, not given yet, over already, or without end in sight.
    """
    desk = access.require(actor, "cases.record_consent")
    locked = lock_led(case, desk)
    if locked.status == Status.CLOSED:
        raise WrongStatus(_("This case is closed. Open it again first."))
    if given.kind not in KINDS:
        raise Invalid(_("Choose what kind of consent it is."), field="kind")
    if not given.audience:
        raise Invalid(_("Choose with whom this may be shared."), field="audience")
    if given.given_on > timezone.localdate(at):
        raise Invalid(
            _("Give the day on which the person agreed: today or before."), field="given_on"
        )
    _require_end(given, at=at)
    return _write(locked, actor, desk, given, number=_next(_said(locked)), at=at)


def rest_on(
    *,
    actor: access.Actor,
    case: Case,
    given: ConsentGiven,
    chosen: int | None = None,
    at: dt.datetime,
) -> Consent:
    """
    Return a consent of the case that allows this, and record it where there is none yet.

    The newest one that covers it is taken; what is recorded is exactly as wide as what was said.
    Where one was `chosen` by its number, it is that one or none.

    :raises NotAllowed: if the role cannot, or the desk does not lead the case.
    :raises Invalid: if the chosen one does not reach so far, or a new one does not say its form, is
        over already, or without end in sight.
    """
    desk = access.require(actor, "cases.record_consent")
    locked = lock_led(case, desk)
    said = _said(locked)
    for consent in said:
        if chosen not in {None, consent.number} or not consent.stands(at=at):
            continue
        if consent.covers(
            given.kind, services=given.services, audience=given.audience, until=given.until
        ):
            return consent
    if chosen is not None:
        raise Invalid(NOT_SO_FAR, field="consent")
    if not given.form:
        raise Invalid(_("Say how the person agreed."), field="form")
    _require_end(given, at=at)
    return _write(locked, actor, desk, given, number=_next(said), at=at)


def move_consents(*, actor: access.Actor, case: Case, kept: Case, at: dt.datetime) -> None:
    """
    Record the consents of a double anew on the case that stays, each exactly as it was given.

    Both cases are locked and linked. What is shared on them goes along, and they are taken back
    there; here they are moved, and nothing new is shared on them.
    """
    desk = access.require(actor, "cases.record_consent")
    rows = case.consents.select_for_update(of=("self",)).standing(at=at)
    for consent in rows.order_by("number"):
        given = ConsentGiven(
            kind=consent.kind,
            audience=consent.audience,
            until=consent.until,
            given_on=consent.given_on,
            services=consent.services,
            form=consent.form,
        )
        number = _next(_said(kept))
        _write(kept, actor, desk, given, number=number, at=at, moved_from=consent)
        consent.moved_at, consent.version = at, consent.version + 1
        consent.save(update_fields=["moved_at", "version"])
        say(Verb.CONSENT_MOVED, consent, case, at=at, number=number)


def _said(case: Case) -> list[Consent]:
    """Return the consents of a case, the newest first."""
    return list(case.consents.order_by("-number"))


def _next(said: Sequence[Consent]) -> int:
    return said[0].number + 1 if said else 1


def lock_standing(consent_id: int | None) -> None:
    """
    Hold a consent that something is about to be shared on, so that nobody takes it back meanwhile.

    :raises Invalid: if it was taken back.
    """
    require_standing(lock(consent_id))


def lock(consent_id: int | None) -> Consent | None:
    if consent_id is None:
        return None
    return Consent.objects.select_for_update(of=("self",)).filter(pk=consent_id).first()


def require_standing(consent: Consent | None) -> None:
    """
    Check a locked consent.

    :raises Invalid: if it was taken back.
    :raises Stale: if it has just moved to the case that is the same person.
    """
    if consent is not None and consent.moved_at is not None:
        raise Stale(_("Something became of this consent while you were reading. Read it again."))
    if consent is not None and consent.withdrawn_at is not None:
        raise Invalid(
            _("The person took this consent back. Ask them, then record a new one."), field="basis"
        )


def _require_end(given: ConsentGiven, *, at: dt.datetime) -> None:
    """:raises Invalid: if a consent that is recorded now has no end, or one that is over or far."""
    if given.until <= at:
        raise Invalid(_("Give an end in the future."), field="until")
    if timezone.localdate(given.until) > given.given_on + LONGEST:
        raise Invalid(
            _("Give an end within two years of the day on which the person agreed."), field="until"
        )


def lock_led(case: Case, desk: Desk) -> Case:
    """
    Lock a case that a desk has to lead.

    :raises NotAllowed: if it does not.
    """
    rows = Case.objects.select_for_update(of=("self",), no_key=True)
    locked = rows.filter(pk=case.pk).first()
    if locked is None or locked.lead_desk_id != desk.pk:
        raise NotAllowed(_("Only the desk that leads this case does this."))
    return locked


def _write(
    case: Case,
    actor: access.Actor,
    desk: Desk,
    given: ConsentGiven,
    *,
    number: int,
    at: dt.datetime,
    moved_from: Consent | None = None,
) -> Consent:
    consent = Consent.objects.create(
        case=case,
        number=number,
        kind=given.kind,
        services=list(given.services),
        audience=list(given.audience),
        given_on=given.given_on,
        until=given.until,
        form=given.form,
        desk=desk,
        recorder=actor.user,
        recorded_at=at,
        moved_from=moved_from,
    )
    say(
        Verb.CONSENT_RECORDED,
        consent,
        case,
        at=at,
        kind=consent.kind,
        services=consent.services,
        audience=consent.audience,
        until=consent.until.isoformat(),
        form=consent.form,
    )
    return consent


def say(verb: Verb, consent: Consent, case: Case, *, at: dt.datetime, **data: object) -> None:
    """Record what became of a consent, in the record of its case."""
    record(
        verb,
        subject=case.subject,
        at=at,
        data={"consent": consent.number, "version": consent.version, **data},
    )
