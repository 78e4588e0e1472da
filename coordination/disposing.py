"""
Disposing of what has been kept long enough, class by class, batch by batch.

A batch is one transaction that takes rows, disposes of them and certifies it. So it may stop
anywhere and go on later, and two may run at once. `settings.DISPOSERS` says who knows how for each
class; a legal hold is asked by whoever disposes of what a hold can name.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection, models, transaction
from django.utils.module_loading import import_string

from audit import disposal
from audit.models import Entry
from audit.verbs import Verb
from coordination import retention
from coordination.models import IdempotentAnswer
from coordination.retention import Rule

BATCH = 100
_HOLDS = "holds"
"""Name of the lock that disposals share, and that is whoever's who sets a hold."""

LOOKS = (
    Verb.CASES_LISTED,
    Verb.REFERRALS_LISTED,
    Verb.HANDOFFS_LISTED,
    Verb.ACCESS_REFUSED,
)
"""Entries whose bodies speak of many objects, or of none that there is."""


@dataclass(frozen=True)
class Disposer:
    """How the rows of one class are found, given the moment before which they are due; and go."""

    due: Callable[[dt.datetime], "models.QuerySet[Any]"]
    dispose: Callable[[Sequence[Any], Rule, dt.datetime], None]
    """Deletes rows, and writes the certificate."""

    batch: int = BATCH
    locks_rows: bool = False
    """People still work on these: take rows that nobody holds. Else one at a time disposes."""


def disposer(code: str) -> Disposer:
    """Return who knows how to dispose of a class."""
    found: Disposer = import_string(settings.DISPOSERS[code])
    return found


def count_due(code: str, *, at: dt.datetime) -> int:
    """Return how many things of a class are due: what a dry run shows."""
    return disposer(code).due(retention.rule(code, at=at).cutoff(at)).count()


def dispose(code: str, *, at: dt.datetime) -> int:
    """Dispose of one batch of a class, and return how many things it was; 0 when nothing is due."""
    with transaction.atomic():
        share_holds()
        rule, how = retention.rule(code, at=at), disposer(code)
        rows = how.due(rule.cutoff(at))
        if how.locks_rows:
            rows = rows.select_for_update(skip_locked=True, of=("self",))
        else:
            _lock(f"disposal:{code}")
        taken = list(rows[: how.batch])
        if taken:
            how.dispose(taken, rule, at)
        return len(taken)


def share_holds() -> None:
    """Keep holds from being set until this transaction, which asks for them, ends."""
    _lock(_HOLDS, shared=True)


def exclude_disposal() -> None:
    """Wait for disposals in flight, so that a hold keeps what is still there when it is set."""
    _lock(_HOLDS)


def _lock(name: str, *, shared: bool = False) -> None:
    ask = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute(f"select {ask}(hashtextextended(%s, 0))", [name])


def _delete(rows: Sequence[Any], rule: Rule, at: dt.datetime) -> None:
    model = type(rows[0])
    model.objects.filter(pk__in=[row.pk for row in rows]).delete()
    disposal.certify(record_class=rule.code, period=rule.period, count=len(rows), at=at)


def _forget_looks(rows: Sequence[Entry], rule: Rule, at: dt.datetime) -> None:
    entries = [entry.pk for entry in rows]
    disposal.certify(
        record_class=rule.code, period=rule.period, count=len(rows), at=at, entries=entries
    )


def deleting(rows: "models.QuerySet[Any]", since: str) -> Disposer:
    """Return a disposer of rows on which nothing hangs; `since` is the column that dates them."""
    return Disposer(lambda before: rows.filter(**{f"{since}__lt": before}).order_by("pk"), _delete)


LOOKED = Disposer(
    lambda before: Entry.objects.filter(
        verb__in=LOOKS, recorded_at__lt=before, body__isnull=False, pending__isnull=True
    ).order_by("pk"),
    _forget_looks,
)
SESSIONS = deleting(Session.objects.all(), "expire_date")
KEYS = deleting(IdempotentAnswer.objects.all(), "created_at")
