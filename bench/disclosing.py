"""What it costs to hide what a quarter of the province would give away, in every table."""

import random
import time

from bench.report import Report
from coordination.disclosure.figures import Figures, table
from coordination.disclosure.protecting import faults, protect
from coordination.disclosure.rules import Rules

SECONDS = 30
"""The goal for every table of a province-sized quarter."""

AGENCIES = 249
SHAPES = (
    # population, dimensions with how many codes, and how many are counted
    ("sent", {"from": 7, "to": 7}, 4000),
    ("asked", {"service": 38, "region": 7}, 7000),
    ("unmet", {"service": 38, "region": 7}, 600),
    ("declined", {"reason": 16, "kind": 14}, 900),
    ("outcomes", {"service": 38, "outcome": 13}, 3000),
    ("begun", {"doors": 4, "region": 7}, 2500),
    ("cases", {"age": 12, "situation": 5}, 2500),
    ("cases of gender", {"gender": 6, "age": 12}, 2500),
    ("cases of language", {"language": 11, "region": 6}, 2500),
)


def quarter(seed: int = 1) -> Figures:
    """Return made-up figures of the size of the province: a few codes are frequent, most rare."""
    chance = random.Random(seed)  # noqa: S311  a measure, not a secret
    figures = Figures()
    for population, sizes, count in SHAPES:
        dimensions = {name: [f"{name}{n}" for n in range(size)] for name, size in sizes.items()}
        weights = {name: [1 / (n + 1) for n in range(size)] for name, size in sizes.items()}
        counted: dict[tuple[str, ...], dict[int, int]] = {}
        for _ in range(count):
            codes = tuple(chance.choices(dimensions[n], weights[n])[0] for n in dimensions)
            cell = counted.setdefault(codes, {})
            agency = chance.randrange(AGENCIES)
            cell[agency] = cell.get(agency, 0) + 1
        figures.add(table(population, "2026-Q3", dimensions=dimensions, counted=counted))
    return figures


def measure(report: Report) -> None:
    """Add the line of the tables, for both audiences and with the check."""
    figures = quarter()
    started = time.monotonic()
    network, exported = Rules(), Rules(threshold=20)
    inside = protect(figures, network)
    outside = protect(figures, exported, hidden=inside.hidden)
    found = [*faults(inside, network), *faults(outside, exported)]
    took = time.monotonic() - started
    report.gate("nothing hidden of a quarter can be worked out", not found)
    report.add(f"every table of a province's quarter / {SECONDS} s", took / SECONDS, most=1.0)
    report.note(
        f"Disclosure: {len(figures.counts)} figures of {len(SHAPES)} tables for two audiences in"
        f" {took:.1f} s; the network is shown {len(figures.counts) - len(inside.hidden)} of them,"
        f" exports {len(figures.counts) - len(outside.hidden)}."
    )
