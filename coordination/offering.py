"""What a desk offers, as others see it: the one place that reads capacity and pace."""

import datetime as dt

from django.db import models
from django.db.models import Q

from coordination import pace
from coordination.models import Capacity, Desk, Eligibility, Pace
from coordination.models.offer import OPEN

FULL = "full"


def with_offer(desks: "models.QuerySet[Desk]") -> "models.QuerySet[Desk]":
    """Load what `level_of`, `beds_of` and `usual_time_of` read, in the same query."""
    return desks.select_related("capacity_said", "pace").prefetch_related("eligibility")


def level_of(desk: Desk, *, at: dt.datetime) -> str:
    """Return a desk's capacity now, a code of the vocabulary `capacity`."""
    said = _said(desk)
    return said.level_at(at) if said else OPEN


def until_of(desk: Desk, *, at: dt.datetime) -> dt.datetime | None:
    said = _said(desk)
    return said.until if said and said.level_at(at) != OPEN else None


def beds_of(desk: Desk, *, at: dt.datetime) -> int | None:
    """Return the beds free tonight, or None where nobody said so lately."""
    said = _said(desk)
    return said.beds_at(at) if said else None


def note_of(desk: Desk, *, at: dt.datetime) -> str:
    """Return what its duty lead said in words, as long as that holds."""
    said = _said(desk)
    return said.note_at(at) if said else ""


def usual_time_of(desk: Desk) -> str:
    """Return how long it usually takes to accept, a code of the vocabulary `usual_time`."""
    found: Pace | None = getattr(desk, "pace", None)
    return pace.band_of(found)


def accepting(desks: "models.QuerySet[Desk]") -> "models.QuerySet[Desk]":
    """Leave out desks that said that they are full, as long as that holds."""
    full = Capacity.objects.current().filter(level=FULL).values("desk_id")
    return desks.exclude(pk__in=full)


def taking(
    desks: "models.QuerySet[Desk]", *, column: str, code: str, service: str = ""
) -> "models.QuerySet[Desk]":
    """
    Keep desks whose list names the code, or that name nothing: those take everybody.

    For a service, what the desk says of it alone comes before what it says of itself.
    """
    named = Q(**{f"{column}__contains": [code]})
    rows = Eligibility.objects.filter(service=service).exclude(**{column: []})
    taken, said = rows.filter(named).values("desk_id"), rows.values("desk_id")
    return desks.filter(Q(pk__in=taken) | (named | Q(**{column: []})) & ~Q(pk__in=said))


def _said(desk: Desk) -> Capacity | None:
    return getattr(desk, "capacity_said", None)
