"""Computing a release: every table for every audience, with what has to be kept of how."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from coordination import vocabularies
from coordination.counting import measures
from coordination.disclosure.figures import Figures, Key, place
from coordination.disclosure.protecting import Unsafe, faults, protect
from coordination.disclosure.rules import Rules, shown
from coordination.releasing import times
from coordination.releasing.periods import Period
from coordination.releasing.tables import ENOUGH, TABLES, TIMES, Table, populations_of
from coordination.releasing.thresholds import Thresholds
from coordination.releasing.working import Earlier, figures_of, written

NETWORK, EXPORTED = "network", "exported"
"""Audiences, the widest first: what it is not shown, no later one is. See PRIVACY section 4."""


def rules_of(thresholds: Thresholds) -> Mapping[str, Rules]:
    return {
        NETWORK: thresholds.rules(thresholds.network),
        EXPORTED: thresholds.rules(thresholds.exported),
    }


RULES = rules_of(Thresholds())
"""The rules where nobody set others: the floors."""

_STEPS = ((10 * 60, 5), (3 * 24 * 60, 60))
"""Below so many minutes, a time is rounded to so many; a longer one to `_LONG`."""
_LONG = 6 * 60


@dataclass
class Computed:
    tables: list[dict[str, Any]] = field(default_factory=list)
    working: dict[str, Any] = field(default_factory=dict)


def compute(
    period: Period,
    known: Earlier,
    *,
    thresholds: Thresholds,
    hidden_before: Mapping[str, set[Key]],
) -> Computed:
    """
    Return all tables of a period, safe beside everything that was released.

    `hidden_before` is what a release that this one corrects had hidden.

    :raises Unsafe: if a hidden figure could be worked out: then there is no release.
    """
    figures = Figures()
    atoms = {}
    for population in populations_of(period):
        figures.add(figures_of(population, period, known))
        rows = sorted(known.of(population, period).items())
        atoms[population.name] = [[codes, agency, n] for (codes, agency), n in rows]
    readable: dict[str, dict[Key, int | None]] = {}
    hidden: dict[str, list[Any]] = {}
    proof: dict[str, list[Any]] = {}
    settled = {key for key in figures.counts if key.period != period.name}
    wider: set[Key] = set()
    for audience, rules in rules_of(thresholds).items():
        widths = {each: rules_of(t)[audience].width for each, t in known.thresholds.items()}
        fixed = {key for key in known.hidden[audience] if key in figures.counts}
        done = protect(
            figures,
            rules,
            hidden=fixed | (wider - settled) | hidden_before.get(audience, set()),
            settled=settled,
            before=[each for each in known.proof[audience] if each.keys() <= figures.counts.keys()],
            widths=widths,
        )
        for fault in faults(done, rules, settled=settled, widths=widths):
            raise Unsafe(fault)
        wider |= done.hidden
        mine = [key for key in done.hidden if key.period == period.name]
        readable[audience] = shown(figures, done.hidden, rules)
        hidden[audience] = written(mine)
        proof[audience] = [
            [[row, move[key]] for key, row in zip(sorted(move), written(move), strict=True)]
            for move in done.by_key()
        ]
    tables = [
        _table(each, period, readable)
        for each in TABLES
        if each.population in populations_of(period)
    ]
    tables.append(_times(period, enough=max(ENOUGH, thresholds.exported)))
    return Computed(tables, {"atoms": atoms, "hidden": hidden, "proof": proof})


def _table(
    table: Table, period: Period, readable: Mapping[str, Mapping[Key, int | None]]
) -> dict[str, Any]:
    dimensions = [
        {"name": name, "vocabulary": table.vocabulary(name), "codes": list(codes)}
        for name, codes in table.dimensions.items()
    ]
    return {
        "name": table.name,
        "dimensions": dimensions,
        "cells": [
            {"at": at, **{audience: found[key] for audience, found in readable.items()}}
            for at in places(table.dimensions)
            for key in [Key(table.population.name, period.name, place(at))]
        ],
    }


def places(dimensions: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """Return the places of a table, margins and total among them: a dimension left out is all."""
    found: list[dict[str, str]] = [{}]
    for name, codes in dimensions.items():
        found = [{**at, **more} for at in found for more in [{}, *({name: c} for c in codes)]]
    return found


def _times(period: Period, *, enough: int) -> dict[str, Any]:
    """Return the times that are told: that there are others is not said either."""
    found = times.told(measures.times_to_accept(measures.span(*period.months)), enough=enough)
    cells: list[dict[str, Any]] = []
    for where, minutes in sorted({times.WHOLE: [], **found}.items()):
        said = {"median": _share(minutes, 0.5), "p90": _share(minutes, 0.9)} if minutes else None
        at = {n: code for n, code in zip(("team", "urgency"), where, strict=True) if code}
        cells.append({"at": at, **dict.fromkeys(RULES, said)})
    teams = sorted({team for team, _urgency in found} - {times.ALL})
    dimensions = [
        {"name": "team", "vocabulary": "", "codes": teams},
        {"name": "urgency", "vocabulary": "urgency", "codes": list(vocabularies.codes("urgency"))},
    ]
    return {"name": TIMES, "dimensions": dimensions, "cells": cells}


def _share(minutes: list[int], share: float) -> int:
    """
    Return the time within which a share of them was accepted, the coarser the longer it is.

    Long times are rare: an exact one would be known again from one margin in another.
    """
    at = sorted(minutes)[math.ceil(share * len(minutes)) - 1]
    step = next((step for most, step in _STEPS if at < most), _LONG)
    return step * round(at / step)
