"""
Moves: other numbers that would have looked the same.

A move says for some hidden figures how much more or less they could have been, with every sum
still right, nothing below zero and nothing that is shown changed by one. So a reader who knows
every sum and every rule cannot tell the two apart: the move proves how wide he has to guess.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from coordination.disclosure.figures import Figures, Key

Move = Mapping[int, int]
"""Number of a figure -> how much more it could have been."""

_EFFORT, _LINKED_EFFORT = 400, 60
"""
Steps of one search; what is not found by then is found by hiding more. Fewer where periods are
linked: there every figure has many ways, and what an earlier release hid is known to be safe.
"""

_BREADTH = 8

_WHOLE, _SHARED, _ONLY_UP = "whole", "shared", "only up"
"""
Ways to search. A step is taken whole by one figure; or shared by several, each as much as it can;
or as if more had been counted, which goes through wherever nothing in its way is shown.
"""


@dataclass(frozen=True)
class Sheet:
    """Figures by number, for searching: tuples of numbers instead of keys."""

    keys: tuple[Key, ...]
    values: tuple[int, ...]
    floors: tuple[int, ...]
    """What a reader knows that a hidden figure is at least: 1 where a zero would be shown."""

    sums: tuple[tuple[int, tuple[int, ...]], ...]
    """Total, and parts."""

    sums_of: tuple[tuple[tuple[int, int], ...], ...]
    """Of each figure: the sums it is in, with 1 where it is the total, and -1 where a part."""

    over_time: frozenset[int]
    """The sums of periods."""


def sheet(figures: Figures, *, zeros_of: Collection[str]) -> Sheet:
    """Return figures by number; of the populations `zeros_of` every reader is shown the zeros."""
    keys = tuple(sorted(figures.counts))  # so that the same figures are hidden alike, always
    number = {key: at for at, key in enumerate(keys)}
    ordered = sorted(figures.sums)
    sums = tuple(
        (number[each.total], tuple(number[part] for part in each.parts)) for each in ordered
    )
    over_time = frozenset(at for at, each in enumerate(ordered) if each.over_time)
    sums_of: list[list[tuple[int, int]]] = [[] for _ in keys]
    for at, (total, parts) in enumerate(sums):
        sums_of[total].append((at, 1))
        for part in parts:
            sums_of[part].append((at, -1))
    values = tuple(figures.counts[key].value for key in keys)
    floors = tuple(int(key.population in zeros_of) for key in keys)
    return Sheet(keys, values, floors, sums, tuple(map(tuple, sums_of)), over_time)


def find(
    sheet: Sheet,
    start: int,
    step: int,
    *,
    hidden: Collection[int],
    may_hide: Collection[int] = (),
    is_last: bool = False,
) -> Move | None:
    """
    Return a move that changes one figure by `step`, or None if none was found.

    It changes what is hidden, and what of `may_hide` would have to be hidden for it. `is_last` says
    that nothing else is left to try: then linked periods are searched as long as any.
    """
    if sheet.values[start] + step < sheet.floors[start]:
        return None
    ways = (_WHOLE, _ONLY_UP) if may_hide else (_WHOLE, _SHARED)
    for way in ways:
        effort = _LINKED_EFFORT if sheet.over_time and not is_last else _EFFORT
        search = _Search(sheet, hidden, may_hide, way, effort)
        if search.carry(start, step):
            return dict(search.moved)
    return None


def lift(sheet: Sheet, move: Move) -> Move:
    """
    Return a move within one period that its longer periods follow.

    What could have been so in a month could have been so in its year: of figures that are not shown
    yet there is always this way, though it hides more of them than `find` does.
    """
    lifted, touched = dict(move), set(move)
    for _ in range(2):  # from months to quarters, from quarters to years
        found = {at for figure in touched for at in _wholes(sheet, figure)}
        touched = set()
        for at in found:
            total, parts = sheet.sums[at]
            lifted[total] = sum(lifted.get(part, 0) for part in parts)
            touched.add(total)
    return {figure: step for figure, step in lifted.items() if step}


def _wholes(sheet: Sheet, figure: int) -> Iterator[int]:
    """Yield the sums of periods in which a figure is a part."""
    for at, sign in sheet.sums_of[figure]:
        if sign == -1 and at in sheet.over_time:
            yield at


def parts_over_time(sheet: Sheet, figure: int) -> list[int]:
    mine = [at for at, sign in sheet.sums_of[figure] if sign == 1 and at in sheet.over_time]
    parts = [part for at in mine for part in sheet.sums[at][1]]
    return parts + [deeper for part in parts for deeper in parts_over_time(sheet, part)]


def is_sound(sheet: Sheet, move: Move, *, hidden: Collection[int]) -> bool:
    """Tell whether a reader cannot tell the moved figures from the counted ones."""
    for at, step in move.items():
        if at not in hidden or sheet.values[at] + step < sheet.floors[at]:
            return False
    touched = {at for figure in move for at, _sign in sheet.sums_of[figure]}
    return all(
        move.get(total, 0) == sum(move.get(part, 0) for part in parts)
        for total, parts in (sheet.sums[at] for at in touched)
    )


class _Search:
    """Depth first: whatever a change breaks is repaired by another, each figure changed once."""

    def __init__(
        self,
        sheet: Sheet,
        hidden: Collection[int],
        may_hide: Collection[int],
        way: str,
        effort: int,
    ) -> None:
        self.way = way
        self.effort = effort
        self.sheet = sheet
        self.hidden = hidden
        self.may_hide = may_hide
        self.moved: dict[int, int] = {}
        self.broken: dict[int, int] = {}
        """Sum -> how much its total is above its parts."""

    def carry(self, figure: int, step: int) -> bool:
        self._change(figure, step)
        if self._repair():
            return True
        self._change(figure, -step)
        del self.moved[figure]
        return False

    def _repair(self) -> bool:
        if not self.broken:
            return True
        at, above = next(iter(self.broken.items()))
        for figure, step in self._ways(at, above):
            self.effort -= 1
            if self.effort < 0:
                return False
            if self.carry(figure, step):
                return True
        return False

    def _ways(self, at: int, above: int) -> Iterable[tuple[int, int]]:
        """Return what could repair a sum, what breaks and hides least first."""
        total, parts = self.sheet.sums[at]
        ways = [(part, self._able(part, above)) for part in parts]
        ways.append((total, self._able(total, -above)))
        return sorted((way for way in ways if way[1]), key=self._price)[:_BREADTH]

    def _able(self, figure: int, step: int) -> int:
        """Return how much of a step a figure can take."""
        if figure in self.moved or not (figure in self.hidden or figure in self.may_hide):
            return 0
        room = self.sheet.values[figure] - self.sheet.floors[figure]
        if room < 0:
            return 0
        if step < 0 and self.way == _ONLY_UP:
            return 0
        return step if step >= -room else -room * (self.way == _SHARED)

    def _price(self, way: tuple[int, int]) -> tuple[int, int]:
        figure, step = way
        breaks = sum(
            -1 if self.broken.get(at, 0) + sign * step == 0 else at not in self.broken
            for at, sign in self.sheet.sums_of[figure]
        )
        lost = 0 if figure in self.hidden else self.sheet.values[figure]
        return breaks + 2 * bool(lost), lost

    def _change(self, figure: int, step: int) -> None:
        self.moved[figure] = step
        for at, sign in self.sheet.sums_of[figure]:
            above = self.broken.pop(at, 0) + sign * step
            if above:
                self.broken[at] = above
