"""
Computing the tables of the stewards, so that beside the open ones they give nobody away either.

A sealed figure is a part of open ones. What is left of those, whoever it is, is protected like any
figure. Nothing of it rests on an open figure that is hidden: where a region's is, the table is told
of all Ontario alone, and where that is hidden too, not at all. So no open figure is known better by
a sealed table, whatever open releases follow. See docs/privacy/disclosure.md.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from coordination.counting import tallies
from coordination.counting.populations import POPULATIONS
from coordination.disclosure.figures import Count, Figures, Key, Sum, place, table
from coordination.disclosure.protecting import Unsafe, faults, protect
from coordination.disclosure.rules import Rules, shown
from coordination.models import Release
from coordination.releasing.computing import places, rules_of
from coordination.releasing.periods import Period
from coordination.releasing.stewarded import STEWARDED, Stewarded, Whole
from coordination.releasing.thresholds import Thresholds
from coordination.releasing.working import Atoms, key_of

_NORTH, _REST, _REGION = "north", "rest", "region"
Shown = dict[Key, int | None]


@dataclass
class _Open:
    """The open figures of the release, as it was made."""

    period: str
    atoms: Mapping[str, Atoms]
    hidden: Mapping[str, set[Key]] = field(default_factory=dict)

    def key(self, whole: Whole, region: str = "") -> Key:
        at = {**whole.at, **({whole.region: region} if region else {})}
        return Key(whole.population, self.period, place(at))

    def count(self, whole: Whole, region: str = "") -> int:
        names = [each.name for each in POPULATIONS[whole.population].dimensions]
        wanted = dict(self.key(whole, region).at)
        return sum(
            number
            for (codes, _agency), number in self.atoms[whole.population].items()
            if all(dict(zip(names, codes, strict=True))[n] == c for n, c in wanted.items())
        )

    def shows(self, whole: Whole, audience: str, *, by_region: bool) -> bool:
        asked = [self.key(whole)]
        if by_region and whole.region:
            asked.append(self.key(whole, _NORTH))
        return not any(key in self.hidden[audience] for key in asked)


def sealed_tables(release: Release, *, before: Mapping[str, Any]) -> list[dict[str, Any]]:
    """
    Return the sealed tables of a release of a quarter, as tables of a release are stored.

    `before` are those of the version that this one corrects, by name: what they hid stays hidden.
    """
    period, content = Period.named(release.period), release.working.content
    known = _Open(
        release.period,
        {
            name: Counter({(tuple(codes), agency): n for codes, agency, n in rows})
            for name, rows in content["atoms"].items()
        },
        {audience: {key_of(row) for row in rows} for audience, rows in content["hidden"].items()},
    )
    counted: dict[str, dict[tuple[str, ...], dict[int, int]]] = defaultdict(dict)
    for spot, number in tallies.counted(months=period.months).items():
        cell = counted[spot.population].setdefault(spot.codes, {})
        cell[spot.agency] = cell.get(spot.agency, 0) + number
    rules = rules_of(Thresholds.read(release.thresholds))
    return [
        _table(each, known, counted[each.population.name], rules, before.get(each.name))
        for each in STEWARDED
    ]


def _table(
    table: Stewarded,
    known: _Open,
    counted: Mapping[tuple[str, ...], Mapping[int, int]],
    rules: Mapping[str, Rules],
    before: Mapping[str, Any] | None,
) -> dict[str, Any]:
    readable: dict[str, Shown] = {}
    wider: set[Key] = set()
    for audience, theirs in rules.items():
        hidden = wider | _hidden(table, known.period, audience, before)
        readable[audience] = _shown(table, known, counted, theirs, audience, hidden)
        wider = {key for key, value in readable[audience].items() if value is None}
    dimensions = table.population.dimensions
    return {
        "name": table.name,
        "dimensions": [
            {"name": each.name, "vocabulary": each.vocabulary, "codes": list(each.codes)}
            for each in dimensions
        ],
        "cells": [
            {"at": at, **{audience: found[key] for audience, found in readable.items()}}
            for at in places({each.name: each.codes for each in dimensions})
            for key in [Key(table.population.name, known.period, place(at))]
        ],
    }


def _hidden(
    table: Stewarded, period: str, audience: str, before: Mapping[str, Any] | None
) -> set[Key]:
    cells = before["cells"] if before else []
    name = table.population.name
    return {Key(name, period, place(c["at"])) for c in cells if c[audience] is None}


def _shown(
    table: Stewarded,
    known: _Open,
    counted: Mapping[tuple[str, ...], Mapping[int, int]],
    rules: Rules,
    audience: str,
    hidden: set[Key],
) -> Shown:
    """Return what an audience is shown: by region, else of all Ontario, else nothing."""
    dimensions = {each.name: each.codes for each in table.population.dimensions}
    name = table.population.name
    nothing: Shown = {Key(name, known.period, place(at)): None for at in places(dimensions)}
    for by_region in (True, False):
        if not all(known.shows(each, audience, by_region=by_region) for each in table.wholes):
            continue
        try:
            return nothing | _protected(table, known, counted, rules, hidden, by_region=by_region)
        except Unsafe:
            continue
    return nothing


def _protected(
    table_of: Stewarded,
    known: _Open,
    counted: Mapping[tuple[str, ...], Mapping[int, int]],
    rules: Rules,
    hidden: set[Key],
    *,
    by_region: bool,
) -> Shown:
    """:raises Unsafe: if there is no way, or more is sealed than was openly counted."""
    name = table_of.population.name
    dimensions = {each.name: each.codes for each in table_of.population.dimensions}
    cells = counted
    if not by_region:
        dimensions.pop(_REGION)
        cells = _of_all_ontario(counted)
    figures = table(name, known.period, dimensions=dimensions or {"all": ("all",)}, counted=cells)
    mine = set(figures.counts)
    settled: set[Key] = set()
    for number, whole in enumerate(table_of.wholes):
        split = by_region and bool(whole.region)
        for region in (_NORTH, _REST) if split else ("",):
            total, left = _link(figures, known, name, whole, number, region)
            settled.add(total)
            if figures.counts[left].value >= rules.threshold:
                figures.unseen.add(left)
    done = protect(figures, rules, hidden=hidden & mine, settled=settled)
    for fault in faults(done, rules, settled=settled):
        raise Unsafe(fault)
    return {key: n for key, n in shown(figures, done.hidden, rules).items() if key in mine}


def _link(
    figures: Figures, known: _Open, name: str, whole: Whole, number: int, region: str
) -> tuple[Key, Key]:
    """Add and return an open figure that is shown, and what the sealed ones leave of it."""
    at = place({_REGION: region}) if region else ()
    total = Key(f"{name} within {number}", known.period, at)
    left = Key(f"{name} beside {number}", known.period, at)
    part = Key(name, known.period, at)
    value = known.count(whole, "" if region == _REST else region)
    if region == _REST:
        value -= known.count(whole, _NORTH)
    rest = value - figures.counts[part].value
    if rest < 0:
        raise Unsafe(f"{part} is more than what it is a part of")
    figures.counts[total], figures.counts[left] = Count(value), Count(rest)
    figures.sums[Sum(total, (part, left))] = None
    return total, left


def _of_all_ontario(
    counted: Mapping[tuple[str, ...], Mapping[int, int]],
) -> dict[tuple[str, ...], dict[int, int]]:
    """Return counts without their last dimension, the region."""
    found: dict[tuple[str, ...], dict[int, int]] = {}
    for codes, cell in counted.items():
        mine = found.setdefault(codes[:-1] or ("all",), {})
        for agency, n in cell.items():
            mine[agency] = mine.get(agency, 0) + n
    return found
