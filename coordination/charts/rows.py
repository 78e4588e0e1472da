"""Rows of bars: where each label, bar and number stands, in both widths."""

from collections.abc import Sequence
from dataclasses import dataclass

from coordination.charts.canvas import HIDDEN, Canvas, column, measured, taken, wrapped


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

    def write(self, words: str, *, of: str, after: float) -> None:
        """Write the number behind a wide bar; above a narrow one it stands already."""
        if not self.rows.canvas.is_narrow:
            self.rows.canvas.text(words, after + 7, self.top + 14, of=of)


def begin(canvas: Canvas, labels: Sequence[str], words: Sequence[str], *, most: int) -> Rows:
    """Share the width out between labels, bars and numbers."""
    if canvas.is_narrow:
        return Rows(canvas, 2, (canvas.width - 4) / most)
    left = column(labels) + 10
    room = canvas.width - left - max(map(measured, words), default=0) - 12
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
