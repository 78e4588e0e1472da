"""
Cases that arrive by an import: one row, one transaction, made by the worker.

A row is deleted in the transaction that makes its case, so that a kill at any moment loses none and
makes none twice. Who asked for it is asked again at every row.
"""

import datetime as dt
from itertools import takewhile

from django.db import IntegrityError, transaction

from audit.record import acting, recording_as
from cases.actions import importing
from cases.actions.opening import open_case
from cases.facts import LEAD_FACTS, TASK_FACTS
from cases.import_states import ImportStatus
from cases.models import Import, Imported, ImportRow
from coordination import access
from coordination.errors import NotAllowed

A_TURN = 100
"""Rows; then other work has its turn, and the sweep comes back in seconds."""


def make_due(*, at: dt.datetime) -> int:
    """Make the cases of the rows that wait, up to a turn of them; return how many rows it took."""
    stop_unstarted(at=at)
    return sum(1 for _turn in takewhile(bool, (make_next(at=at) for _ in range(A_TURN))))


@transaction.atomic
def make_next(*, at: dt.datetime) -> bool:
    """Make the case of the next row that waits, of whichever import; tell whether there was one."""
    row = (
        ImportRow.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(of__status=ImportStatus.RUNNING, failed="")
        .select_related("of__desk", "of__asker")
        .order_by("of__started_at", "number")
        .first()
    )
    if row is None:
        _finish_all(at=at)
        return False
    try:
        with transaction.atomic():
            _make(row, at=at)
    except NotAllowed:
        _stop(row.of, at=at)
    except Exception:  # noqa: BLE001  one bad row must not hold up the others
        row.failed = "fault"
        row.save(update_fields=["failed"])
    return True


@transaction.atomic
def stop_unstarted(*, at: dt.datetime) -> int:
    """Stop what was checked and not started within a day, and return how many there were."""
    stopped = list(importing.unstarted(at=at))
    for each in stopped:
        importing.stop(each, reason="not_started", at=at)
    return len(stopped)


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
