"""
Taking what was released out: files and the printed report, recorded before a byte leaves.

What leaves is always the exported audience's, whoever takes it.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from audit.record import record
from audit.verbs import Verb
from coordination import access, spreadsheets, vocabularies
from coordination.errors import Invalid
from coordination.releasing.computing import EXPORTED
from coordination.releasing.reading import VIEW, Edition
from coordination.releasing.shown import Cell, Table
from coordination.releasing.wording import sheet_title

PRINT = "print"
API = "api"
WORKBOOK = "xlsx"
CSV = "csv"


@dataclass(frozen=True)
class Wanted:
    """In which form, what for, and of one table or of all: CSV has one, print has all."""

    form: str
    purpose: str
    """Empty where a program takes it: the API asks nobody."""

    table: str = ""


@dataclass(frozen=True)
class File:
    name: str
    content: bytes
    content_type: str


@transaction.atomic
def take(*, actor: access.Actor, edition: Edition, wanted: Wanted, at: dt.datetime) -> File:
    """
    Record that somebody takes a release, or one table of it, out; and return the file.

    :raises NotAllowed: if the role at the acting desk does not read statistics.
    :raises Invalid: if the period has no such table.
    :raises UnknownCode: if form or purpose is none.
    :raises ValueError: if it is not what leaves.
    """
    table = edition.table(wanted.table)
    if table is None and (wanted.table or wanted.form == CSV):
        raise Invalid(_("Choose one of the tables of this period."), field="what")
    tell(actor=actor, edition=edition, wanted=wanted, at=at)
    banner = banner_of(edition, actor, purpose=wanted.purpose, at=at)
    name = f"{edition.period.name}-{table.name}" if table else edition.period.name
    if table and wanted.form == CSV:
        content = spreadsheets.as_csv([table.title, table.counts, *banner], *sheet_of(table))
    else:
        content = _workbook(edition.title, [table] if table else edition.tables, banner)
    return _file(name, wanted.form, content)


def tell(*, actor: access.Actor, edition: Edition, wanted: Wanted, at: dt.datetime) -> None:
    """
    Record that figures leave, where the caller shows them itself: the report, an answer of the API.

    :raises: as `take` does.
    """
    access.require(actor, VIEW)
    if edition.audience != EXPORTED:
        raise ValueError("What leaves is what the exported audience is shown.")
    vocabularies.entry("statistics_form", wanted.form)
    if wanted.purpose:
        vocabularies.entry("statistics_purpose", wanted.purpose)
    record(
        Verb.RELEASE_TAKEN,
        subject=f"release:{edition.period.name}",
        at=at,
        data={
            "form": wanted.form,
            "version": edition.version.number,
            **{name: said for name in ("table", "purpose") if (said := getattr(wanted, name))},
        },
    )


def banner_of(edition: Edition, actor: access.Actor, *, purpose: str, at: dt.datetime) -> list[str]:
    """Return what a file says of itself: what it is, how it was made, who took it and what for."""
    zone = ZoneInfo(actor.desk.time_zone if actor.desk else settings.TIME_ZONE)
    version = edition.version
    published = date_format(version.published_at.astimezone(zone), "Y-m-d")
    said = {"number": version.number, "day": published}
    lines = [
        _("Period: %(period)s (%(name)s)") % {"period": edition.title, "name": edition.period.name},
        _("Version %(number)s, published on %(day)s") % said,
    ]
    if version.reason:
        reason = vocabularies.label("correction_reason", version.reason)
        lines.append(_("Corrected: %(reason)s") % {"reason": reason})
    return [
        *lines,
        _("For export: counts below %(number)s are hidden, and what would give them away.")
        % {"number": edition.threshold},
        _("Counts are rounded to the nearest %(base)s. A hidden one may be any number.")
        % {"base": edition.base},
        _("Taken by: %(person)s, %(desk)s")
        % {"person": actor.user.get_full_name(), "desk": actor.desk.name if actor.desk else "-"},
        _("When: %(when)s") % {"when": date_format(at.astimezone(zone), "Y-m-d H:i")},
        *_what_for(purpose),
        f"SHA-256: {version.exported_digest}",
    ]


def _what_for(purpose: str) -> list[str]:
    if not purpose:
        return []
    return [
        _("What for: %(purpose)s") % {"purpose": vocabularies.label("statistics_purpose", purpose)}
    ]


def sheet_of(table: Table) -> tuple[list[str], list[list[spreadsheets.Value]]]:
    """Return headings and rows of a table; times as minutes, one row for each."""
    if table.has_times:
        return _times(table)
    rows: list[list[spreadsheets.Value]] = [
        [line.label, *map(_value, line.cells)] for line in table.lines
    ]
    return [table.rows.title, *table.headings], rows


def _times(table: Table) -> tuple[list[str], list[list[spreadsheets.Value]]]:
    headings = [each.title for each in table.dimensions]
    headings += [_("Median, in minutes"), _("90th percentile, in minutes")]
    rows: list[list[spreadsheets.Value]] = []
    for line in table.lines:
        for column, cell in zip(table.headings, line.cells, strict=True):
            times = cell.times
            found = [times.median, times.p90] if times else [_hidden(), _hidden()]
            rows.append([line.label, column, *found])
    return headings, rows


def _value(cell: Cell) -> spreadsheets.Value:
    return _hidden() if cell.number is None else cell.number


def _hidden() -> str:
    return _("hidden")


def _workbook(period: str, tables: Sequence[Table], banner: Sequence[str]) -> bytes:
    sheets: list[spreadsheets.Sheet] = []
    for table in tables:
        headings, rows = sheet_of(table)
        above = [[table.title], [table.counts]]
        sheets.append(
            spreadsheets.Sheet(
                sheet_title(table.name), [*above, headings, *rows], headings=len(above) + 1
            )
        )
    about = spreadsheets.Sheet(_("About this file"), [[line] for line in banner])
    title = f"{_('Statistics')} · {period}"
    return spreadsheets.as_workbook([*sheets, about], title=title)


def _file(name: str, form: str, content: bytes) -> File:
    return File(f"relay-{name}.{form}", content, spreadsheets.TYPES[form])
