"""
What was released, as its readers are shown it: the one way to a number of the statistics.

    edition = released(actor, Period.named("2026-Q3"), audience=NETWORK)
    flow = edition.table("flow")             # None if the period has no such table
    flow.cell(sender="east", receiver="north").number    # None is hidden
    flow.cell(sender="east")                 # a dimension left out is all of it: the margin
    for line in flow.lines: line.label, line.cells       # as it is printed, margins last
    released(actor, edition.period.before)               # to compare with; or .a_year_before

Audiences are named in `computing`. A page of Relay shows NETWORK; whatever leaves it (CSV, XLSX,
the printed report, the API) shows EXPORTED. A hidden figure has no number: it is said to be hidden.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from coordination.access import Actor
from coordination.models import Release, ReleaseRefused, Team
from coordination.releasing import wording
from coordination.releasing.computing import NETWORK, rules_of
from coordination.releasing.periods import Period
from coordination.releasing.thresholds import Thresholds

VIEW = "coordination.view_statistics"
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
            return _("Total")
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

    @cached_property
    def has_times(self) -> bool:
        """Tell whether it says times instead of counts; they have no margins."""
        return frozenset() not in self.values

    @property
    def row_codes(self) -> tuple[str, ...]:
        return self.rows.codes if self.has_times else (*self.rows.codes, ALL)

    @property
    def column_codes(self) -> tuple[str, ...]:
        """Return the codes of the columns, their margin last; nothing for one dimension."""
        if self.columns is None:
            return ()
        return self.columns.codes if self.has_times else (*self.columns.codes, ALL)

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

    def cell(self, **at: str) -> Cell:
        """Return the figure at codes of its dimensions; what was not released is hidden."""
        said = {name: code for name, code in at.items() if code != ALL}
        return Cell(said, self.values.get(frozenset(said.items())))

    def _cells(self, row: str) -> list[Cell]:
        if self.columns is None:
            return [self.cell(**{self.rows.name: row})]
        column = self.columns.name
        return [self.cell(**{self.rows.name: row, column: code}) for code in self.column_codes]


@dataclass(frozen=True)
class Version:
    """A version of a release without its tables: when it was published, and corrected why."""

    number: int
    published_at: dt.datetime
    reason: str
    digest: str
    signature: str
    exported_digest: str
    exported_signature: str
    public_key: str
    thresholds: Thresholds
    """It was made with."""


@dataclass(frozen=True)
class Edition:
    """What stands of one period for one audience, newest version first among `versions`."""

    period: Period
    audience: str
    tables: tuple[Table, ...] = field(repr=False)
    versions: tuple[Version, ...]

    @property
    def title(self) -> str:
        return wording.period_in_words(self.period)

    @property
    def version(self) -> Version:
        return self.versions[0]

    @property
    def earlier(self) -> tuple[Version, ...]:
        return self.versions[1:]

    @property
    def threshold(self) -> int:
        """Return what counts fewer is hidden here, as it was when this was released."""
        return rules_of(self.version.thresholds)[self.audience].threshold

    def table(self, name: str) -> Table | None:
        return next((each for each in self.tables if each.name == name), None)


def released(
    actor: Actor, period: Period, *, audience: str = NETWORK, version: int | None = None
) -> Edition | None:
    """Return what stands of a period, or an earlier version of it; None where there is none."""
    rows = Release.objects.visible_to(actor).filter(period=period.name).order_by("-version")
    known = list(rows.defer("tables"))
    wanted = known[0].version if known and version is None else version
    stored = next((each for each in known if each.version == wanted), None)
    if stored is None:
        return None
    tables = read(stored.tables, period, audience)
    versions = [_version(each) for each in known if each.version <= stored.version]
    return Edition(period, audience, tables, tuple(versions))


def editions(actor: Actor) -> list[Edition]:
    """Return all that was released, the newest period first, without tables."""
    found: dict[str, list[Version]] = {}
    rows = Release.objects.visible_to(actor).order_by("-version")
    for each in rows.defer("tables"):
        found.setdefault(each.period, []).append(_version(each))
    listed = [Edition(Period.named(p), NETWORK, (), tuple(v)) for p, v in found.items()]
    return sorted(listed, key=lambda each: (each.period.months[::-1], each.period), reverse=True)


def refused(actor: Actor) -> list[tuple[Period, dt.datetime]]:
    """Return the periods whose release failed its check, and when."""
    rows = ReleaseRefused.objects.visible_to(actor).order_by("-refused_at")
    return [(Period.named(each.period), each.refused_at) for each in rows]


def read(stored: Sequence[Mapping[str, Any]], period: Period, audience: str) -> tuple[Table, ...]:
    """Return stored tables as one audience is shown them."""
    teams: dict[str, Team] = {}
    if any(not each["vocabulary"] for table in stored for each in table["dimensions"]):
        teams = {team.slug: team for team in Team.objects.all()}
    return tuple(_table(each, period, audience, teams) for each in stored)


def _table(
    stored: Mapping[str, Any], period: Period, audience: str, teams: Mapping[str, Team]
) -> Table:
    values = {frozenset(cell["at"].items()): _value(cell[audience]) for cell in stored["cells"]}
    dimensions = tuple(
        Dimension(each["name"], each["vocabulary"], _codes(each, values), teams)
        for each in stored["dimensions"]
    )
    return Table(stored["name"], period, audience, dimensions, values)


def _codes(
    dimension: Mapping[str, Any], values: Mapping[frozenset[tuple[str, str]], Any]
) -> tuple[str, ...]:
    """Return the codes of a dimension; of teams those with a figure, as the rest would be told."""
    if dimension["vocabulary"]:
        return tuple(dimension["codes"])
    shown = {code for at, value in values.items() if value for name, code in at}
    return tuple(code for code in dimension["codes"] if code in shown)


def _value(stored: Any) -> int | Times | None:
    return Times(stored["median"], stored["p90"]) if isinstance(stored, dict) else stored


def _version(stored: Release) -> Version:
    return Version(
        number=stored.version,
        published_at=stored.published_at,
        reason=stored.reason,
        digest=stored.digest,
        signature=stored.signature,
        exported_digest=stored.exported_digest,
        exported_signature=stored.exported_signature,
        public_key=stored.public_key,
        thresholds=Thresholds.read(stored.thresholds),
    )
