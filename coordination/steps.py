"""
Steps on their way: planned from the record, climbed when they are due.

A follower plans what the state of a subject asks for; it only ever adds, so the order of entries
does not matter. Whoever finds a step due asks the subject's ladder again, on the locked row: what
nobody waits for any more is void. Due times are rows: Redis may vanish and a worker may die, and
the step is only late.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Protocol

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Min, Q
from django.db.models.functions import Now
from django.utils.module_loading import import_string

from audit.gauges import Owed
from audit.models import Entry
from coordination.models import Step

MAX_ATTEMPTS = 5
"""A step that fails this often is parked, and the status page names it."""


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

    Two workers never take the same step.
    """
    taken = 0
    while taken < limit and _climb_one(at=at):
        taken += 1
    return taken


@transaction.atomic
def _climb_one(*, at: dt.datetime) -> bool:
    due = Step.objects.select_for_update(skip_locked=True).filter(
        done_at=None, parked_at=None, due_at__lte=at
    )
    step = due.order_by("attempts", "due_at", "pk").first()
    if step is None:
        return False
    ladder = ladder_of(step.subject)
    reference = step.subject.partition(":")[2]
    try:
        with transaction.atomic():
            done = ladder is not None and ladder.carry_out(
                reference, step.kind, due_at=step.due_at, at=at
            )
            Step.objects.filter(pk=step.pk).update(done_at=at, is_void=not done)
    except Exception as error:  # noqa: BLE001  one bad step must not hold up the others
        parked_at = at if step.attempts + 1 >= MAX_ATTEMPTS else None
        Step.objects.filter(pk=step.pk).update(
            attempts=F("attempts") + 1, last_error=type(error).__name__[:100], parked_at=parked_at
        )
    return True


def gauge() -> Iterator[Owed]:
    """Measure the steps that are due and were not carried out."""
    due = Q(parked_at=None, due_at__lte=Now())
    found = Step.objects.filter(done_at=None).aggregate(
        waiting=Count("pk", filter=due),
        oldest_at=Min("due_at", filter=due),
        parked=Count("pk", filter=Q(parked_at__isnull=False)),
    )
    yield Owed("steps", **found)
