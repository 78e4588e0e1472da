"""Horizontal bars: one number for each label, with the one before as a pale bar behind it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from coordination.charts import numbers, rows
from coordination.charts.canvas import Canvas, drawn, told


@dataclass(frozen=True)
class Bar:
    label: str
    value: int | None
    """None is hidden."""

    before: int | None = None

    @property
    def words(self) -> str:
        return numbers.count(self.value)


def by_size(found: Sequence[Bar]) -> list[Bar]:
    """Return the longest first; what is hidden stands last, as it was given."""
    return sorted(found, key=lambda bar: (bar.value is None, -(bar.value or 0)))


def bars(name: str, title: str, found: Sequence[Bar], *, compared: bool = False) -> SafeString:
    """Draw the bars as they are given; `compared` draws what was before too."""

    def paint(canvas: Canvas) -> float:
        return _paint(canvas, found, compared=compared)

    return drawn(name, title, told([(bar.label, bar.words) for bar in found]), paint)


def _paint(canvas: Canvas, found: Sequence[Bar], *, compared: bool) -> float:
    pairs = [(bar.before if compared else bar.value, bar.value) for bar in found]
    words = [_words(bar, compared=compared) for bar in found]
    all_rows = rows.begin(canvas, [bar.label for bar in found], words, pairs)
    y = 0.0
    for bar, pair, said in zip(found, pairs, words, strict=True):
        of = "sup" if bar.value is None else "v"
        row = rows.row(all_rows, bar.label, said, of=of, y=y)
        if compared:
            ends = row.pair(pair, of=("b0", "b1"))
        else:
            ends = row.bar("b1", bar.value, is_inner=True)
        row.write(said, of=of, after=ends)
        y = row.below
    return y + 4


def _words(bar: Bar, *, compared: bool) -> str:
    is_both = compared and bar.value is None and bar.before is None
    return numbers.both_hidden() if is_both else bar.words
