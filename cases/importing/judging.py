"""
An answer per row of a file: what would be made of it, or why it is refused.

Every cell that is not a known code goes through the identifier gate. Of a refused row there is its
number, its column and the kind of what was found, for the answer alone: no text, and nothing kept.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from cases.facts import LEAD_FACTS, TASK_FACTS
from cases.importing import columns, tables
from cases.importing.answers import Judged, Refusal, Taken
from cases.importing.columns import Column, plain
from cases.importing.tables import Table
from coordination.errors import Invalid
from coordination.gate import patterns
from coordination.gate.finding import Finding
from coordination.gate.screen import screen

_KEY = re.compile(r"[^\W_][\w ./:#-]{0,39}")
_RUNNING_NUMBER = re.compile(r"[A-Za-z]?-?[0-9]{1,6}", re.ASCII)
"""What identifies nobody, and most keys are: not worth the gate's time."""

_FILE_NUMBERS = frozenset(
    {"long_number", "police_occurrence_dash", "police_occurrence_optic", "fsa"}
)
"""Kinds as which a system's own running numbers look; of a key only a keyed digest is kept."""

_EARLIEST = dt.date(2000, 1, 1)
_MOST_DEPENDANTS = 20
_MOST_SCREENED = 3000
"""Different cells that are no code: about three seconds of the gate's time."""


@dataclass
class Judge:
    """Reads the headings of one file, then judges its rows."""

    table: Table
    areas: Mapping[str, str]
    """What a cell may call an area -> its slug."""

    today: dt.date
    key_heading: str = ""
    standard: bool = field(init=False)
    columns: list[Column | None] = field(init=False)
    not_kept: list[str] = field(init=False)
    """Headings of columns that are screened and then left."""

    def __post_init__(self) -> None:
        names = [plain(heading) for heading in self.table.headings]
        self.standard = not columns.of_standard().isdisjoint(names)
        self.columns = [columns.by_heading().get(name) for name in names]
        self._screened: dict[str, list[Finding]] = {}
        self._patterns = list(patterns.in_use())
        self._choose_key(names)
        self.not_kept = [
            heading
            for heading, column in zip(self.table.headings, self.columns, strict=True)
            if column is None and heading
        ]
        self._require_headings(names)

    def judge(self) -> Iterator[Judged]:
        """
        Yield an answer per row.

        :raises Invalid: if too many cells hold something that Relay does not keep.
        """
        seen: set[str] = set()
        for row in self.table.rows:
            if self._is_labels(row.cells) or self._is_blank(row.cells):
                continue
            try:
                taken = self._take(row.cells)
            except Refusal as refusal:
                yield Judged(row.number, refusal=refusal)
                continue
            if taken.key in seen:
                twice = Refusal("key_twice", self._name(self._key_place))
                yield Judged(row.number, refusal=twice)
            else:
                yield Judged(row.number, taken=taken)
            seen.add(taken.key)

    def _choose_key(self, names: list[str]) -> None:
        """:raises Invalid: if there is no column to know a row by."""
        key = columns.COLUMNS[0]
        if self.key_heading:
            if plain(self.key_heading) not in names:
                raise Invalid(
                    _("There is no column with this heading. It has to be one of the file's."),
                    field="key",
                )
            self.columns = [None if each is key else each for each in self.columns]
            self.columns[names.index(plain(self.key_heading))] = key
        elif key not in self.columns and self.standard and not names[0]:
            self.columns[0] = key  # the standard's workbook numbers its rows
        if self.columns.count(key) != 1:
            raise Invalid(
                _("Give the rows a column “key”, with something that stays the same for a case."),
                field="key",
            )
        self._key_place = self.columns.index(key)

    def _require_headings(self, names: list[str]) -> None:
        """:raises Invalid: if a heading identifies, or a column is missing that is needed."""
        for place, heading in enumerate(self.table.headings):
            known = self.columns[place] is not None or names[place] in columns.identifying()
            if not known and (len(heading) > tables.LONGEST_CELL or self._find(heading)):
                raise Invalid(
                    _("The heading of column %(column)s identifies somebody. Change it.")
                    % {"column": _letters(place)},
                    field="file",
                )
        said = [each.fact for each in self.columns if each and not each.several]
        if twice := sorted({fact for fact in said if said.count(fact) > 1}):
            raise Invalid(
                _("These columns stand twice: %(columns)s.") % {"columns": ", ".join(twice)},
                field="file",
            )
        facts = {each.fact for each in self.columns if each}
        missing = [
            each.fact for each in columns.COLUMNS if each.required and each.fact not in facts
        ]
        if missing and not self.standard:
            raise Invalid(
                _("These columns are missing: %(columns)s.") % {"columns": ", ".join(missing)},
                field="file",
            )

    def _is_blank(self, cells: list[str]) -> bool:
        """Tell whether this is one of the numbered blank rows of the standard's workbook."""
        return self.standard and not any(
            cell for place, cell in enumerate(cells) if place != self._key_place
        )

    def _is_labels(self, cells: list[str]) -> bool:
        """Tell whether these are the labels that the standard's workbook has under its headings."""
        said = [plain(cell) for cell in cells if cell]
        known = [s for s in said if s in columns.by_heading() or s in columns.identifying()]
        return (
            self.standard and not self._cell(cells, self._key_place) and len(known) * 2 > len(said)
        )

    def _take(self, cells: list[str]) -> Taken:
        """:raises Refusal: if anything in the row identifies, is unknown or is missing."""
        self._require_harmless(cells)
        key = self._read_key(self._cell(cells, self._key_place))
        facts: dict[str, Any] = {}
        opened_on = None
        for place, column in enumerate(self.columns):
            cell = self._cell(cells, place)
            if column is None or column.fact == "key":
                continue
            if column.fact == "opened_on":
                opened_on = self._read_day(cell, place) if cell else None
            elif column.fact == "status":
                self._require_open(cell, place)
            elif cell:
                self._add(facts, column, self._read_fact(cell, column, place))
        self._complete(facts)
        kept = {name: facts[name] for name in (*TASK_FACTS, *LEAD_FACTS) if name in facts}
        return Taken(key, kept, opened_on)

    def _add(self, facts: dict[str, Any], column: Column, value: Any) -> None:
        """Add what a cell says; a fact may stand in two columns of the standard."""
        if column.several:
            value = list(dict.fromkeys([*facts.get(column.fact, []), *value]))
        facts[column.fact] = value

    def _complete(self, facts: dict[str, Any]) -> None:
        """Say "unknown" for the standard, which has no such column; one's own list says it."""
        for column in columns.COLUMNS:
            if column.required and column.fact not in facts:
                if not self.standard:
                    raise Refusal("missing_value", column.fact)
                facts[column.fact] = columns.UNKNOWN[column.fact]

    def _require_harmless(self, cells: list[str]) -> None:
        """Refuse what identifies by its heading, and screen the cells that are not kept."""
        if len(cells) > len(self.columns):
            raise Refusal("extra_cells")
        for place, cell in enumerate(cells):
            if not cell or self.columns[place] is not None:
                continue
            if plain(self.table.headings[place]) in columns.identifying():
                raise Refusal("identifying_column", self._name(place))
            self._require_clean(cell, place)

    def _require_clean(self, cell: str, place: int) -> None:
        if len(cell) > tables.LONGEST_CELL:
            raise Refusal("too_long", self._name(place))
        if found := self._find(cell):
            raise Refusal("identifying", self._name(place), sorted({each.kind for each in found}))

    def _find(self, text: str) -> list[Finding]:
        if text not in self._screened:
            if len(self._screened) >= _MOST_SCREENED:
                raise Invalid(
                    _("This file has too much that Relay does not keep. Remove: %(columns)s.")
                    % {"columns": ", ".join(self.not_kept)},
                    field="file",
                )
            self._screened[text] = screen(text, looking_for=self._patterns)
        return self._screened[text]

    def _read_key(self, cell: str) -> str:
        if not cell:
            raise Refusal("missing_key", self._name(self._key_place))
        if not _RUNNING_NUMBER.fullmatch(cell):
            found = screen(cell, looking_for=self._patterns)
            if kinds := {each.kind for each in found} - _FILE_NUMBERS:
                raise Refusal("identifying", self._name(self._key_place), sorted(kinds))
        if not _KEY.fullmatch(cell):
            raise Refusal("bad_key", self._name(self._key_place))
        return cell

    def _read_day(self, cell: str, place: int) -> dt.date:
        try:
            day = dt.date.fromisoformat(cell.replace("/", "-"))
        except ValueError:
            self._require_clean(cell, place)
            raise Refusal("bad_date", self._name(place)) from None
        if not _EARLIEST <= day <= self.today:
            raise Refusal("bad_date", self._name(place))
        return day

    def _require_open(self, cell: str, place: int) -> None:
        if cell and self._codes(cell, "status", place) == ["closed"]:
            raise Refusal("closed", self._name(place))

    def _read_fact(self, cell: str, column: Column, place: int) -> Any:
        if column.fact == "dependants":
            if not (cell.isascii() and cell.isdecimal() and int(cell[:4]) <= _MOST_DEPENDANTS):
                self._require_clean(cell, place)
                raise Refusal("bad_number", self._name(place))
            return int(cell)
        codes = self._codes(cell, column.fact, place)
        if not column.several and len(codes) != 1:
            raise Refusal("unknown_value", self._name(place))
        return codes if column.several else codes[0]

    def _codes(self, cell: str, fact: str, place: int) -> list[str]:
        known = self.areas if fact == "areas_to_avoid" else columns.spellings(fact)
        for pieces in ([cell], re.split(r"[;|\n]", cell), re.split(r"[;|\n,]", cell)):
            said = [plain(each) for each in pieces if each.strip()]
            if said and all(each in known for each in said):
                return list(dict.fromkeys(known[each] for each in said))
        self._require_clean(cell, place)
        raise Refusal("unknown_value", self._name(place))

    def _cell(self, cells: list[str], place: int) -> str:
        return cells[place] if place < len(cells) else ""

    def _name(self, place: int) -> str:
        """Return what a column is called to the reader: its letter, and its heading."""
        heading = self.table.headings[place]
        return f"{_letters(place)} ({heading})" if heading else _letters(place)


def _letters(place: int) -> str:
    """Return a column's letters as a spreadsheet shows them."""
    first, second = divmod(place, 26)
    return (chr(64 + first) if first else "") + chr(65 + second)
