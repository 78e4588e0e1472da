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
from dataclasses import dataclass, field
from typing import Any

from coordination.access import Actor
from coordination.models import Release, ReleaseRefused, Team
from coordination.releasing import coming, wording
from coordination.releasing.coming import Missing
from coordination.releasing.computing import NETWORK, rules_of
from coordination.releasing.periods import Period
from coordination.releasing.shown import Dimension, Table, Times
from coordination.releasing.thresholds import Thresholds

VIEW = "coordination.view_statistics"


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
    def base(self) -> int:
        """Return to a multiple of what counts are rounded."""
        return self.version.thresholds.base

    @property
    def threshold(self) -> int:
        """Return what counts fewer is hidden here, as it was when this was released."""
        return rules_of(self.version.thresholds)[self.audience].threshold

    @property
    def least_shown(self) -> int:
        """Return what the least count that is not hidden is rounded to: it may be below it."""
        return self.base * round(self.threshold / self.base)

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


def usual(listed: Sequence[Edition]) -> Period | None:
    """Return what is meant where no period is named: the newest quarter, else what is newest."""
    periods = [each.period for each in listed]
    return next((each for each in periods if each.is_quarter), periods[0] if periods else None)


def refused(actor: Actor) -> list[tuple[Period, dt.datetime]]:
    """Return the periods whose release failed its check, and when."""
    rows = ReleaseRefused.objects.visible_to(actor).order_by("-refused_at")
    return [(Period.named(each.period), each.refused_at) for each in rows]


def missing(actor: Actor, *, at: dt.datetime) -> list[Missing]:
    """Return the periods that are over and have no release, and why, the newest first."""
    if not actor.may(VIEW):
        return []
    known = coming.Known(
        since=coming.since(),
        published=set(Release.objects.visible_to(actor).values_list("period", flat=True)),
        refused={period.name: on for period, on in refused(actor)},
    )
    return list(coming.missing(known, at=at))[::-1]


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
