"""What earlier releases fixed: their counts, what they hid and how; read by later ones."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from coordination.counting import measures, tallies
from coordination.counting.populations import Population
from coordination.disclosure.figures import Figures, Key, Place, over_time, table
from coordination.disclosure.protecting import Proof
from coordination.models import Release
from coordination.releasing.periods import Period
from coordination.releasing.tables import DESKS, TABLES, parts_of
from coordination.releasing.thresholds import Thresholds

Atoms = Counter[tuple[tuple[str, ...], int]]
"""Codes of all dimensions, and agency -> how many."""


@dataclass
class Earlier:
    """The releases that hold, by period; `atoms` are the counts with which they were made."""

    atoms: dict[tuple[str, str], Atoms] = field(default_factory=dict)
    hidden: dict[str, set[Key]] = field(default_factory=lambda: defaultdict(set))
    """Audience -> what it is not shown."""

    proof: dict[str, list[Proof]] = field(default_factory=lambda: defaultdict(list))
    thresholds: dict[str, Thresholds] = field(default_factory=dict)
    """Period -> with which it was released."""

    def thresholds_of(self, period: Period, *, now: Thresholds) -> Thresholds:
        """Return with which thresholds a period is released: hiding nothing that its parts tell."""
        for part in period.parts:
            now = self.thresholds_of(part, now=now)
        known = self.thresholds.get(period.name)
        return now.at_most(known) if known else now

    def of(self, population: Population, period: Period) -> Atoms:
        """Return the counts of a period: as released, else of its parts, else as they are now."""
        known = self.atoms.get((population.name, period.name))
        if known is not None:
            return known
        if population == DESKS:
            return measures.desks_by_activity(measures.span(*period.months))
        if parts_of(population, period):
            return sum((self.of(population, part) for part in period.parts), Counter())
        found: Atoms = Counter()
        for place, number in tallies.counted(months=period.months).items():
            if place.population == population.name:
                found[place.codes, place.agency] += number
        return +found


def earlier(*, without: Period) -> Earlier:
    """Read what was released, except for the period that is corrected."""
    found = Earlier()
    for release in Release.objects.standing().select_related("working"):
        if release.period != without.name:
            found.thresholds[release.period] = Thresholds.read(release.thresholds)
            _read(found, release.period, release.working.content)
    return found


def _read(found: Earlier, period: str, content: Mapping[str, Any]) -> None:
    for population, rows in content["atoms"].items():
        atoms: Atoms = Counter({(tuple(codes), agency): n for codes, agency, n in rows})
        found.atoms[population, period] = atoms
    for audience, keys in content["hidden"].items():
        found.hidden[audience] |= {key_of(each) for each in keys}
    for audience, moves in content["proof"].items():
        found.proof[audience] += [{key_of(k): step for k, step in move} for move in moves]


def figures_of(population: Population, period: Period, known: Earlier) -> Figures:
    """Return the figures of a period with all that is linked to them: what it is, or is part of."""
    figures = Figures()
    wholes = [whole for whole in period.wholes if whole.name in known.thresholds]
    for whole in [period, *wholes]:
        _add(figures, population, whole, known, told={*known.thresholds, period.name})
    return figures


def _add(
    figures: Figures, population: Population, period: Period, known: Earlier, *, told: set[str]
) -> None:
    """Add a period and, of its parts, those of which something was told."""
    mine = _tables(population, period, known.of(population, period))
    figures.add(mine)
    parts = parts_of(population, period)
    given = [part for part in parts if part.name in told]
    for part in given:
        _add(figures, population, part, known, told=told)
    if given:
        figures.add(over_time(mine, [part.name for part in parts], figures.counts))


def _tables(population: Population, period: Period, atoms: Atoms) -> Figures:
    figures = Figures()
    names = [each.name for each in population.dimensions]
    for each in TABLES:
        if each.population == population:
            counted: dict[tuple[str, ...], dict[int, int]] = defaultdict(dict)
            for (codes, agency), number in atoms.items():
                said = dict(zip(names, codes, strict=True))
                cell = counted[tuple(said[name] for name in each.shows)]
                cell[agency] = cell.get(agency, 0) + number
            made = table(population.name, period.name, dimensions=each.dimensions, counted=counted)
            figures.add(made)
    return figures


def written(keys: Iterable[Key]) -> list[list[Any]]:
    return [[key.population, key.period, list(map(list, key.at))] for key in sorted(keys)]


def key_of(row: list[Any]) -> Key:
    population, period, at = row
    place: Place = tuple((name, code) for name, code in at)
    return Key(population, period, place)
