"""
Figures: what was counted, and which of them add up to which.

A figure has one key, wherever it is printed: the margin of one table is a cell of another, and a
month is a part of its quarter. So tables of one population are linked without anybody linking them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import NamedTuple

Place = tuple[tuple[str, str], ...]
"""Dimension and code, sorted by dimension; empty for the total."""


class Key(NamedTuple):
    population: str
    """What is counted once each, as "sent"."""

    period: str
    at: Place = ()


@dataclass(frozen=True, slots=True)
class Count:
    value: int
    largest: int = 0
    """How much of it comes from the contributor with the most."""


@dataclass(frozen=True, slots=True, order=True)
class Sum:
    """A figure that is the sum of others, as every reader knows."""

    total: Key
    parts: tuple[Key, ...]
    over_time: bool = False
    """Its parts are periods: a share of it says nothing about whoever is counted."""


@dataclass
class Figures:
    counts: dict[Key, Count] = field(default_factory=dict)
    sums: dict[Sum, None] = field(default_factory=dict)
    unseen: set[Key] = field(default_factory=set)
    """What nobody is told of, as the rest of a year of which a part is shown."""

    def add(self, other: "Figures") -> None:
        """:raises ValueError: if a figure has two values: two tables do not count alike."""
        for key, count in other.counts.items():
            if self.counts.setdefault(key, count) != count:
                raise ValueError(f"two tables do not agree about {key}")
        self.sums |= other.sums
        self.unseen |= other.unseen


Counted = Mapping[tuple[str, ...], Mapping[int, int]]
"""Code of each dimension -> contributor -> how many."""


def place(dimensions: Mapping[str, str]) -> Place:
    return tuple(sorted(dimensions.items()))


def table(
    population: str, period: str, *, dimensions: Mapping[str, Sequence[str]], counted: Counted
) -> Figures:
    """
    Return the figures of a table of one or two dimensions: every cell, each margin and the total.

    :raises ValueError: if something was counted under a code that the dimension does not have.
    """
    names = list(dimensions)
    cells = list(product(*dimensions.values()))
    if set(counted) - set(cells):
        raise ValueError(f"{population}: a code outside its dimension")
    figures = Figures()
    kept = [
        tuple(n for n in names if n in few) for few in ([], *([n] for n in names), names)
    ]  # total, margins, cells
    for few in dict.fromkeys(kept):
        _count(figures, population, period, few, names, cells, counted)
    for few in dict.fromkeys(kept):
        for name in few:
            rest = tuple(n for n in few if n != name)
            for codes in product(*(dimensions[n] for n in rest)):
                fixed = dict(zip(rest, codes, strict=True))
                parts = tuple(
                    Key(population, period, place({**fixed, name: code}))
                    for code in dimensions[name]
                )
                figures.sums[Sum(Key(population, period, place(fixed)), parts)] = None
    return figures


def _count(
    figures: Figures,
    population: str,
    period: str,
    few: Sequence[str],
    names: Sequence[str],
    cells: Iterable[tuple[str, ...]],
    counted: Counted,
) -> None:
    by: dict[Key, dict[int, int]] = {}
    for codes in cells:
        at = place({n: c for n, c in zip(names, codes, strict=True) if n in few})
        mine = by.setdefault(Key(population, period, at), {})
        for contributor, number in counted.get(codes, {}).items():
            mine[contributor] = mine.get(contributor, 0) + number
    for key, mine in by.items():
        figures.counts[key] = Count(sum(mine.values()), max(mine.values(), default=0))


def over_time(whole: Figures, parts: Sequence[str], counts: Mapping[Key, Count]) -> Figures:
    """
    Return how the figures of one period are made of those of its parts, of which some are given.

    What the parts that are given leave is a rest that nobody is shown.
    """
    linked = Figures()
    for key in whole.counts:
        mine = [key._replace(period=part) for part in parts]
        known = [part for part in mine if part in counts]
        if len(known) < len(mine):
            rest = key._replace(period=f"rest of {key.period}")
            left = whole.counts[key].value - sum(counts[part].value for part in known)
            linked.counts[rest] = Count(max(left, 0))
            linked.unseen.add(rest)
            known.append(rest)
        linked.sums[Sum(key, tuple(known), over_time=True)] = None
    return linked
