"""A table as its readers are shown it: figures, and what is hidden; rows, columns and margins."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from coordination.models import Team
from coordination.releasing import wording
from coordination.releasing.periods import Period
from coordination.releasing.tables import TIMES

ALL = ""
"""Code of a margin: all of a dimension."""


@dataclass(frozen=True)
class Times:
    median: int
    """Minutes."""

    p90: int
    """Minutes."""

    @property
    def half(self) -> dt.timedelta:
        """Return the time within which half of them were."""
        return dt.timedelta(minutes=self.median)

    @property
    def most(self) -> dt.timedelta:
        """Return the time within which nine of ten were."""
        return dt.timedelta(minutes=self.p90)


@dataclass(frozen=True)
class Cell:
    at: Mapping[str, str]
    """Dimension -> code; one that is left out is all of it."""

    value: int | Times | None

    @property
    def is_hidden(self) -> bool:
        return self.value is None

    @property
    def number(self) -> int | None:
        return self.value if isinstance(self.value, int) else None

    @property
    def times(self) -> Times | None:
        return self.value if isinstance(self.value, Times) else None

    @property
    def words(self) -> str:
        """Return the number as the language writes it, or that there is none to be seen."""
        if self.number is None:
            return _("hidden to protect people")
        return number_format(self.number, force_grouping=True)


@dataclass(frozen=True)
class Dimension:
    name: str
    vocabulary: str
    codes: tuple[str, ...]
    teams: Mapping[str, Team] = field(default_factory=dict, repr=False, compare=False)

    @property
    def title(self) -> str:
        return wording.title_of_dimension(self.name)

    def label(self, code: str) -> str:
        """Return what a code is called in the reader's language."""
        if code == ALL:
            return wording.all_of(self.name)
        if self.vocabulary:
            return wording.label(self.vocabulary, code)
        team = self.teams.get(code)
        return team.name if team else code


@dataclass(frozen=True)
class Line:
    """A row as it is printed: of one code, or of all."""

    code: str
    label: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    """One table of one period, for one audience."""

    name: str
    period: Period
    audience: str
    dimensions: tuple[Dimension, ...]
    values: Mapping[frozenset[tuple[str, str]], int | Times | None] = field(repr=False)

    @property
    def title(self) -> str:
        return str(wording.WORDS[self.name].title)

    @property
    def counts(self) -> str:
        """Return what is counted, in one line."""
        return str(wording.WORDS[self.name].counts)

    @property
    def rows(self) -> Dimension:
        return self.dimensions[0]

    @property
    def columns(self) -> Dimension | None:
        return self.dimensions[1] if len(self.dimensions) > 1 else None

    @property
    def has_times(self) -> bool:
        """Tell whether it says times instead of counts."""
        return self.name == TIMES

    @cached_property
    def has_margins(self) -> bool:
        """Tell whether it says something of all together; times of older releases do not."""
        return frozenset() in self.values

    @property
    def row_codes(self) -> tuple[str, ...]:
        return (*self.rows.codes, *self._margin)

    @property
    def column_codes(self) -> tuple[str, ...]:
        """Return the codes of the columns, their margin last; nothing for one dimension."""
        if self.columns is None:
            return ()
        return (*self.columns.codes, *self._margin)

    @property
    def _margin(self) -> tuple[str, ...]:
        """Return the code of a margin; of times only where one is told at all."""
        told = not (self.has_times and self.is_all_hidden)
        return (ALL,) if self.has_margins and told else ()

    @property
    def headings(self) -> list[str]:
        columns = self.columns
        return [columns.label(code) for code in self.column_codes] if columns else [_("Number")]

    @property
    def lines(self) -> list[Line]:
        return [
            Line(code, self.rows.label(code), tuple(self._cells(code))) for code in self.row_codes
        ]

    @property
    def told(self) -> "Table":
        """Return it without the rows and columns of which everything is hidden."""
        shown = {place for at, value in self.values.items() if value is not None for place in at}
        return replace(
            self,
            dimensions=tuple(
                replace(each, codes=tuple(c for c in each.codes if (each.name, c) in shown))
                for each in self.dimensions
            ),
        )

    @property
    def is_all_hidden(self) -> bool:
        return all(value is None for value in self.values.values())

    @property
    def totals_alone(self) -> list[tuple[str, list[tuple[str, Cell]]]]:
        """
        Return what is shown where only totals are: of all, then by dimension; else nothing.

        As a grid it would be empty. Times of teams or urgencies are too long for a sentence.
        """
        inner = [value for at, value in self.values.items() if len(at) == len(self.dimensions)]
        sides = [each for each in self.told.dimensions if each.codes]
        is_long = self.has_times and bool(sides)
        if self.is_all_hidden or is_long or any(value is not None for value in inner):
            return []
        whole = [("", [(self.rows.label(ALL), self.cell())])] if not self.cell().is_hidden else []
        return whole + [(side.title, list(self._along(side))) for side in sides]

    def cell(self, **at: str) -> Cell:
        """Return the figure at codes of its dimensions; what was not released is hidden."""
        said = {name: code for name, code in at.items() if code != ALL}
        return Cell(said, self.values.get(frozenset(said.items())))

    def _cells(self, row: str) -> list[Cell]:
        if self.columns is None:
            return [self.cell(**{self.rows.name: row})]
        column = self.columns.name
        return [self.cell(**{self.rows.name: row, column: code}) for code in self.column_codes]

    def _along(self, side: Dimension) -> Iterator[tuple[str, Cell]]:
        for code in side.codes:
            yield side.label(code), self.cell(**{side.name: code})
