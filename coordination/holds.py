"""Legal holds: what stays although its time is over, why, by whom, until when."""

import datetime as dt

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from audit.record import record
from audit.verbs import Verb
from coordination import access, disposing, references, vocabularies
from coordination.errors import Invalid, WrongStatus
from coordination.gate.texts import clear
from coordination.models import Agency, Desk, LegalHold

SET_HOLD = "coordination.set_hold"
OTHER = "other"


@transaction.atomic
def set_hold(
    *,
    actor: access.Actor,
    of: str | Desk | Agency,
    reason: str,
    at: dt.datetime,
    until: dt.datetime | None = None,
    words: str = "",
    keep: dict[str, str] | None = None,
) -> LegalHold:
    """
    Keep a case (by its code), or all that a desk or an agency had a part in, until lifted or over.

    It waits for a disposal in flight: what it names is then either kept, or known to be gone.

    :raises NotAllowed: unless the privacy officer sets it.
    :raises Identifying: if the words identify, or may and were not kept.
    :raises Invalid: if there is no such case, it ends in the past, or "other" is not said in words.
    """
    access.require(actor, SET_HOLD)
    vocabularies.entry("hold_reason", reason)
    said = clear(words, keep=keep, field="words")
    if reason == OTHER and not said:
        raise Invalid(_("Say in words why."), field="words")
    if until is not None and until <= at:
        raise Invalid(_("Give a day in the future, or none."), field="until")
    disposing.exclude_disposal()
    hold = LegalHold(reason=reason, words=said, until=until, set_by=actor.user, set_at=at)
    if isinstance(of, Desk):
        hold.desk = of
    elif isinstance(of, Agency):
        hold.agency = of
    else:
        hold.case_reference = _known_case(of)
    references.insert(hold)
    record(
        Verb.HOLD_SET,
        subject=hold.subject,
        at=at,
        data={
            **_named(hold),
            "reason": reason,
            "until": until.isoformat() if until else None,
            **({"kept": dict(said.kept)} if said.kept else {}),
        },
    )
    return hold


@transaction.atomic
def lift_hold(*, actor: access.Actor, hold: LegalHold, reason: str, at: dt.datetime) -> LegalHold:
    """
    End a hold: what it kept is disposed of from the next night on, if its time is over.

    :raises NotAllowed: unless the privacy officer lifts it.
    :raises WrongStatus: if it was lifted before.
    """
    access.require(actor, SET_HOLD)
    vocabularies.entry("hold_lift_reason", reason)
    lifted = LegalHold.objects.filter(pk=hold.pk, lifted_at=None).update(
        lifted_at=at, lifted_by=actor.user, lift_reason=reason
    )
    if not lifted:
        raise WrongStatus(_("This hold was lifted before."), allowed=[])
    record(Verb.HOLD_LIFTED, subject=hold.subject, at=at, data={**_named(hold), "reason": reason})
    hold.refresh_from_db()
    return hold


def holds_of(actor: access.Actor) -> QuerySet[LegalHold]:
    """Return the holds that the privacy officer keeps, newest first; nobody else sees one."""
    rows = LegalHold.objects.select_related(
        "desk__agency", "desk__team", "agency", "set_by"
    ).order_by("-pk")
    return rows if actor.may(SET_HOLD) else rows.none()


def is_held(case_reference: str) -> bool:
    """
    Tell whoever leads a case whether a legal hold keeps it that names the case, or them.

    That another desk of it is under a hold is the privacy officer's to know.
    """
    return _asked("case_is_held", case_reference)


def _known_case(typed: str) -> str:
    """:raises Invalid: if no case has this code."""
    try:
        reference = references.parse(typed)
    except references.BadReference:
        reference = ""
    if not reference or not _asked("case_is_known", reference):
        raise Invalid(_("This is no case’s code; a hold needs the case’s."), field="case")
    return reference


def _asked(question: str, reference: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"select {question}(%s)", [reference])
        (answer,) = cursor.fetchone()
    return bool(answer)


def _named(hold: LegalHold) -> dict[str, str]:
    """Return what a hold names, as the record says it."""
    if hold.case_reference:
        return {"case": hold.case_reference}
    return {"desk": hold.desk.slug} if hold.desk else {"agency": hold.agency.slug}  # type: ignore[union-attr]
