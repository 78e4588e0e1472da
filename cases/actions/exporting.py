"""Taking cases of one's own desk out, as codes of the standard: recorded before a byte leaves."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from audit.record import record
from audit.verbs import Verb
from cases import htcds
from cases.actions.notes import Words
from cases.facts import lead_facts
from cases.models import Case, Export
from coordination import access, references, spreadsheets, vocabularies
from coordination.errors import Invalid, WrongStatus
from coordination.gate.texts import clear
from coordination.models import Desk, User

EXPORT = "cases.export_case"
AN_HOUR = dt.timedelta(hours=1)


@dataclass(frozen=True)
class Wanted:
    """Which cases, in which file, what for."""

    purpose: str
    format: str
    status: str = ""
    opened_from: dt.date | None = None
    opened_until: dt.date | None = None
    words: Words | None = None

    @property
    def filters(self) -> dict[str, str]:
        said = {"status": self.status, "from": self.opened_from, "until": self.opened_until}
        return {name: str(value) for name, value in said.items() if value}


@dataclass(frozen=True)
class File:
    name: str
    content: bytes
    made: Export


@transaction.atomic
def export_cases(*, actor: access.Actor, wanted: Wanted, at: dt.datetime) -> File:
    """
    Return a file of cases that the acting desk leads.

    It is recorded for the export and for each case, with the purpose.

    :raises NotAllowed: if the role at the acting desk cannot export.
    :raises WrongStatus: if the person took as many files as they may in an hour.
    :raises Invalid: if there are no such cases, or too many; if the words identify.
    """
    desk = access.require(actor, EXPORT)
    vocabularies.entry("export_purpose", wanted.purpose)
    _require_within_limit(actor, at=at)
    cases = _cases(actor, desk, wanted)
    words = ""
    if wanted.words and wanted.words.text.strip():
        words = clear(wanted.words.text, keep=wanted.words.keep, field="words")
    made = Export(
        desk=desk, taker=actor.user, purpose=wanted.purpose, words=words, format=wanted.format,
        rows=len(cases), taken_at=at,
    )  # fmt: skip
    references.insert(made)
    kept = getattr(words, "kept", {})
    record(
        Verb.EXPORT_TAKEN,
        subject=made.subject,
        at=at,
        data={
            "purpose": wanted.purpose,
            "format": wanted.format,
            "filters": wanted.filters,
            "shown": [case.reference for case in cases],
            **({"kept": dict(kept)} if kept else {}),
        },
    )
    for case in cases:
        data = {"export": made.reference, "purpose": wanted.purpose}
        record(Verb.CASE_EXPORTED, subject=case.subject, at=at, data=data)
    return _file(made, cases, actor)


def _require_within_limit(actor: access.Actor, *, at: dt.datetime) -> None:
    # One at a time: two at once would both find a free place.
    User.objects.select_for_update(no_key=True).get(pk=actor.user.pk)
    lately = Export.objects.filter(taker=actor.user, taken_at__gt=at - AN_HOUR).count()
    if lately >= settings.EXPORTS_AN_HOUR:
        raise WrongStatus(
            _("You took %(count)s files in the last hour. Wait, then take the next one.")
            % {"count": lately}
        )


def _cases(actor: access.Actor, desk: Desk, wanted: Wanted) -> list[Case]:
    listed = Case.objects.visible_to(actor).listed("", actor)  # nothing entered in error
    rows = listed.filter(lead_desk=desk).select_related("lead_facts")
    zone = ZoneInfo(desk.time_zone)
    if wanted.status:
        rows = rows.filter(status=wanted.status)
    if wanted.opened_from:
        rows = rows.filter(opened_at__gte=dt.datetime.combine(wanted.opened_from, dt.time(), zone))
    if wanted.opened_until:
        day = dt.datetime.combine(wanted.opened_until, dt.time(), zone) + dt.timedelta(days=1)
        rows = rows.filter(opened_at__lt=day)
    most = settings.EXPORT_MAX_ROWS
    cases = list(rows.order_by("opened_at", "pk")[: most + 1])
    if len(cases) > most:
        raise Invalid(
            _("These are more than %(most)s cases. Choose a shorter time.") % {"most": most},
            field="opened_from",
        )
    if not cases:
        raise Invalid(_("Your desk leads no such case."), field="status")
    return cases


def _file(made: Export, cases: Sequence[Case], actor: access.Actor) -> File:
    zone = ZoneInfo(made.desk.time_zone)
    rows = [htcds.written(references.display(c.reference), _facts(c, zone)) for c in cases]
    banner = _banner(made, actor, zone)
    if made.format == "xlsx":
        listed = spreadsheets.Sheet(_("Cases"), [htcds.COLUMNS, *rows], headings=1)
        about = spreadsheets.Sheet(_("About this file"), [[line] for line in banner])
        content = spreadsheets.as_workbook([listed, about])
    else:
        content = spreadsheets.as_csv(banner, htcds.COLUMNS, rows)
    return File(f"relay-{references.display(made.reference)}.{made.format}", content, made)


def _facts(case: Case, zone: ZoneInfo) -> Mapping[str, Any]:
    return {
        **lead_facts(case),
        "status": case.status,
        "closure_reason": case.closure_reason,
        "opened_on": case.opened_at.astimezone(zone).date(),
        "gender_identity": case.gender_identity,
        "service_language": case.service_language,
        "dependants": case.dependants,
    }


def _banner(made: Export, actor: access.Actor, zone: ZoneInfo) -> list[str]:
    """Return who, when and what for, and what the reader must not take the file for."""
    purpose = vocabularies.label("export_purpose", made.purpose)
    when = date_format(made.taken_at.astimezone(zone), "Y-m-d H:i")
    return [
        _("Taken by: %(person)s, %(desk)s")
        % {"person": actor.user.get_full_name(), "desk": made.desk.name},
        _("When: %(when)s") % {"when": when},
        _("What for: %(purpose)s") % {"purpose": purpose},
        *([made.words] if made.words else []),
        _("Export %(code)s, cases: %(count)s")
        % {"code": references.display(made.reference), "count": made.rows},
        _("Coded, not anonymous: whoever knows a person may know them by these facts."),
        _("HTCDS 2.0 (IOM). An empty cell was not said, or is withheld."),
    ]
