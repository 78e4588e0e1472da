"""Times: a dot at the median, a ring at the 90th percentile, and the standard as a dashed line."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from coordination.charts import numbers
from coordination.charts.canvas import Canvas, column, drawn, taken, told, wrapped
from coordination.charts.numbers import DAY, HOUR

_STEPS = (30, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 4 * DAY, 7 * DAY)
"""Minutes between two lines of the grid."""

_LINES = {False: 6, True: 3}


@dataclass(frozen=True)
class Range:
    label: str
    times: tuple[int, int] | None
    """Median and 90th percentile in minutes; None where too few were counted."""

    @property
    def words(self) -> str:
        if self.times is None:
            return _("too few to show")
        return ", ".join(map(numbers.time, self.times))


def by_length(rows: Sequence[Range]) -> list[Range]:
    """Return the longest 90th percentile first; what is not shown stands last."""
    return sorted(rows, key=lambda row: (row.times is None, -(row.times or (0, 0))[1]))


def ranges(name: str, title: str, rows: Sequence[Range], *, target: int | None) -> SafeString:
    """Draw the rows as they are given; `target` in minutes."""
    most = max([*(row.times[1] for row in rows if row.times), target or 0, HOUR])
    says = told([(row.label, row.words) for row in rows])
    return drawn(name, title, says, lambda canvas: _paint(canvas, rows, target, most))


def _paint(canvas: Canvas, rows: Sequence[Range], target: int | None, most: int) -> float:
    left = 16 if canvas.is_narrow else column([row.label for row in rows]) + 22
    scale = (canvas.width - left - 22) / most
    tops, y = [], 0.0
    for row in rows:
        lines = wrapped(row.label, _room(canvas, row, left))
        tops.append((y, lines))
        y += (42 if canvas.is_narrow else 26) + taken(lines)
    _grid(canvas, left=left, scale=scale, most=most, below=y)
    if target is not None:
        canvas.line("tgt", left + target * scale, 2, left + target * scale, y)
    for row, (top, lines) in zip(rows, tops, strict=True):
        _row(canvas, row, lines, left=left, top=top, scale=scale)
    return y + 24


def _room(canvas: Canvas, row: Range, left: float) -> float:
    return canvas.width - 8 * len(row.words) - 16 if canvas.is_narrow else left - 20


def _grid(canvas: Canvas, *, left: float, scale: float, most: int, below: float) -> None:
    steps = [each for each in _STEPS if most / each <= _LINES[canvas.is_narrow]]
    step = steps[0] if steps else most
    for at in range(0, most + 1, step):
        canvas.line("gl", left + at * scale, 0, left + at * scale, below)
        words = numbers.time(at) if at else "0"
        canvas.text(words, left + at * scale, below + 18, of="ax", anchor="middle")


def _row(
    canvas: Canvas, row: Range, lines: Sequence[str], *, left: float, top: float, scale: float
) -> None:
    of = "sup" if row.times is None else "v"
    if canvas.is_narrow:
        canvas.lines(lines, 2, top + 14)
        canvas.text(row.words, canvas.width - 2, top + 14, of=of, anchor="end")
        y = top + 27 + taken(lines)
    else:
        canvas.lines(lines, left - 14, top + 18, anchor="end")
        y = top + 14 + taken(lines) / 2
    if row.times is not None:
        half, most = (left + each * scale for each in row.times)
        canvas.line("rng", half, y, most, y)
        canvas.dot("p90", most, y, 5.5)
        canvas.dot("med", half, y, 7)
    elif not canvas.is_narrow:
        canvas.hidden(left, y - 6, 12)
        canvas.text(row.words, left + 42, y + 4, of="sup")
