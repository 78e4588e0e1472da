"""
Times to accept, as they are told: by team and urgency, and over all teams or urgencies.

Twenty together tell nothing of one. But beside the times of nearly all of them, those of all would
tell of who is left. So a margin is told only where nobody or enough are left, however those that
are told are taken from one another.
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
    rest = {place: len(found) for place, found in minutes.items() if 0 < len(found) < enough}
    margins = _margins(minutes)
    # All of all, then teams, then urgencies; the large ones first: they leave the least behind.
    order = sorted(margins, key=lambda each: (each[0] == ALL, -len(margins[each]), each))
    shown: dict[Place, list[int]] = {}
    for place in [WHOLE, *(each for each in order if each != WHOLE)]:
        found = margins.get(place, [])
        if len(found) >= enough and _may_be_told(place, rest, shown, enough):
            shown[place] = found
    return cells | shown


def _margins(minutes: Mapping[Place, list[int]]) -> dict[Place, list[int]]:
    found: dict[Place, list[int]] = defaultdict(list)
    for (team, urgency), times in minutes.items():
        for place in (WHOLE, (team, ALL), (ALL, urgency)):
            found[place] += times
    return found


def _may_be_told(
    place: Place, rest: Mapping[Place, int], shown: Collection[Place], enough: int
) -> bool:
    """`rest` is how many stand where they are too few to be told."""
    left = sum(n for each, n in rest.items() if _within(each, place))
    if not left:
        return True  # it says what its cells say
    return left >= enough and not any(0 < few < enough for few in _left(rest, {*shown, place}))


def _within(place: Place, margin: Place) -> bool:
    return all(of in (ALL, code) for code, of in zip(place, margin, strict=True))


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
