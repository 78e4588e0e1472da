"""
Steps on their way: planned from the record, climbed when they are due.

A follower plans what the state of a subject asks for; it only ever adds, so the order of entries
does not matter. Whoever finds a step due asks the subject's ladder again, on the locked row: what
nobody waits for any more is void. Due times are rows: Redis may vanish and a worker may die, and
the step is only late.
"""

import datetime as dt
import time
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Protocol

from django.conf import settings
from django.db.models import Count, Min, Q
from django.db.models.functions import Greatest, Now
from django.utils.module_loading import import_string

from audit import retries
from audit.gauges import Owed
from audit.models import Entry
from coordination.models import Step

TURN_SECONDS = 15
"""The record refuses a moment that is a minute old: the next sweep asks the clock again."""


class Ladder(Protocol):
    """What one kind of subject asks for; `settings.LADDERS` names one for each."""

    def wanted(self, reference: str) -> Mapping[str, dt.datetime]:
        """Return the moments of the steps that its state asks for now, by code of `step`."""
        ...

    def carry_out(self, reference: str, kind: str, *, due_at: dt.datetime, at: dt.datetime) -> bool:
        """Carry a step out and record it, or return False if its state does not ask for it."""
        ...


def ladder_of(subject: str) -> Ladder | None:
    path = settings.LADDERS.get(subject.partition(":")[0])
    return import_string(path) if path else None


def plan(entry: Entry) -> None:
    """Add the steps that the subject of an entry asks for now; the effect of a follower."""
    ladder = ladder_of(entry.subject)
    if ladder is None or Entry.objects.filter(subject=entry.subject, pk__gt=entry.pk).exists():
        return  # the newest entry of a subject plans for all of them
    reference = entry.subject.partition(":")[2]
    Step.objects.bulk_create(
        [
            Step(subject=entry.subject, kind=kind, due_at=due_at)
            for kind, due_at in ladder.wanted(reference).items()
        ],
        ignore_conflicts=True,
    )


def climb(*, at: dt.datetime, limit: int = 500) -> int:
    """
    Carry out what is due, each step in a transaction of its own, and return how many were taken.

    Two workers never take the same step. What fails, or ends its process, rests behind the others.
    """
    due = Step.objects.filter(retries.ready(at), done_at=None, due_at__lte=at)
    first = due.order_by("attempts", "due_at", "pk")
    taken, until = 0, time.monotonic() + TURN_SECONDS
    while taken < limit and time.monotonic() < until and (steps := retries.take(first, at=at)):
        retries.attempt(steps, partial(_carry_out, at=at), at=at)
        taken += 1
    return taken


def _carry_out(step: Step, *, at: dt.datetime) -> None:
    ladder = ladder_of(step.subject)
    reference = step.subject.partition(":")[2]
    done = ladder is not None and ladder.carry_out(reference, step.kind, due_at=step.due_at, at=at)
    Step.objects.filter(pk=step.pk).update(
        done_at=at, is_void=not done, last_error="", again_at=None, parked_at=None
    )


def gauge() -> Iterator[Owed]:
    """
    Measure the steps that are due and were not carried out.

    One that was planned after its moment, of what was loaded long after it happened, waits only
    since then.
    """
    due = Q(parked_at=None, due_at__lte=Now())
    found = Step.objects.filter(done_at=None).aggregate(
        waiting=Count("pk", filter=due),
        oldest_at=Min(Greatest("due_at", "planned_at"), filter=due),
        parked=Count("pk", filter=Q(parked_at__isnull=False)),
    )
    yield Owed("steps", **found)
