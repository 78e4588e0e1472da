"""The fixed list of tables, of at most two dimensions. What is not here is never computed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from coordination.counting.populations import POPULATIONS, Dimension, Population
from coordination.releasing.periods import Period

DESKS = Population(
    "desks", (Dimension("activity", "desk_activity"), Dimension("region", "region")), persons=False
)
"""Desks that recorded something, and those that did not: those of months do not add up."""

ZEROS_OF = frozenset({DESKS.name})
"""Of what is no person a zero is shown."""


@dataclass(frozen=True)
class Table:
    name: str
    population: Population
    shows: tuple[str, ...]
    """One or two dimensions of the population."""

    @property
    def dimensions(self) -> Mapping[str, Sequence[str]]:
        known = {each.name: each for each in self.population.dimensions}
        return {name: known[name].codes for name in self.shows}

    def vocabulary(self, dimension: str) -> str:
        return {each.name: each.vocabulary for each in self.population.dimensions}[dimension]


TABLES = tuple(
    Table(name, POPULATIONS.get(population, DESKS), shows)
    for name, population, shows in (
        ("volume", "sent", ("receiver",)),
        ("flow", "sent", ("sender", "receiver")),
        ("requested", "asked", ("service", "receiver")),
        ("unmet", "unmet", ("service", "receiver")),
        ("decline_reasons", "declined", ("reason", "kind")),
        ("doors_tried", "begun", ("doors", "receiver")),
        ("time_to_service", "begun", ("wait", "receiver")),
        ("outcomes", "outcomes", ("service", "outcome")),
        ("age_by_situation", "cases", ("age", "situation")),
        ("gender_by_age", "cases", ("gender", "age")),
        ("language_by_region", "cases", ("language", "region")),
        ("adoption", "desks", ("activity", "region")),
    )
)
"""`volume` is a margin of `flow`. The share of unknowns is the row "unknown" of what has one."""

TIMES = "time_to_accept"
"""By team and urgency, and over all of them: median and 90th percentile, in minutes."""

ENOUGH = 20
"""Times, at least, of which a median is told."""


def populations_of(period: Period) -> list[Population]:
    """Return what is released of a period: what says something of persons by quarter at least."""
    counted = [each for each in POPULATIONS.values() if not (period.month and each.persons)]
    return [*counted, DESKS]


def parts_of(population: Population, period: Period) -> Sequence[Period]:
    """Return the parts of a period that a population is released of, and that add up to it."""
    if population == DESKS:
        return []
    return [part for part in period.parts if population in populations_of(part)]
