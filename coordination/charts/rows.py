"""Rows of bars: where each label, bar and number stands, in both widths."""

from collections.abc import Sequence
from dataclasses import dataclass

from coordination.charts.canvas import HIDDEN, Canvas, column, measured, taken, wrapped

Pair = tuple[int | None, int | None]
"""What stands behind and what stands in front; None is hidden."""

_GAP = 4
"""Between a bar and what is hidden beside it."""


@dataclass(frozen=True)
class Rows:
    """Bars that begin at the same line and have the same scale."""

    canvas: Canvas
    left: float
    scale: float


@dataclass(frozen=True)
class Row:
    rows: Rows
    top: float
    outer: int
    """Height of the bar behind."""

    inner: int
    """Height of the bar in front."""

    below: float
    """Where the next row begins."""

    def bar(self, of: str, value: int | None, *, is_inner: bool = False) -> float:
        """Draw a bar, or what is hidden, and return where it ends."""
        high = self.inner if is_inner else self.outer
        top = self.top + (self.outer - high) / 2
        canvas, left = self.rows.canvas, self.rows.left
        if value is None:
            canvas.hidden(left, top, high)
            return left + HIDDEN
        canvas.box(of, left, top, max(value * self.rows.scale, 1), high)
        return left + value * self.rows.scale

    def pair(self, values: Pair, *, of: tuple[str, str]) -> float:
        """
        Draw a bar within the other, and return where they end.

        What one of them hides stands beside the other; where both are hidden, one box says so.
        """
        behind, front = values
        if behind is None and front is None:
            return self.bar(of[0], None)
        ends = self.bar(of[0], behind) if behind is not None else 0
        if front is not None:
            ends = max(ends, self.bar(of[1], front, is_inner=True))
        if None not in values:
            return ends
        high = self.inner if front is None else self.outer
        self.rows.canvas.hidden(ends + _GAP, self.top + (self.outer - high) / 2, high)
        return ends + _GAP + HIDDEN

    def write(self, words: str, *, of: str, after: float) -> None:
        """Write the number behind a wide bar; above a narrow one it stands already."""
        if not self.rows.canvas.is_narrow:
            self.rows.canvas.text(words, after + 7, self.top + 14, of=of)


def begin(
    canvas: Canvas, labels: Sequence[str], words: Sequence[str], pairs: Sequence[Pair]
) -> Rows:
    """Share the width out between labels, bars, what is hidden beside them, and numbers."""
    most = max((each for pair in pairs for each in pair if each), default=1)
    beside = _GAP + HIDDEN if any((a is None) != (b is None) for a, b in pairs) else 0
    if canvas.is_narrow:
        return Rows(canvas, 2, (canvas.width - 4 - beside) / most)
    left = column(labels) + 10
    room = canvas.width - left - max(map(measured, words), default=0) - 12 - beside
    return Rows(canvas, left, room / most)


def row(rows: Rows, label: str, words: str, *, of: str, y: float) -> Row:
    """Write a label, with its number above the bar where there is no room behind it."""
    canvas = rows.canvas
    if canvas.is_narrow:
        lines = wrapped(label, canvas.width - measured(words) - 16)
        canvas.lines(lines, 2, y + 14)
        canvas.text(words, canvas.width - 2, y + 14, of=of, anchor="end")
        return Row(rows, y + 19 + taken(lines), 14, 8, y + 40 + taken(lines))
    lines = wrapped(label, rows.left - 8)
    canvas.lines(lines, rows.left - 8, y + 20, anchor="end")
    return Row(rows, y + 6 + taken(lines) / 2, 19, 11, y + 26 + taken(lines))
