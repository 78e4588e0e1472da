"""Importing cases: check a file, start what was taken of it, stop it. See also `arriving`."""

import datetime as dt
import hashlib
import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from audit.record import record
from audit.verbs import Verb
from cases.import_states import IMPORT_TRANSITIONS, ImportStatus
from cases.importing import tables
from cases.importing.answers import Judged, Refusal, Taken
from cases.importing.columns import plain
from cases.importing.judging import Judge
from cases.models import Import, Imported, ImportRow
from coordination import access, references, vocabularies
from coordination.errors import NotAllowed, Stale, WrongStatus
from coordination.models import Area, Desk

IMPORT = "cases.import_case"
KEPT_CHECKED = dt.timedelta(hours=24)
"""How long the rows of a checked file wait to be started."""


@dataclass(frozen=True)
class Answer:
    """What became of one row of a checked file. In the answer to its sender, and nowhere else."""

    number: int
    answer: str
    """Vocabulary `import_answer`."""

    refusal: Refusal | None = None
    case_id: int | None = None
    """The case that was made of the row before, if it is still kept."""


@dataclass(frozen=True)
class Checked:
    made: Import
    answers: Sequence[Answer]
    not_kept: Sequence[str]
    """Headings of columns that Relay does not keep."""


@transaction.atomic
def check_import(
    *, actor: access.Actor, content: bytes, at: dt.datetime, key_heading: str = ""
) -> Checked:
    """
    Judge a file row by row, and keep the rows that were taken until they are started.

    `key_heading` names the column that knows a row again; without it, the one called "key".

    :raises NotAllowed: if the role at the acting desk cannot import.
    :raises Invalid: if the file cannot be read, is too large, or lacks columns.
    """
    desk = access.require(actor, IMPORT)
    judge = Judge(tables.read(content), _areas(), _today(desk, at), key_heading)
    kept: list[ImportRow] = []
    answers: list[Answer] = []
    judged = list(judge.judge())
    known = _known(desk, judged)
    for each in judged:
        answer, row = _answer(each, desk, known)
        answers.append(answer)
        if row:
            kept.append(row)
    made = Import(
        desk=desk,
        asker=actor.user,
        format=judge.table.format,
        checked_at=at,
        rows_read=len(answers),
        rows_refused=sum(each.answer == "refused" for each in answers),
        rows_known=sum(each.answer == "already_imported" for each in answers),
    )
    references.insert(made)
    for row in kept:
        row.of = made
    ImportRow.objects.bulk_create(kept)
    record(
        Verb.IMPORT_CHECKED,
        subject=made.subject,
        version=made.version,
        at=at,
        data={
            "rows": made.rows_read,
            "refused": made.rows_refused,
            "known": made.rows_known,
            "standard": judge.standard,
        },
    )
    return Checked(made, answers, judge.not_kept)


@transaction.atomic
def start_import(
    *, importing: Import, actor: access.Actor, at: dt.datetime, version: int | None = None
) -> Import:
    """
    Have the rows that were taken made into cases; they are made as the person who checked them.

    :raises NotAllowed: if somebody else checked it, or the role cannot import.
    :raises WrongStatus: if it was started or stopped before.
    :raises Stale: if `version` is another one.
    """
    locked = _lock("start", importing, actor, version)
    if locked.asker_id != actor.user.pk:
        raise NotAllowed(_("Only the person who checked the file starts it."))
    return move("start", locked, at=at, data={"rows": locked.rows_taken}, started_at=at)


@transaction.atomic
def stop_import(
    *, importing: Import, actor: access.Actor, at: dt.datetime, version: int | None = None
) -> Import:
    """
    Make no more cases of it, and forget the rows that wait. Cases that were made stay.

    :raises NotAllowed: if another desk checked it, or the role cannot import.
    :raises WrongStatus: if it is over.
    :raises Stale: if `version` is another one.
    """
    locked = _lock("stop", importing, actor, version)
    return stop(locked, reason="by_desk", at=at)


def stop(importing: Import, *, reason: str, at: dt.datetime) -> Import:
    """Stop a locked import; `reason` is of the vocabulary `import_stop_reason`."""
    waiting, _by_model = importing.rows.all().delete()
    data = {"reason": reason, "rows": waiting}
    return move("stop", importing, at=at, data=data, ended_at=at, stop_reason=reason)


def move(
    verb: str, importing: Import, *, at: dt.datetime, data: Mapping[str, Any], **columns: Any
) -> Import:
    """Save the next status of a locked import with further columns, and record it."""
    transition = IMPORT_TRANSITIONS[verb]
    importing.status = transition.target
    importing.version += 1
    for name, value in columns.items():
        setattr(importing, name, value)
    importing.save(update_fields=["status", "version", *columns])
    record(
        transition.event,
        subject=importing.subject,
        version=importing.version,
        at=at,
        data={"status": importing.status, **data},
    )
    return importing


def allowed_verbs(importing: Import, actor: access.Actor) -> list[str]:
    """Return what the acting desk may do with an import now."""
    if not actor.acts_for(importing.desk_id) or not actor.may(IMPORT):
        return []
    verbs = ["start"] if importing.asker_id == actor.user.pk and importing.rows_taken else []
    return [v for v in (*verbs, "stop") if importing.status in IMPORT_TRANSITIONS[v].sources]


def _lock(verb: str, importing: Import, actor: access.Actor, version: int | None) -> Import:
    desk = access.require(actor, IMPORT)
    locked = Import.objects.select_for_update(of=("self",)).get(pk=importing.pk)
    if locked.desk_id != desk.pk:
        raise NotAllowed(_("Another desk checked this file."))
    if locked.status not in IMPORT_TRANSITIONS[verb].sources:
        status = vocabularies.label("import_status", locked.status)
        raise WrongStatus(
            _("Not possible now: this import is “%(status)s”.") % {"status": status},
            allowed=allowed_verbs(locked, actor),
        )
    if verb == "start" and not locked.rows_taken:
        raise WrongStatus(_("No row of this file becomes a case."), allowed=["stop"])
    if version is not None and locked.version != version:
        raise Stale(_("Somebody changed this import while you were reading. Read it again."))
    return locked


def _answer(
    each: Judged, desk: Desk, known: Mapping[bytes, Imported]
) -> tuple[Answer, ImportRow | None]:
    if each.taken is None:
        return Answer(each.number, "refused", refusal=each.refusal), None
    key, fingerprint = _digest(desk, "key", each.taken.key), _fingerprint(desk, each.taken)
    before = known.get(key)
    if before and bytes(before.fingerprint) != fingerprint:
        refusal = Refusal("key_changed")
        return Answer(each.number, "refused", refusal, before.case_id), None
    if before:
        return Answer(each.number, "already_imported", case_id=before.case_id), None
    row = ImportRow(
        number=each.number,
        key=key,
        fingerprint=fingerprint,
        facts=dict(each.taken.facts),
        opened_at=_noon(desk, each.taken.opened_on),
    )
    return Answer(each.number, "will_be_made"), row


def _known(desk: Desk, judged: Sequence[Judged]) -> dict[bytes, Imported]:
    """Return which of the rows' keys came before, by digest."""
    keys = [_digest(desk, "key", each.taken.key) for each in judged if each.taken]
    rows = Imported.objects.filter(desk=desk, key__in=keys)
    return {bytes(each.key): each for each in rows}


def _digest(desk: Desk, use: str, text: str) -> bytes:
    """Return what is kept of a key: without the secret of the installation nobody can guess it."""
    normal = unicodedata.normalize("NFC", text)
    secret = settings.IMPORT_SECRET
    salt = f"relay.import.{use}.{desk.slug}"
    return salted_hmac(salt, normal, secret=secret, algorithm="sha256").digest()


def fingerprint_of_file(content: bytes) -> str:
    """Return what an Idempotency-Key keeps of a file: without the secret nobody can try names."""
    digest = hashlib.sha256(content).hexdigest()
    secret = settings.IMPORT_SECRET
    return salted_hmac("relay.import.file", digest, secret=secret, algorithm="sha256").hexdigest()


def _fingerprint(desk: Desk, taken: Taken) -> bytes:
    said = json.dumps([dict(taken.facts), str(taken.opened_on)], sort_keys=True)
    return _digest(desk, "facts", said)


def _areas() -> dict[str, str]:
    return {
        plain(name): area.slug
        for area in Area.objects.all()
        for name in (area.name_fr, area.name_en, area.slug)
    }


def _today(desk: Desk, at: dt.datetime) -> dt.date:
    return at.astimezone(ZoneInfo(desk.time_zone)).date()


def _noon(desk: Desk, day: dt.date | None) -> dt.datetime | None:
    """Return a day as the moment that is kept: noon is the same day in every zone of Ontario."""
    return dt.datetime.combine(day, dt.time(12), ZoneInfo(desk.time_zone)) if day else None


def unstarted(*, at: dt.datetime) -> Iterator[Import]:
    """Yield, locked, the imports that nobody started in time."""
    yield from Import.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        status=ImportStatus.CHECKED, checked_at__lte=at - KEPT_CHECKED
    )
