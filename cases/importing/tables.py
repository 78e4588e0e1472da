"""
Files into rows of texts: CSV as programs write it, and the first sheet of an Excel workbook.

In memory only. Every limit is said to the person; nothing of a file is in a message.
"""

import csv
import datetime as dt
import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import openpyxl
from defusedxml import DefusedXmlException
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from coordination.errors import Invalid

MOST_COLUMNS = 100
LONGEST_CELL = 500
"""Characters; what is longer is no code, and is not read."""

_UNPACKED = 30 * 1024 * 1024  # bytes, of all parts of a workbook together
_PARTS = 200
_SHEET_ROWS = 100_000  # blank ones too: a cell at the far end of a sheet makes a million

_BROKEN = (
    *(ValueError, KeyError, IndexError, TypeError, AttributeError, SyntaxError, OSError, EOFError),
    *(zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, DefusedXmlException),
)
"""The library answers a broken file with whatever its parts raise."""

_TOO_MANY = _("This file has more than %(rows)s rows. Divide it.")


@dataclass(frozen=True)
class Row:
    number: int
    """As a spreadsheet counts: the first line of the file is 1."""

    cells: list[str]


@dataclass(frozen=True)
class Table:
    headings: list[str]
    rows: list[Row]
    format: str


def read(content: bytes) -> Table:
    """
    Return the headings and the rows that are not blank.

    Lines in front of the headings that begin with "#" are passed over: an export has some.

    :raises Invalid: if it is too large, no table, or has macros or no rows.
    """
    if len(content) > settings.IMPORT_MAX_BYTES:
        raise too_large()
    is_workbook = content.startswith(b"PK\x03\x04")
    lines = _workbook(content) if is_workbook else _csv(content)
    try:
        rows = list(_filled(lines))
    except csv.Error:
        raise unreadable() from None
    if not rows:
        raise Invalid(_("This file has no rows."), field="file")
    headings, *rest = rows
    if len(headings.cells) > MOST_COLUMNS:
        raise Invalid(
            _("This file has more than %(columns)s columns. Remove what Relay does not keep.")
            % {"columns": MOST_COLUMNS},
            field="file",
        )
    return Table(headings.cells, rest, "xlsx" if is_workbook else "csv")


def too_large() -> Invalid:
    kilobytes = settings.IMPORT_MAX_BYTES // 1024
    return Invalid(
        _("This file is larger than %(kilobytes)s kB. Divide it.") % {"kilobytes": kilobytes},
        field="file",
    )


def unreadable() -> Invalid:
    return Invalid(
        _("This file cannot be read. Save it as CSV (UTF-8) or as an Excel workbook (.xlsx)."),
        field="file",
    )


def _filled(lines: Iterator[list[str]]) -> Iterator[Row]:
    count = 0
    for number, cells in enumerate(lines, start=1):
        if number > _SHEET_ROWS:
            raise Invalid(_TOO_MANY % {"rows": settings.IMPORT_MAX_ROWS}, field="file")
        if not any(cells) or (count == 0 and cells[0].startswith("#")):
            continue
        count += 1
        # One more for the headings, and one for the labels under those of the standard.
        if count > settings.IMPORT_MAX_ROWS + 2:
            raise Invalid(_TOO_MANY % {"rows": settings.IMPORT_MAX_ROWS}, field="file")
        yield Row(number, cells)


def _csv(content: bytes) -> Iterator[list[str]]:
    text = _decoded(content)
    if "\0" in text:
        raise unreadable()
    first = next((line for line in text.splitlines() if line.lstrip('"')[:1] not in {"", "#"}), "")
    separator = max(",;\t", key=first.count)
    for cells in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True):
        yield [cell.strip() for cell in cells]


def _decoded(content: bytes) -> str:
    """Return the text: UTF-8, UTF-16 with its mark, or what Excel writes in French."""
    encodings = ["utf-8-sig", "cp1252"]
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        encodings = ["utf-16"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise unreadable()


def _workbook(content: bytes) -> Iterator[list[str]]:
    _require_plain(content)
    try:
        book = openpyxl.load_workbook(
            io.BytesIO(content), read_only=True, data_only=True, keep_links=False
        )
        sheet: Any = book.worksheets[0]
        sheet.reset_dimensions()  # a file may lie about its own size
        for cells in sheet.iter_rows(max_col=MOST_COLUMNS + 1, values_only=True):
            texts = [_text(cell) for cell in cells]
            while len(texts) > 1 and not texts[-1]:
                texts.pop()
            yield texts
    except _BROKEN:
        raise unreadable() from None


def _require_plain(content: bytes) -> None:
    """:raises Invalid: if a workbook would unpack to too much, or carries macros."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            found = parts.infolist()
    except zipfile.BadZipFile:
        raise unreadable() from None
    # What a part says of its size is also the most that is unpacked of it.
    if len(found) > _PARTS or sum(each.file_size for each in found) > _UNPACKED:
        raise too_large()
    if any("vbaproject" in each.filename.lower() for each in found):
        raise Invalid(
            _("This workbook has macros. Save it as an Excel workbook (.xlsx) without them."),
            field="file",
        )


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
