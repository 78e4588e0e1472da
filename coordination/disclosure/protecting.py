"""
Hiding what would give hidden figures away (complementary suppression), with its proof.

For every hidden figure a move is found; where there is none, what stands in its way is hidden too.
Hiding more never spoils a move found before, so each hidden figure is looked at once. In the end
what was hidden for others, and is not needed any more, is shown again. What an earlier release
showed stays shown: if that leaves no move, there is no release.
"""

import copy
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from coordination.disclosure import moves
from coordination.disclosure.figures import Figures, Key
from coordination.disclosure.moves import Move, Sheet
from coordination.disclosure.one_more import one_more
from coordination.disclosure.rules import Rules, small

Proof = Mapping[Key, int]

MOST_DIMENSIONS = 2
"""Of a table; a margin has fewer, a total none."""

MOST_SEARCHES = 5000
"""After so many what is hidden stays so: a release has to come to its end, and a year is large."""


class Unsafe(Exception):
    """A hidden figure could be worked out, and nothing is left to hide."""


@dataclass(frozen=True)
class Protected:
    """What is hidden of some figures, and the moves that prove that it stays hidden."""

    figures: Figures
    hidden: frozenset[Key]
    proof: tuple[Move, ...]
    sheet: Sheet

    def by_key(self) -> list[Proof]:
        """Return the proof in words that outlive the sheet."""
        return [{self.sheet.keys[at]: step for at, step in move.items()} for move in self.proof]


def protect(
    figures: Figures,
    rules: Rules,
    *,
    hidden: Collection[Key] = (),
    settled: Collection[Key] = (),
    before: Collection[Proof] = (),
    widths: Mapping[str, int] | None = None,
) -> Protected:
    """
    Return what has to be hidden so that no hidden figure can be worked out to less than `width`.

    `hidden` is hidden in any case: by an earlier release, or for another audience. `settled`
    figures were released: what of them is not hidden is shown, and stays so; `before` is the proof
    with which they were. `widths` are those of earlier periods that were released under other
    thresholds: what they hid stays as wide.

    :raises Unsafe: if what was released before leaves no way.
    """
    primary = {key for key in small(figures, rules) if key not in settled}
    sheet = moves.sheet(figures, zeros_of=rules.zeros_of)
    wide = _widths(sheet, rules, widths)
    work = _Work(sheet, wide, primary | set(hidden) | figures.unseen, set(settled))
    number = {key: at for at, key in enumerate(sheet.keys)}
    work.remember({number[key]: step for key, step in move.items()} for move in before)
    work.run(unseen=[number[key] for key in figures.unseen])
    return Protected(
        figures, frozenset(sheet.keys[at] for at in work.hidden), tuple(work.proof), sheet
    )


def _widths(sheet: Sheet, rules: Rules, widths: Mapping[str, int] | None) -> list[int]:
    known = widths or {}
    return [known.get(key.period, rules.width) for key in sheet.keys]


class _Work:
    def __init__(
        self, sheet: Sheet, widths: Sequence[int], hidden: set[Key], settled: set[Key]
    ) -> None:
        self.sheet = sheet
        self.widths = widths
        self.hidden = {at for at, key in enumerate(sheet.keys) if key in hidden}
        free = {at for at, key in enumerate(sheet.keys) if key not in settled}
        self.may_hide = free - self.hidden
        self.before: dict[int, list[Move]] = {}
        """Figure -> the moves of it with which earlier releases were proved."""
        self.proof: list[Move] = []
        self.searches = 0
        self.down: dict[int, int] = {}
        self.up: dict[int, int] = {}

    def remember(self, before: Iterable[Move]) -> None:
        for move in before:
            for figure in move:
                self.before.setdefault(figure, []).append(move)

    def run(self, *, unseen: Collection[int]) -> None:
        hidden_by_itself = set(self.hidden)
        waiting = self._large_first(self.hidden - set(unseen))
        for figure in waiting:
            if self._width_of(figure) < self.widths[figure]:
                waiting.extend(sorted(self._make_room(figure)))
        self._show_again(self.hidden - hidden_by_itself, unseen=set(unseen))

    def _large_first(self, figures: Collection[int]) -> list[int]:
        """Return figures in order: the large ones can give the small ones room."""
        return sorted(figures, key=lambda at: (-self.sheet.values[at], at))

    def _show_again(self, figures: Collection[int], *, unseen: Collection[int]) -> None:
        """Show what the others have room without: totals first, which readers miss most."""
        for figure in sorted(figures, key=self._most_missed):
            if self.searches > MOST_SEARCHES:
                return
            trial = self._without(figure)
            others = self._large_first(trial.hidden - set(unseen))
            is_safe = all(trial.has_room(other) for other in others)
            self.searches = trial.searches
            if is_safe:
                self.hidden, self.proof = trial.hidden, trial.proof
                self.down, self.up = trial.down, trial.up

    def _most_missed(self, figure: int) -> tuple[int, int, int]:
        return len(self.sheet.keys[figure].at), -self.sheet.values[figure], figure

    def _without(self, figure: int) -> "_Work":
        """Return this with a figure shown, and with the moves that leave it as it is."""
        trial = copy.copy(self)
        trial.hidden = self.hidden - {figure}
        trial.proof, trial.down, trial.up = [], {}, {}
        for move in self.proof:
            if figure not in move:
                trial.keep(move)
        return trial

    def has_room(self, figure: int) -> bool:
        """Tell whether there is room for a figure behind what is hidden, looking for it."""
        return (
            self._width_of(figure) >= self.widths[figure]
            # Without a search: what hid it before still does, if all of that is hidden now.
            or self._take(*self._as_before(figure, self.hidden))
            or any(self._take(*each) for each in self._alone(figure))
        )

    def _make_room(self, figure: int) -> set[int]:
        """Find room for a figure, and return what had to be hidden for it."""
        if self.has_room(figure):
            return set()
        found = self._hiding_more(figure) or self._as_before(figure, self.hidden | self.may_hide)
        found = found or self._hiding_more(figure, is_last=True) or self._one_more(figure)
        if not found:
            raise Unsafe(f"nothing is left to hide {self.sheet.keys[figure]} behind")
        fresh = {at for each in found for at in each} - self.hidden
        self.hidden |= fresh
        self.may_hide -= fresh
        self._take(*found)
        return fresh

    def _hiding_more(self, figure: int, *, is_last: bool = False) -> list[Move]:
        """Find a move for which more is hidden: cells before margins, and these before totals."""
        for least in range(MOST_DIMENSIONS, -1, -1):
            move = moves.find(
                self.sheet,
                figure,
                self.widths[figure],
                hidden=self.hidden,
                may_hide={at for at in self.may_hide if len(self.sheet.keys[at].at) >= least},
                is_last=is_last,
            )
            if move:
                return [move]
        return []

    def _one_more(self, figure: int) -> list[Move]:
        move = one_more(
            self.sheet, figure, self.widths[figure], hidden=self.hidden, may_hide=self.may_hide
        )
        return [move] if move else []

    def _as_before(self, figure: int, may: Collection[int]) -> list[Move]:
        """
        Return how it, or a period of it, was hidden before, with its longer periods.

        Nothing, if that goes through a figure outside `may`.
        """
        for at in (figure, *moves.parts_over_time(self.sheet, figure)):
            known = self.before.get(at)
            if known:
                ends = min(known, key=lambda m: m[at]), max(known, key=lambda m: m[at])
                lifted = [moves.lift(self.sheet, each) for each in ends]
                steps = [each.get(figure, 0) for each in lifted]
                wide = max(*steps, 0) - min(*steps, 0) >= self.widths[figure]
                if wide and all(moves.is_sound(self.sheet, m, hidden=may) for m in lifted):
                    return lifted
        return []

    def _alone(self, figure: int) -> Iterator[tuple[Move | None, ...]]:
        """Yield ways to make room behind what is hidden already: up, down, or some of each."""
        value, width = self.sheet.values[figure], self.widths[figure]
        yield (self._find(figure, width),)
        if value >= width:
            yield (self._find(figure, -width),)
        lower = value - self.sheet.floors[figure]
        if 0 < lower < width:
            yield self._find(figure, -lower), self._find(figure, width - lower)

    def _find(self, figure: int, step: int) -> Move | None:
        self.searches += 1
        return moves.find(self.sheet, figure, step, hidden=self.hidden)

    def _take(self, *found: Move | None) -> bool:
        taken = [move for move in found if move is not None]
        if not taken or len(taken) < len(found):
            return False
        for move in taken:
            self.keep(move)
        return True

    def keep(self, move: Move) -> None:
        self.proof.append(move)
        for figure, step in move.items():
            self.up[figure] = max(self.up.get(figure, 0), step)
            self.down[figure] = min(self.down.get(figure, 0), step)

    def _width_of(self, figure: int) -> int:
        return self.up.get(figure, 0) - self.down.get(figure, 0)


def faults(
    done: Protected,
    rules: Rules,
    *,
    settled: Collection[Key] = (),
    widths: Mapping[str, int] | None = None,
) -> Iterator[str]:
    """Yield what is wrong with a release, checking each move of its proof anew; nothing if safe."""
    for key in small(done.figures, rules) - done.hidden - set(settled):
        yield f"{key} is shown and should not be"
    hidden = {at for at, key in enumerate(done.sheet.keys) if key in done.hidden}
    up, down = dict.fromkeys(hidden, 0), dict.fromkeys(hidden, 0)
    wide = _widths(done.sheet, rules, widths)
    for move in done.proof:
        if not moves.is_sound(done.sheet, move, hidden=hidden):
            yield "a move of the proof shows"
            continue
        for figure, step in move.items():
            up[figure] = max(up[figure], step)
            down[figure] = min(down[figure], step)
    for figure in sorted(hidden):
        if done.sheet.keys[figure] in done.figures.unseen:
            continue
        if up[figure] - down[figure] < wide[figure]:
            yield f"{done.sheet.keys[figure]} can be worked out"
