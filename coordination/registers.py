"""Keeping the registers: legal process and breaches; and what is counted of them each year."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.record import record
from audit.verbs import Verb
from coordination import access, references, vocabularies
from coordination.errors import Invalid, Stale, WrongStatus
from coordination.gate.texts import clear
from coordination.models import AccessRequest, Breach, LegalHold, LegalProcess

KEEP = "coordination.keep_registers"


@dataclass(frozen=True)
class Said:
    """A note on a line, and why what may identify stays in it (kind -> `keep_reason`)."""

    words: str = ""
    keep: Mapping[str, str] | None = None


@transaction.atomic
def enter_process(
    *,
    actor: access.Actor,
    instrument: str,
    asked_by: str,
    asked: Sequence[str],
    received_on: dt.date,
    at: dt.datetime,
    said: Said | None = None,
    hold: LegalHold | None = None,
) -> LegalProcess:
    """
    Write down what was served, and the hold that was set for it, if one was.

    :raises NotAllowed: unless the privacy officer keeps the register.
    :raises Identifying, Invalid: if the words identify, or the day is still to come.
    """
    access.require(actor, KEEP)
    process = LegalProcess(instrument=instrument, asked_by=asked_by, asked=list(asked), hold=hold)
    insert_line(process, actor=actor, received_on=received_on, said=said, at=at)
    data = {"instrument": instrument, "asked_by": asked_by, "asked": list(asked)}
    if hold:
        data["hold"] = hold.reference
    record(Verb.PROCESS_ENTERED, subject=process.subject, at=at, data=data)
    return process


@transaction.atomic
def answer_process(
    *,
    actor: access.Actor,
    process: LegalProcess,
    outcome: str,
    given: Sequence[str],
    answered_on: dt.date,
    at: dt.datetime,
    version: int | None = None,
) -> LegalProcess:
    """
    Write down what was given, and when.

    :raises NotAllowed: unless the privacy officer keeps the register.
    :raises WrongStatus: if it was answered before.
    :raises Stale: if `version` is another one.
    """
    access.require(actor, KEEP)
    _require_past(answered_on, at=at, field="answered_on")
    # The database locks no line for a change that it does not allow.
    locked = LegalProcess.objects.select_for_update(of=("self",)).filter(pk=process.pk, outcome="")
    process = locked.first()  # type: ignore[assignment]
    if process is None:
        raise WrongStatus(_("This was answered before."))
    require_version(process, version)
    process.outcome, process.given = outcome, list(given)
    process.answered_on, process.answered_by = answered_on, actor.user
    process.version += 1
    process.save(update_fields=["outcome", "given", "answered_on", "answered_by", "version"])
    data = {"outcome": outcome, "given": list(given)}
    record(Verb.PROCESS_ANSWERED, subject=process.subject, at=at, data=data)
    return process


@transaction.atomic
def enter_breach(
    *,
    actor: access.Actor,
    kind: str,
    received_on: dt.date,
    at: dt.datetime,
    said: Said | None = None,
) -> Breach:
    """
    Write down a breach on the day on which it was discovered; it is assessed after.

    :raises NotAllowed: unless the privacy officer keeps the register.
    :raises Identifying, Invalid: if the words identify, or the day is still to come.
    """
    access.require(actor, KEEP)
    breach = Breach(kind=kind)
    insert_line(breach, actor=actor, received_on=received_on, said=said, at=at)
    record(Verb.BREACH_ENTERED, subject=breach.subject, at=at, data={"kind": kind})
    return breach


ASSESSED = (
    "sensitivity", "misuse", "steps", "risk", "persons", "reported_on", "notified_on", "closed_on"
)  # fmt: skip
"""What an assessment says, whole: what it leaves out is not so."""


@transaction.atomic
def assess_breach(
    *,
    actor: access.Actor,
    breach: Breach,
    found: Mapping[str, Any],
    at: dt.datetime,
    version: int | None = None,
) -> Breach:
    """
    Say how sensitive it was, how probable misuse is, what was done, and who was told; `ASSESSED`.

    :raises NotAllowed: unless the privacy officer keeps the register.
    :raises Invalid: if the risk is said without both of its parts, or it closes before it is said.
    :raises WrongStatus: if it is closed.
    :raises Stale: if `version` is another one.
    """
    access.require(actor, KEEP)
    rows = Breach.objects.select_for_update(of=("self",)).filter(pk=breach.pk, closed_on=None)
    breach = rows.first()  # type: ignore[assignment]
    if breach is None:
        raise WrongStatus(_("This breach is closed."))
    require_version(breach, version)
    nothing = Breach()
    for name in ASSESSED:
        setattr(breach, name, found.get(name, getattr(nothing, name)))
    if breach.risk != "not_yet" and not (breach.sensitivity and breach.misuse):
        raise Invalid(_("Say how sensitive it is and how probable misuse is."), field="risk")
    if breach.closed_on and breach.risk == "not_yet":
        raise Invalid(_("Assess the risk before you close it."), field="risk")
    for name in ("reported_on", "notified_on", "closed_on"):
        if getattr(breach, name):
            _require_past(getattr(breach, name), at=at, field=name)
    breach.version += 1
    breach.save(update_fields=[*ASSESSED, "version"])
    said = {
        name: value.isoformat() if isinstance(value, dt.date) else value
        for name, value in ((name, getattr(breach, name)) for name in ASSESSED)
    }
    record(Verb.BREACH_ASSESSED, subject=breach.subject, at=at, data=said)
    return breach


def insert_line(
    line: Any, *, actor: access.Actor, received_on: dt.date, said: Said | None, at: dt.datetime
) -> None:
    """
    Save a new line of a register under a random reference; its own entry is the caller's.

    :raises Identifying, Invalid: if the words identify, or the day is still to come.
    """
    said = said or Said()
    _require_past(received_on, at=at, field="received_on")
    line.words = clear(said.words, keep=said.keep, field="words")
    line.received_on, line.entered_by, line.entered_at = received_on, actor.user, at
    references.insert(line)


def require_version(line: Any, version: int | None) -> None:
    """:raises Stale: if a line changed since `version` was read; None asks nothing."""
    if version is not None and line.version != version:
        raise Stale(_("Somebody changed this line while you were reading. Read it again."))


def lines_of(model: Any, actor: access.Actor) -> "models.QuerySet[Any]":
    """Return the lines of a register that the privacy officer keeps, newest first."""
    rows: models.QuerySet[Any] = model.objects.select_related("entered_by")
    return rows if actor.may(KEEP) else rows.none()


def waiting(actor: access.Actor) -> int:
    """Return how many lines of the registers are not answered or not closed."""
    answered = (AccessRequest, LegalProcess)
    unanswered = sum(lines_of(model, actor).filter(outcome="").count() for model in answered)
    return unanswered + lines_of(Breach, actor).filter(closed_on=None).count()


def years(actor: access.Actor) -> list[dict[str, Any]]:
    """Return the yearly counts of FIPPA section 40.1 and of the other registers, newest first."""
    breaches = list(lines_of(Breach, actor))
    requests = list(lines_of(AccessRequest, actor))
    processes = list(lines_of(LegalProcess, actor))
    found = {line.received_on.year for line in [*breaches, *requests, *processes]}
    return [
        {
            "year": year,
            **_breaches([each for each in breaches if each.received_on.year == year]),
            "requests": sum(each.received_on.year == year for each in requests),
            "late": sum(
                bool(each.answered_on and each.answered_on > each.due_on)
                for each in requests
                if each.received_on.year == year
            ),
            "processes": sum(each.received_on.year == year for each in processes),
        }
        for year in sorted(found, reverse=True)
    ]


def _breaches(breaches: list[Breach]) -> dict[str, Any]:
    kinds = Counter(each.kind for each in breaches)
    return {
        "breaches": len(breaches),
        "kinds": [
            (each.label, kinds[each.code])
            for each in vocabularies.entries("breach_kind")
            if kinds[each.code]
        ],
        "real": sum(each.risk == "real" for each in breaches),
        "reported": sum(bool(each.reported_on) for each in breaches),
        "notified": sum(bool(each.notified_on) for each in breaches),
        "persons": sum(each.persons or 0 for each in breaches),
    }


def _require_past(day: dt.date, *, at: dt.datetime, field: str) -> None:
    if day > timezone.localdate(at):
        raise Invalid(_("Give a day that is not in the future."), field=field)
