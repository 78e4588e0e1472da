"""
Cases that arrive by an import: one row, one transaction, made by the worker.

A row is deleted in the transaction that makes its case, so that a kill at any moment loses none and
makes none twice. Who asked for it is asked again at every row.
"""

import datetime as dt
import time
from functools import partial

from django.db import IntegrityError, models, transaction

from audit import retries
from audit.record import acting, recording_as
from cases.actions import importing
from cases.actions.opening import open_case
from cases.facts import LEAD_FACTS, TASK_FACTS
from cases.import_states import ImportStatus
from cases.models import Import, Imported, ImportRow
from coordination import access
from coordination.errors import NotAllowed

A_TURN, TURN_SECONDS = 100, 15
"""Rows, and seconds; then other work has its turn, and the sweep comes back soon."""


def make_due(*, at: dt.datetime) -> int:
    """Make the cases of the rows that wait, up to a turn of them; return how many rows it took."""
    stop_unstarted(at=at)
    taken, until = 0, time.monotonic() + TURN_SECONDS
    while taken < A_TURN and time.monotonic() < until and make_next(at=at):
        taken += 1
    return taken


def make_next(*, at: dt.datetime) -> bool:
    """Make the case of the next row that waits, of whichever import; tell whether there was one."""
    rows = retries.take(_waiting(at).order_by("attempts", "of__started_at", "number"), at=at)
    retries.attempt(rows, partial(_make_or_say_why_not, at=at), at=at)
    if not rows:
        _give_up(at=at)
        _finish_all(at=at)
    return bool(rows)


@transaction.atomic
def stop_unstarted(*, at: dt.datetime) -> int:
    """Stop what was checked and not started within a day, and return how many there were."""
    stopped = list(importing.unstarted(at=at))
    for each in stopped:
        importing.stop(each, reason="not_started", at=at)
    return len(stopped)


def _waiting(at: dt.datetime) -> "models.QuerySet[ImportRow]":
    rows = ImportRow.objects.filter(retries.ready(at), of__status=ImportStatus.RUNNING, failed="")
    return rows.select_related("of__desk", "of__asker")


@transaction.atomic
def _give_up(*, at: dt.datetime) -> None:
    """Say so of rows that ended their process each time."""
    died = ImportRow.objects.filter(failed="", parked_at__isnull=False, again_at__lte=at)
    for row in died.select_for_update(skip_locked=True, of=("self",)):
        _say_fault(row)


def _make_or_say_why_not(row: ImportRow, *, at: dt.datetime) -> None:
    try:
        with transaction.atomic():
            _make(row, at=at)
    except NotAllowed:
        _stop(row.of, at=at)
    except retries.PASSING:
        raise
    except Exception:  # noqa: BLE001  one bad row must not hold up the others
        _say_fault(row)


def _say_fault(row: ImportRow) -> None:
    row.failed = "fault"
    row.save(update_fields=["failed"])


def _make(row: ImportRow, *, at: dt.datetime) -> None:
    """:raises NotAllowed: if who asked for the import may no longer import at its desk."""
    asked, desk = row.of, row.of.desk
    with acting(asked.asker_id, desk.pk), recording_as("import"):
        actor = access.actor_for(asked.asker, desk_slug=desk.slug)
        access.require(actor, importing.IMPORT)
        key = Imported(desk=desk, key=row.key, fingerprint=row.fingerprint, by=asked)
        if _is_new(key):
            key.case = open_case(
                actor=actor,
                facts={k: v for k, v in row.facts.items() if k in TASK_FACTS},
                lead_facts={k: v for k, v in row.facts.items() if k in LEAD_FACTS},
                at=min(row.opened_at or at, at),
            )
            key.save(update_fields=["case"])
        row.delete()


def _is_new(key: Imported) -> bool:
    """Take a key; tell whether it is ours. Another import that holds it is waited for."""
    try:
        with transaction.atomic():
            key.save(force_insert=True)
    except IntegrityError:
        return False
    return True


def _stop(asked: Import, *, at: dt.datetime) -> None:
    # Other workers hold rows of it: whoever comes second finds it stopped.
    locked = Import.objects.select_for_update(of=("self",)).get(pk=asked.pk)
    if locked.status == ImportStatus.RUNNING:
        importing.stop(locked, reason="not_allowed", at=at)


@transaction.atomic
def _finish_all(*, at: dt.datetime) -> None:
    running = Import.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        status=ImportStatus.RUNNING
    )
    for each in running:
        if not each.rows.filter(failed="").exists():  # rows that another worker holds are there
            failed, _by_model = each.rows.all().delete()
            made = Imported.objects.filter(by=each).count()
            data = {"made": made, "failed": failed}
            importing.move("finish", each, at=at, data=data, ended_at=at, rows_failed=failed)
