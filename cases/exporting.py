"""
A list of cases as a file: CSV or an Excel workbook, with who took it, when and what for on top.

No cell is ever a formula, whatever stands in it and wherever a spreadsheet cuts a line.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Sequence

import openpyxl
from django.utils.translation import gettext as _
from openpyxl.cell import WriteOnlyCell

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
    banner: Sequence[str], headings: Sequence[str], rows: Sequence[Sequence[str]], *, separator: str
) -> bytes:
    """Return UTF-8 with its mark, every cell quoted; lines of the banner begin with "#"."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator, quoting=csv.QUOTE_ALL)
    writer.writerows([harmless(f"# {line}")] for line in banner)
    writer.writerow(headings)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def as_workbook(
    banner: Sequence[str], headings: Sequence[str], rows: Sequence[Sequence[str]]
) -> bytes:
    """Return a workbook of two sheets, the cases and the banner; every cell is a text."""
    book = openpyxl.Workbook(write_only=True)
    cases, about = book.create_sheet(_("Cases")), book.create_sheet(_("About this file"))
    for sheet, lines in ((cases, [headings, *rows]), (about, [[line] for line in banner])):
        for line in lines:
            cells = [WriteOnlyCell(sheet, value=harmless(text)) for text in line]
            for cell in cells:
                cell.data_type = "s"
            sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
