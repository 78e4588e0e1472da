"""
Rows that are owed: taken, tried, and tried again later.

A row is taken in a transaction of its own before it is tried, so that whatever ends the process
leaves its trace: such a row is tried alone from then on, and holds up no other.
"""

import datetime as dt
import math
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, models, transaction
from django.db.models.functions import Now

Moment = dt.datetime | Now

PASSING = (OperationalError, InterfaceError)
"""What is no fault of a row: a deadlock, a lock that is not given, PostgreSQL that goes away."""

DIED = "ProcessDied"
"""The last error of a row while it is tried; it stays if nobody comes back from that."""

MOST_DEATHS = 3
"""A row that was tried alone so often, and ended its process the last time, is parked."""

_AWAY_SECONDS = 30
"""How long a process that lost PostgreSQL goes on trying to say that it came back."""


class Tried(models.Model):
    """What a row remembers of the attempts at it."""

    attempts = models.SmallIntegerField(default=0)
    last_error = models.CharField(max_length=100, default="", blank=True)
    again_at = models.DateTimeField(null=True, help_text="not before: it is tried, or has failed")
    parked_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


Row = TypeVar("Row", bound=Tried)


def ready(at: Moment) -> models.Q:
    """Return the condition of rows that do not rest at a moment, and were not given up."""
    is_rested = models.Q(again_at=None) | models.Q(again_at__lte=at)
    return is_rested & models.Q(parked_at=None)


@transaction.atomic
def take(
    rows: "models.QuerySet[Row]", *, at: Moment, limit: int = 1, alone: bool = True
) -> list[Row]:
    """
    Take the first rows that nobody else has; they are returned as they were.

    Alone, the attempt at a row is counted before it is made.
    """
    taken = list(rows.select_for_update(skip_locked=True, of=("self",))[:limit])
    for row in taken if alone else ():
        _rest(row, DIED, attempts=row.attempts + 1, most=MOST_DEATHS, at=at)
    if taken and not alone:
        keys = [row.pk for row in taken]
        again_at = at + waits()[0]
        models.QuerySet(rows.model).filter(pk__in=keys).update(last_error=DIED, again_at=again_at)
    return taken


def attempt(
    taken: Sequence[Row],
    act: Callable[[Row], None],
    *,
    at: Moment,
    until: float = math.inf,
) -> None:
    """
    Try what was taken, in one transaction: what fails rests, and holds up no other.

    `until` is a moment of `time.monotonic`; what is not tried by then comes again, alone.
    """
    try:
        with transaction.atomic():
            for row in _held(taken):
                if time.monotonic() < until:
                    _attempt_one(row, act, at=at)
    except PASSING as error:
        _came_back(taken, error, at=at)
    except Exception as error:  # noqa: BLE001  the commit was refused for one of them
        if len(taken) == 1:  # else each is tried alone when it has rested
            _came_back(taken, error, at=at)


def _attempt_one(row: Row, act: Callable[[Row], None], *, at: Moment) -> None:
    try:
        with transaction.atomic():
            act(row)
    except Exception as error:
        if connection.needs_rollback:
            raise  # the connection is lost
        _failed(row, error, at=at)


def _held(taken: Sequence[Row]) -> list[Row]:
    """Lock what was taken until the transaction ends; without what somebody else has by now."""
    if not taken:
        return []
    locked: models.QuerySet[Row] = models.QuerySet(type(taken[0]))
    locked = locked.filter(pk__in=[row.pk for row in taken]).select_for_update(skip_locked=True)
    keys = set(locked.values_list("pk", flat=True))
    return [row for row in taken if row.pk in keys]


def _came_back(taken: Sequence[Row], error: Exception, *, at: Moment) -> None:
    """Say that this process lives, once PostgreSQL hears it."""
    until = time.monotonic() + _AWAY_SECONDS
    while True:
        connection.close()
        try:
            with transaction.atomic():
                for row in taken:
                    _failed(row, error, at=at)
        except PASSING:
            if time.monotonic() > until:
                raise
            time.sleep(1)
        else:
            return


def _failed(row: Tried, error: Exception, *, at: Moment) -> None:
    is_passing = isinstance(error, PASSING)
    attempts = row.attempts if is_passing else row.attempts + 1
    most = len(waits()) + 1
    _rest(row, type(error).__name__[:100], attempts=attempts, most=most, at=at)


def _rest(row: Tried, error: str, *, attempts: int, most: int, at: Moment) -> None:
    """Let a row rest, longer after each failure that counts, or park it after the last."""
    rests = waits()
    models.QuerySet(type(row)).filter(pk=row.pk).update(
        attempts=attempts,
        last_error=error,
        again_at=at + rests[min(max(attempts, 1), len(rests)) - 1],
        parked_at=at if attempts >= most else None,
    )


def waits() -> list[dt.timedelta]:
    """Return how long a row rests after each failure."""
    return [dt.timedelta(seconds=each) for each in settings.RETRY_SECONDS]
