"""What a reader gets in hand: every number of a table, read off the page, the file or the API."""

import csv
import html
import io
import re
from html.parser import HTMLParser

import openpyxl

HIDDEN = {"hidden", "hidden to protect people"}
Numbers = dict[tuple[str, str], "int | tuple[int, ...] | None"]
"""Labels of row and column -> what stands there."""


class _Tables(HTMLParser):
    """Reads the tables of a page as rows of texts."""

    def __init__(self):
        super().__init__()
        self.tables, self.captions = [], []
        self.into = None

    def handle_starttag(self, tag, attrs):
        if tag == "table":
            self.tables.append([])
            self.captions.append("")
        elif tag == "tr" and self.tables:
            self.tables[-1].append([])
        elif tag in {"td", "th"} and self.tables:
            self.tables[-1][-1].append("")
            self.into = "cell"
        elif tag == "caption":
            self.into = "caption"

    def handle_endtag(self, tag):
        if tag in {"td", "th", "caption"}:
            self.into = None

    def handle_data(self, data):
        if self.into == "caption":
            self.captions[-1] += data
        elif self.into == "cell":
            self.tables[-1][-1][-1] += data


def on_page(content: bytes) -> dict[str, Numbers]:
    """Return title of a table -> its numbers."""
    reader = _Tables()
    reader.feed(content.decode())
    found = {}
    for caption, (headings, *rows) in zip(reader.captions, reader.tables, strict=True):
        title = caption.strip().rpartition(", ")[0]
        found[title] = {
            (row[0].strip(), heading.strip()): _number(cell)
            for row in rows
            for heading, cell in zip(headings[1:], row[1:], strict=True)
        }
    return found


def in_sentences(content: bytes) -> dict[str, Numbers]:
    """Return name of a table -> its totals by dimension and label, where a sentence says them."""
    found = {}
    page = content.decode()
    for name, said in re.findall(
        r'aria-labelledby="h-(\w+)"(?:(?!</section>).)*?class="totals">(.*?)</p>', page, re.DOTALL
    ):
        numbers, title = {}, ""
        for before, label, number in re.findall(
            r"(.*?)<span>(.*?)</span> <b>(.*?)</b>", said, re.DOTALL
        ):
            if "·" in before or not numbers:
                title = before.rpartition("·")[2].strip().removeprefix(_ALONE).strip().rstrip(":")
            numbers[title, html.unescape(label)] = _number(number)
        found[name] = numbers
    return found


_ALONE = "Only the totals can be shown:"


def on_gap_page(content: bytes) -> dict[str, tuple[int | None, int | None]]:
    """Return period -> how often a service was asked for in a region, and in vain."""
    reader = _Tables()
    reader.feed(content.decode())
    if not reader.tables or len(reader.tables[-1][0]) != 3:
        return {}
    _headings, *rows = reader.tables[-1]
    return {row[0].strip(): (_number(row[1]), _number(row[2])) for row in rows}


def in_gap(said: dict) -> dict[str, tuple[int | None, int | None]]:
    """Return the same as the API says it, by the name of a period."""
    return {each["period"]: (each["requested"], each["unmet"]) for each in said["releases"]}


def on_services_page(content: bytes) -> Numbers:
    """Return how many desks take a service in a region, of how many: nothing that is about people."""
    reader = _Tables()
    reader.feed(content.decode())
    headings, *rows = reader.tables[0]
    return {
        (row[0].strip(), heading.strip()): tuple(int(n) for n in re.findall(r"\d+", cell))
        for row in rows
        for heading, cell in zip(headings[1:], row[1:], strict=True)
    }


def in_csv(content: bytes) -> Numbers:
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    return _rows([row for row in rows if not row[0].startswith("#")])


def in_workbook(content: bytes) -> dict[str, Numbers]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    found = {}
    for sheet in book.worksheets[:-1]:
        title, _counts, *rows = [[cell.value for cell in row] for row in sheet]
        found[title[0]] = _rows(
            [[str(value) for value in row if value is not None] for row in rows]
        )
    return found


def _rows(rows: list[list[str]]) -> Numbers:
    headings, *lines = rows
    if len(headings) == 4 and "Median" in headings[2]:
        return {(row[0], row[1]): _times(row[2], row[3]) for row in lines}
    return {
        (row[0], heading): _number(cell)
        for row in lines
        for heading, cell in zip(headings[1:], row[1:], strict=True)
    }


def _times(median: str, p90: str) -> tuple[int, int] | None:
    return None if median in HIDDEN else (int(median), int(p90))


def _number(said: str) -> int | tuple[int, int] | None:
    said = " ".join(said.split())
    if said in HIDDEN:
        return None
    if "within" in said:
        first, last = said.split(" 9 in 10 within ")
        return _minutes(first), _minutes(last)
    return int(said.replace(",", ""))


def _minutes(said: str) -> int:
    units = {"day": 1440, "days": 1440, "h": 60, "min": 1}
    return sum(int(n) * units[unit] for n, unit in re.findall(r"(\d+) (days?|h|min)", said))
