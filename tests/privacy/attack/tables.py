"""Tables to attack: random ones, and ones made to be hard to hide in."""

import random

from coordination.disclosure.figures import Figures, over_time, table

REGIONS = ("central", "east", "north", "toronto", "west")


def random_figures(seed: int) -> Figures:
    """Return one or two linked tables of few or many, with few or many agencies behind them."""
    chance = random.Random(seed)
    rows = [f"r{n}" for n in range(chance.randint(2, 3))]
    first = counts(chance, rows, [f"a{n}" for n in range(chance.randint(2, 4))])
    figures = table("asked", "2026-Q3", dimensions=first[0], counted=first[1])
    if chance.random() < 0.3:
        second = same_margin(chance, first[1], rows, [f"b{n}" for n in range(chance.randint(2, 4))])
        figures.add(table("asked", "2026-Q3", dimensions=second[0], counted=second[1]))
    return figures


def counts(chance, rows, columns, *, typical=None):
    usual = typical or chance.choice([1, 3, 8, 20, 60])
    agencies = chance.choice([1, 2, 5, 12])
    counted = {}
    for row in rows:
        scale = chance.choice([0.1, 1, 1, 3])
        for column in columns:
            cell: dict[int, int] = {}
            for _ in range(int(chance.expovariate(1 / (usual * scale)))):
                agency = chance.randrange(agencies)
                cell[agency] = cell.get(agency, 0) + 1
            counted[row, column] = cell
    return {"region": rows, "what": columns}, counted


def same_margin(chance, counted, rows, columns):
    """Return a table by another dimension of the same people: its margin is the other's."""
    other = {(row, column): {} for row in rows for column in columns}
    for (row, _column), cell in counted.items():
        for agency, number in cell.items():
            for _ in range(number):
                mine = other[row, chance.choice(columns)]
                mine[agency] = mine.get(agency, 0) + 1
    return {"region": rows, "who": columns}, other


def of(cells, *, population="cases", period="2026-Q3", agencies=6) -> Figures:
    """Return a table as it is written down, spread over some agencies."""
    counted = {
        codes: {a: n // agencies + (a < n % agencies) for a in range(agencies)}
        for codes, n in cells.items()
    }
    dimensions = {
        "region": list(dict.fromkeys(row for row, _ in cells)),
        "what": list(dict.fromkeys(column for _, column in cells)),
    }
    return table(population, period, dimensions=dimensions, counted=counted)


def quarters(chance, rows, columns, periods, *, whole=None) -> Figures:
    """Return the same table of several periods, and of the period that they make together."""
    figures, together = Figures(), {}
    for period in periods:
        dimensions, counted = counts(chance, rows, columns, typical=chance.choice([4, 12, 30]))
        figures.add(table("cases", period, dimensions=dimensions, counted=counted))
        for codes, cell in counted.items():
            mine = together.setdefault(codes, {})
            for agency, number in cell.items():
                mine[agency] = mine.get(agency, 0) + number
    if whole:
        added = table("cases", whole, dimensions=dimensions, counted=together)
        figures.add(added)
        figures.add(over_time(added, periods, figures.counts))
    return figures


def part(figures: Figures, periods) -> Figures:
    """Return what of these figures speaks of some periods alone."""
    kept = {key: count for key, count in figures.counts.items() if key.period in periods}
    sums = {s: None for s in figures.sums if {s.total, *s.parts} <= set(kept)}
    return Figures(kept, sums)
