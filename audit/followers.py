"""Followers of the record: each entry has its effect exactly once, in parallel and in any order."""

import math
import time
from collections.abc import Callable

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils.module_loading import import_string

from audit.models import Entry, Pending

BATCH = 100
MAX_ATTEMPTS = 5
"""A row that fails this often is parked, and `verify_record` names it."""


def follow(follower: str, *, limit: int = BATCH) -> int:
    """
    Apply one batch of what a follower owes, and return how many rows it took.

    Each effect and the deletion of its pending row are one savepoint; a batch is one transaction.
    Two workers never take the same row.
    """
    apply: Callable[[Entry], None] = import_string(settings.RECORD_FOLLOWERS[follower])
    with transaction.atomic():
        rows = list(
            Pending.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("entry")
            .filter(follower=follower, parked_at=None)
            .order_by("attempts", "id")[:limit]
        )
        for row in rows:
            _apply_one(row, apply)
    return len(rows)


def drain(follower: str, *, seconds: float = math.inf) -> int:
    """
    Follow until nothing is owed (or everything left is parked), and return how many rows.

    After `seconds` it stops at the next batch: what is left waits for the next turn, and nothing
    else waits behind a year that was loaded at once.
    """
    total, until = 0, time.monotonic() + seconds
    while taken := follow(follower):
        total += taken
        if time.monotonic() > until:
            break
    return total


def _apply_one(row: Pending, apply: Callable[[Entry], None]) -> None:
    try:
        with transaction.atomic():
            apply(row.entry)
            Pending.objects.filter(pk=row.pk).delete()
    except Exception as error:  # noqa: BLE001  one bad entry must not hold up the others
        attempts = row.attempts + 1
        Pending.objects.filter(pk=row.pk).update(
            attempts=attempts,
            last_error=type(error).__name__[:100],
            parked_at=Now() if attempts >= MAX_ATTEMPTS else None,
        )
