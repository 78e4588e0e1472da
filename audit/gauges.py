"""
How much is owed and since when, measured by the worker: whoever reads sees that nobody measures.

The web process may not look into what the followers owe; it reads the last measure, and an old one
is itself the news: nobody sweeps.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import Count, Min, Q
from django.utils.module_loading import import_string

from audit.models import Follower, Gauge

_CACHED_SECONDS = 10


@dataclass(frozen=True)
class Owed:
    """What one queue of rows owes: how many rows, the oldest since when, how many were given up."""

    name: str
    waiting: int
    oldest_at: dt.datetime | None
    parked: int


def followers() -> Iterator[Owed]:
    """Measure what each follower of the record owes; nobody waits for what a seeding wrote."""
    live = Q(pending__parked_at=None, pending__id__isnull=False)
    awaited = live & ~Q(pending__entry__source="seed")
    for each in Follower.objects.annotate(
        waiting=Count("pending", filter=live),
        oldest_at=Min("pending__entry__recorded_at", filter=awaited),
        parked=Count("pending", filter=Q(pending__parked_at__isnull=False)),
    ).order_by("name"):
        yield Owed(each.name, each.waiting, each.oldest_at, each.parked)


@transaction.atomic
def measure(*, at: dt.datetime) -> int:
    """Measure everything that `settings.GAUGES` names; the heartbeat through the queue."""
    return _keep([owed for path in settings.GAUGES for owed in import_string(path)()], at=at)


@transaction.atomic
def measure_rarely(*, at: dt.datetime) -> int:
    """Measure what `settings.RARE_GAUGES` names, which takes longer."""
    return _keep([import_string(path)() for path in settings.RARE_GAUGES.values()], at=at)


def _keep(measured: Sequence[Owed], *, at: dt.datetime) -> int:
    Gauge.objects.bulk_create(
        [
            Gauge(
                name=owed.name,
                waiting=owed.waiting,
                oldest_at=owed.oldest_at,
                parked=owed.parked,
                measured_at=at,
            )
            for owed in sorted(measured, key=lambda owed: owed.name)
        ],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["waiting", "oldest_at", "parked", "measured_at"],
    )
    return len(measured)


def last() -> "list[Gauge]":
    """Return the last measures, by name."""
    return list(Gauge.objects.all())


def delayed_since(*, at: dt.datetime) -> dt.datetime | None:
    """
    Return since when people are told late, or None while they are told in time.

    Late is what is owed for longer than `settings.LATE_SECONDS`; that nobody measures is late too.
    """
    late = at - dt.timedelta(seconds=settings.LATE_SECONDS)
    unheard = Q(name__in=settings.TELLING_NOBODY)
    found = Gauge.objects.exclude(name__in=settings.RARE_GAUGES).aggregate(
        owed=Min("oldest_at", filter=Q(oldest_at__lt=late) & ~unheard),
        silent=Min("measured_at", filter=Q(measured_at__lt=late)),
    )
    return min((each for each in found.values() if each), default=None)


def delayed(*, at: dt.datetime) -> dt.datetime | None:
    """Return `delayed_since`, asked of the database every few seconds only."""
    known = cache.get("delayed")
    if known is None:
        known = (delayed_since(at=at),)
        cache.set("delayed", known, _CACHED_SECONDS)
    since: dt.datetime | None = known[0]
    return since
