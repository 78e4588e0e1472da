"""
Tables as files: CSV or an Excel workbook, with who took them, when and what for.

No cell is ever a formula, whatever stands in it and wherever a spreadsheet cuts a line.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import openpyxl
from django.utils.translation import get_language
from openpyxl.cell import WriteOnlyCell

Value = str | int
Sheet = tuple[str, Sequence[Sequence[Value]]]
"""Its title, and its rows."""

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""Format of a file -> what an answer calls it."""

_LONGEST_TITLE = 31
"""Of a sheet, as spreadsheets have it."""

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
    for name, rows in sheets:
        sheet = book.create_sheet(name[:_LONGEST_TITLE].strip())
        for row in rows:
            sheet.append([_cell(sheet, value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(sheet: Any, value: Value) -> Any:
    if isinstance(value, int):
        return WriteOnlyCell(sheet, value=value)
    cell = WriteOnlyCell(sheet, value=harmless(value))
    cell.data_type = "s"
    return cell
