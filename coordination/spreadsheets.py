"""
Tables as files: CSV or an Excel workbook, with who took them, when and what for.

No cell is ever a formula, whatever stands in it and wherever a spreadsheet cuts a line.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

import openpyxl
from django.utils.translation import get_language
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

Value = str | int


class Sheet(NamedTuple):
    title: str
    rows: Sequence[Sequence[Value]]
    headings: int = 0
    """Which row they are, from 1: it stays in sight, and filters what is below; 0 without any."""


TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""Format of a file -> what an answer calls it."""

_LONGEST_TITLE = 31
"""Of a sheet, as spreadsheets have it."""

_NARROWEST, _WIDEST = 10, 60
"""Of a column, in characters; what is longer is cut where the next cell is filled."""

_BEGINS = ("=", "+", "-", "@", "\t", "\r")
_CUTS = re.compile(
    r"(?<=[;,|\t\n\r])(?=\s*[=+\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b])"
)
"""Where a separator is followed by a sign that begins a formula, full-width and small forms too."""

_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\ufeff]")


def harmless(text: str) -> str:
    """
    Return a cell that no spreadsheet takes for a formula.

    Full-width signs count too, as programs fold them; and so does what follows a separator, where
    another program cuts the cell.
    """
    text = _CUTS.sub("'", _UNSEEN.sub("", text))
    folded = unicodedata.normalize("NFKC", text).lstrip(" \n")
    return f"'{text}" if folded.startswith(_BEGINS) else text


def as_csv(
    banner: Sequence[str], headings: Sequence[str], rows: Sequence[Sequence[Value]]
) -> bytes:
    """Return UTF-8 with its mark, every cell quoted; lines of the banner begin with "#"."""
    # A semicolon is what Excel takes for a separator where numbers have a decimal comma.
    separator = ";" if (get_language() or "en").startswith("fr") else ","
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator, quoting=csv.QUOTE_ALL)
    writer.writerows([harmless(f"# {line}")] for line in banner)
    writer.writerow([harmless(cell) for cell in headings])
    writer.writerows([harmless(str(cell)) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def as_workbook(sheets: Sequence[Sheet], *, title: str = "") -> bytes:
    """Return a workbook; a number is one, and every other cell is a text."""
    book = openpyxl.Workbook(write_only=True)
    book.properties.creator, book.properties.title = "Relay / Relais", title or None
    for each in sheets:
        sheet = book.create_sheet(each.title[:_LONGEST_TITLE].strip())
        _lay_out(sheet, each)
        for number, row in enumerate(each.rows, 1):
            cells = [_cell(sheet, value) for value in row]
            if number == each.headings:
                for cell in cells:
                    cell.font = Font(bold=True)
            sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _lay_out(sheet: Any, given: Sheet) -> None:
    """Set widths, what stays in sight and the filter, which have to be said before the rows."""
    table = given.rows[max(given.headings - 1, 0) :]
    for number, column in enumerate(zip_longest(*table, fillvalue=""), 1):
        longest = max(len(str(value)) for value in column)
        width = min(max(longest + 2, _NARROWEST), _WIDEST)
        sheet.column_dimensions[get_column_letter(number)].width = width
    if given.headings:
        sheet.freeze_panes = f"B{given.headings + 1}"
        last = get_column_letter(len(table[0]))
        sheet.auto_filter.ref = f"A{given.headings}:{last}{len(given.rows)}"


def _cell(sheet: Any, value: Value) -> Any:
    if isinstance(value, int):
        return WriteOnlyCell(sheet, value=value)
    cell = WriteOnlyCell(sheet, value=harmless(value))
    cell.data_type = "s"
    return cell
