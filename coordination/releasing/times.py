"""
Times to accept, as they are told: by team and urgency, and over all teams or urgencies.

Twenty together tell nothing of one. But beside the times of nearly all of them, those of all would
tell of who is left; and a time that is not there would tell that somebody is. So a margin that has
a told cell is always told. It counts those in no told cell too where they are enough, however the
margins are taken from one another; else it is that of its told cells, and looks the same.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from itertools import chain, combinations

ALL = ""
Place = tuple[str, str]
"""Team and urgency; `ALL` is all of them."""

WHOLE: Place = (ALL, ALL)


def told(minutes: Mapping[Place, list[int]], *, enough: int) -> dict[Place, list[int]]:
    """Return what has enough times to be told, with the margins that give away no few."""
    cells = {place: found for place, found in minutes.items() if len(found) >= enough}
    others = {place: found for place, found in minutes.items() if 0 < len(found) < enough}
    counts_all = _counting_all(others, enough)
    margins: dict[Place, list[int]] = defaultdict(list)
    for (team, urgency), times in minutes.items():
        for place in (WHOLE, (team, ALL), (ALL, urgency)):
            if (team, urgency) in cells or place in counts_all:
                margins[place] += times
    return cells | {place: found for place, found in margins.items() if len(found) >= enough}


def _counting_all(others: Mapping[Place, list[int]], enough: int) -> set[Place]:
    """Return the margins that may count those in no told cell: enough, in all combinations."""
    rest = {place: len(found) for place, found in others.items()}
    known: Counter[Place] = Counter()
    for (team, urgency), number in rest.items():
        known.update(dict.fromkeys((WHOLE, (team, ALL), (ALL, urgency)), number))
    # All of all, then teams, then urgencies; the large ones first: they leave the least behind.
    order = sorted(known, key=lambda each: (each != WHOLE, each[0] == ALL, -known[each], each))
    chosen: set[Place] = set()
    for place in order:
        if known[place] >= enough and not any(
            0 < few < enough for few in _left(rest, {*chosen, place})
        ):
            chosen.add(place)
    return chosen


def _left(rest: Mapping[Place, int], margins: Collection[Place]) -> Iterator[int]:
    """
    Yield how many are left of some teams without some urgencies that lie within them.

    Whoever else can be told by adding margins up and taking them away is made of such.
    """
    grid: Counter[Place] = Counter()
    for (team, urgency), number in rest.items():
        # Those without a margin of their own stand together: they are all without the others.
        row = team if (team, ALL) in margins else ALL
        column = urgency if (ALL, urgency) in margins else ALL
        grid[row, column] += number
    rows, columns = Counter[str](), Counter[str]()
    for (row, column), number in grid.items():
        rows[row] += number
        columns[column] += number
    yield from rows.values()
    for some in chain.from_iterable(combinations(columns, n) for n in range(1, len(columns))):
        around = {row for row, column in grid if column in some}
        yield sum(rows[row] for row in around) - sum(columns[column] for column in some)
