"""A table of which each cell is as dark as its number is high; a table itself, and no picture."""

from collections.abc import Sequence
from dataclasses import dataclass

from coordination.charts import numbers

STEPS = 5
"""Shades that can be told apart."""


@dataclass(frozen=True)
class Cell:
    words: str
    shade: str
    """A class of the stylesheet: `h0` zero, `h1` to `h5`, `hs` hidden."""


@dataclass(frozen=True)
class Step:
    shade: str
    words: str


@dataclass(frozen=True)
class Heat:
    rows: Sequence[Sequence[Cell]]
    key: Sequence[Step]


def heat(values: Sequence[Sequence[int | None]], *, base: int) -> Heat:
    """
    Return the cells as they are shown, with the key of the shades that are used.

    The values are multiples of `base`, and so are the steps between shades.
    """
    shown = [each for row in values for each in row if each]
    least, most = min(shown, default=base), max(shown, default=base)
    width = max(-(-(most - least + base) // (STEPS * base)) * base, base)
    used: dict[int, Step] = {}

    def cell(value: int | None) -> Cell:
        if value is None:
            return Cell(numbers.count(None), "hs")
        if value == 0:
            return Cell(numbers.count(0), "h0")
        step = (value - least) // width
        low, high = least + step * width, least + (step + 1) * width - base
        words = numbers.count(low)
        if high > low:
            words = f"{words}–{numbers.count(high)}"
        used[step] = Step(f"h{step + 1}", words)
        return Cell(numbers.count(value), f"h{step + 1}")

    rows = [[cell(value) for value in row] for row in values]
    return Heat(rows, [used[step] for step in sorted(used)])
