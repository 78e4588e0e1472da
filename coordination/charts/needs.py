"""Services: how often each was requested, and how often nobody offered it, one bar in the other."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from coordination.charts import numbers, rows
from coordination.charts.canvas import Canvas, drawn, told


@dataclass(frozen=True)
class Need:
    """Both are counted apart: what nobody offers was often never requested of a desk."""

    label: str
    requested: int | None
    unmet: int | None
    """None is hidden, of either."""

    @property
    def is_hidden(self) -> bool:
        return self.requested is None and self.unmet is None

    @property
    def words(self) -> str:
        if self.is_hidden:
            return numbers.both_hidden()
        return f"{numbers.count(self.unmet)} / {numbers.count(self.requested)}"


def by_size(needs: Sequence[Need]) -> list[Need]:
    """Return what is unmet most first, then what is requested most; what is hidden stands last."""
    return sorted(
        needs,
        key=lambda need: (need.is_hidden, -(need.unmet or 0), -(need.requested or 0)),
    )


def needs(name: str, title: str, found: Sequence[Need]) -> SafeString:
    says = told([(need.label, need.words) for need in found])
    return drawn(name, title, says, lambda canvas: _paint(canvas, found))


def _paint(canvas: Canvas, found: Sequence[Need]) -> float:
    pairs = [(need.requested, need.unmet) for need in found]
    labels, words = [need.label for need in found], [need.words for need in found]
    all_rows = rows.begin(canvas, labels, words, pairs)
    y = 0.0
    for need, pair in zip(found, pairs, strict=True):
        of = "sup" if need.is_hidden else "v"
        row = rows.row(all_rows, need.label, need.words, of=of, y=y)
        row.write(need.words, of=of, after=row.pair(pair, of=("b0", "b2")))
        y = row.below
    return y + 4
