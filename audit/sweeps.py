"""
Work that is owed by time and not by an entry: swept every few seconds, by rows that are due.

What is due is asked of PostgreSQL's clock: a worker whose own is wrong does nothing early or late.
"""

import datetime as dt
import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

from django.conf import settings
from django.db import connection, models
from django.utils.module_loading import import_string

_log = logging.getLogger(__name__)
Row = TypeVar("Row", bound=models.Model)


def sweep(name: str) -> int:
    """Do what one of `settings.SWEEPS` finds due now, and return how much it was."""
    return int(import_string(settings.SWEEPS[name])(at=now()))


def each(rows: Iterable[Row], act: Callable[[Row], object]) -> None:
    """Do it for each; what fails is logged by its key, holds up no other, and comes again."""
    for row in rows:
        try:
            act(row)
        except Exception:  # noqa: BLE001  whatever it is
            _log.exception("a sweep left out %s %s", type(row).__name__, row.pk)


def now() -> dt.datetime:
    with connection.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        (at,) = cursor.fetchone()
    moment: dt.datetime = at
    return moment
