"""
The attacker: knows every rule, every sum and everything that was ever shown, and does his sums.

Independent of the code that hides: he sees a reader's numbers, and solves a linear program for
each hidden figure. Releases that have nothing to do with each other are attacked in one program:
its matrix falls into blocks, so that the best sum of one figure of each is the best of every one.
"""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import highspy
import numpy as np

from coordination.disclosure.figures import Key, Sum
from coordination.disclosure.rules import Rules

Range = tuple[float, float]
FAR = 1e6
"""Wider than any figure: a reader has no bound at all."""

PRIMAL = 4
"""The strategy of HiGHS that goes on from where the last figure's best sum was found."""


@dataclass(frozen=True)
class Seen:
    """All that a reader has in hand: what is printed, None where it is hidden, and what adds up."""

    figures: dict[Key, int | None]
    sums: tuple[Sum, ...]
    rules: Rules
    of_period: Mapping[str, Rules] = field(default_factory=dict)
    """The rules of periods that were released under others."""

    def rules_of(self, key: Key) -> Rules:
        return self.of_period.get(key.period, self.rules)


def bounds(seen: Seen, key: Key) -> tuple[float, float]:
    """Return what a reader knows of one figure before doing sums."""
    value, rules = seen.figures[key], seen.rules_of(key)
    shows_zero = key.population in rules.zeros_of
    if value is None:
        return float(shows_zero), FAR
    if value == 0:
        return 0.0, 0.0
    half = rules.base // 2
    return float(max(rules.threshold, value - half)), float(value + half)


def worked_out(releases: list[Seen], *, enough: float = FAR) -> list[dict[Key, Range]]:
    """
    Return, for each release, the least and the most that each hidden figure can be.

    A figure that was found to be as wide as `enough` is left alone then: it may be wider still.
    """
    program = _Program(releases)
    chance = random.Random(1)
    left, before = len(program.narrow(enough)), 0
    while left and (not before or left < 0.9 * before):
        # Every solution says something of every figure: as long as it does, ask for many at once.
        program.solve({each: chance.choice((-1.0, 1.0)) for each in program.narrow(enough)})
        before, left = left, len(program.narrow(enough))
    while asked := program.one_of_each(enough):
        program.solve(dict.fromkeys(asked, 1.0))
        program.done |= set(asked)
    return [
        {key: program.found((n, key)) for key, value in seen.figures.items() if value is None}
        for n, seen in enumerate(releases)
    ]


class _Program:
    """One model, solved again and again for other figures: each time from where the last one ended."""

    def __init__(self, releases: list[Seen]) -> None:
        places = ((n, key) for n, seen in enumerate(releases) for key in seen.figures)
        self.columns = {each: at for at, each in enumerate(places)}
        self.all = np.arange(len(self.columns), dtype=np.int32)
        self.solver = highspy.Highs()
        self.solver.silent()
        self.solver.setOptionValue("solver", "simplex")
        self.solver.setOptionValue("simplex_strategy", PRIMAL)
        self.solver.passModel(self._model(releases))
        self.hidden = {
            (n, key): self.columns[n, key]
            for n, seen in enumerate(releases)
            for key, value in seen.figures.items()
            if value is None
        }
        self.low, self.high = np.full(len(self.all), FAR), np.zeros(len(self.all))
        self.done: set[tuple[int, Key]] = set()

    def _model(self, releases: list[Seen]) -> highspy.HighsLp:
        limits = [bounds(seen, key) for seen in releases for key in seen.figures]
        starts, columns, signs = [0], [], []
        for n, each in ((n, s) for n, seen in enumerate(releases) for s in seen.sums):
            row: Counter[int] = Counter(self.columns[n, part] for part in each.parts)
            row[self.columns[n, each.total]] -= 1
            columns += row.keys()
            signs += row.values()
            starts.append(len(columns))
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(limits), len(starts) - 1
        model.col_cost_ = np.zeros(len(limits))
        model.col_lower_ = np.array([low for low, _high in limits])
        model.col_upper_ = np.array([high for _low, high in limits])
        model.row_lower_ = model.row_upper_ = np.zeros(len(starts) - 1)
        matrix = model.a_matrix_
        matrix.format_ = highspy.MatrixFormat.kRowwise
        matrix.num_col_, matrix.num_row_ = model.num_col_, model.num_row_
        matrix.start_ = np.array(starts, dtype=np.int32)
        matrix.index_ = np.array(columns, dtype=np.int32)
        matrix.value_ = np.array(signs, dtype=np.double)
        return model

    def found(self, each: tuple[int, Key]) -> Range:
        at = self.columns[each]
        return float(self.low[at]), float(self.high[at])

    def narrow(self, enough: float) -> list[tuple[int, Key]]:
        is_narrow = self.high - self.low < enough
        return [each for each, at in self.hidden.items() if is_narrow[at] and each not in self.done]

    def one_of_each(self, enough: float) -> list[tuple[int, Key]]:
        return list({n: (n, key) for n, key in self.narrow(enough)}.values())

    def solve(self, signs: dict[tuple[int, Key], float]) -> None:
        wanted = np.zeros(len(self.all))
        for each, sign in signs.items():
            wanted[self.columns[each]] = sign
        for direction in (wanted, -wanted):
            self.solver.changeColsCost(len(self.all), self.all, direction)
            self.solver.run()
            status = self.solver.getModelStatus()
            assert status == highspy.HighsModelStatus.kOptimal, status
            solved = np.array(self.solver.getSolution().col_value)
            self.low, self.high = np.minimum(self.low, solved), np.maximum(self.high, solved)


def propagated(seen: Seen) -> dict[Key, Range]:
    """Return what comes out by hand: each sum narrows its parts, again and again."""
    known = {key: bounds(seen, key) for key in seen.figures}
    for _ in range(50):
        before = dict(known)
        for each in seen.sums:
            low = sum(known[part][0] for part in each.parts)
            high = sum(known[part][1] for part in each.parts)
            at = known[each.total]
            known[each.total] = at = (max(at[0], low), min(at[1], high))
            for part in each.parts:
                a, b = known[part]
                known[part] = (max(a, at[0] - (high - b)), min(b, at[1] - (low - a)))
        if known == before:
            break
    return {key: known[key] for key, value in seen.figures.items() if value is None}


@dataclass
class Score:
    hidden: int = 0
    shown: int = 0
    pinned: int = 0
    narrow: int = 0
    narrowest: float = FAR

    def add(self, seen: Seen, found: dict[Key, Range], width: int | None = None) -> None:
        """Add what was found; `width` is what was promised, by default that of each period."""
        self.shown += len(seen.figures) - len(found)
        for key, (low, high) in found.items():
            self.hidden += 1
            self.pinned += high - low < 0.5
            promised = seen.rules_of(key).width if width is None else width
            self.narrow += high - low < promised - 1e-6
            self.narrowest = min(self.narrowest, high - low)
