"""Followers of the record: each entry has its effect exactly once, in parallel and in any order."""

import math
import time
from collections.abc import Callable

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.module_loading import import_string

from audit import retries
from audit.models import Entry, Pending

BATCH = 100
ALONE = 10
"""Rows of which a process died: so many between two batches of the others."""


def drain(follower: str, *, seconds: float = math.inf) -> int:
    """
    Follow until nothing is owed (or what is left rests or is parked), and return how many rows.

    After `seconds` it stops at the next batch: what is left waits for the next turn, and nothing
    else waits behind a year that was loaded at once.
    """
    total, until = 0, time.monotonic() + seconds
    while taken := follow(follower, until=until) + _follow_alone(follower, until=until):
        total += taken
    return total


def follow(follower: str, *, limit: int = BATCH, until: float = math.inf) -> int:
    """
    Apply one batch of what a follower owes, and return how many rows it took.

    Each effect and the deletion of its pending row are one savepoint; a batch is one transaction.
    Two workers never take the same row.
    """
    if time.monotonic() > until:
        return 0
    fresh = _owed(follower).exclude(last_error=retries.DIED)
    rows = retries.take(fresh, at=Now(), limit=limit, alone=False)
    retries.attempt(rows, _applying(follower), at=Now(), until=until)
    return len(rows)


def _follow_alone(follower: str, *, until: float) -> int:
    died, total = _owed(follower).filter(last_error=retries.DIED), 0
    while total < ALONE and time.monotonic() < until and (rows := retries.take(died, at=Now())):
        retries.attempt(rows, _applying(follower), at=Now())
        total += 1
    return total


def _owed(follower: str) -> "QuerySet[Pending]":
    """Return what may be tried now, whatever failed least often first."""
    rows = Pending.objects.select_related("entry").filter(retries.ready(Now()), follower=follower)
    return rows.order_by("attempts", "id")


def _applying(follower: str) -> Callable[[Pending], None]:
    apply: Callable[[Entry], None] = import_string(settings.RECORD_FOLLOWERS[follower])

    def act(row: Pending) -> None:
        apply(row.entry)
        Pending.objects.filter(pk=row.pk).delete()

    return act
