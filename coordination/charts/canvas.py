"""
What charts are drawn on: shapes as text, with no script and no style of its own.

Each chart is drawn wide and narrow, and the stylesheet shows one, so that its letters are as large
as those around it. What a picture shows stands in its description and in the table beside it too.
"""

import textwrap
from collections.abc import Callable, Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

WIDE, NARROW = 600, 340
"""Units across; in a card, about a pixel each."""

_LETTER = 6.9
"""The mean width of a letter; a bold one is wider."""

_BOLD = 7.4
_LEADING = 14


class Canvas:
    """Shapes in the order in which they cover each other; every text is escaped."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.shapes: list[SafeString] = []

    @property
    def is_narrow(self) -> bool:
        return self.width < WIDE

    def text(self, words: str, x: float, y: float, *, of: str = "l", anchor: str = "start") -> None:
        self._add(
            '<text class="{}" x="{}" y="{}" text-anchor="{}">{}</text>', of, x, y, anchor, words
        )

    def lines(self, lines: Sequence[str], x: float, y: float, *, anchor: str = "start") -> None:
        """Write lines below each other, the first one at `y`."""
        for number, line in enumerate(lines):
            self.text(line, x, y + number * _LEADING, anchor=anchor)

    def box(self, of: str, x: float, y: float, width: float, height: float) -> None:
        shape = '<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="1"/>'
        self._add(shape, of, x, y, width, height)

    def line(self, of: str, x1: float, y1: float, x2: float, y2: float) -> None:
        self._add('<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>', of, x1, y1, x2, y2)

    def dot(self, of: str, x: float, y: float, radius: float) -> None:
        self._add('<circle class="{}" cx="{}" cy="{}" r="{}"/>', of, x, y, radius)

    def path(self, of: str, points: Sequence[tuple[float, float]]) -> None:
        joined = " ".join(f"{_number(x)},{_number(y)}" for x, y in points)
        self._add('<polyline class="{}" points="{}"/>', of, joined)

    def hidden(self, x: float, y: float, height: float) -> None:
        """Draw what is not shown, always as wide: its size says nothing."""
        self.box("hid", x, y, HIDDEN, height)

    def _add(self, shape: str, *values: str | float) -> None:
        said = (each if isinstance(each, str) else _number(each) for each in values)
        self.shapes.append(format_html(shape, *said))


HIDDEN = 34


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def wrapped(label: str, width: float) -> list[str]:
    """Return a label in lines that fit, a long word broken."""
    return textwrap.wrap(label, max(int(width / _LETTER), 4)) or [""]


def taken(lines: Sequence[str]) -> int:
    """Return the height of lines beyond the first."""
    return _LEADING * (len(lines) - 1)


def measured(words: str) -> float:
    """Return about how wide bold letters are."""
    return len(words) * _BOLD


def column(labels: Sequence[str], most: float = 190) -> float:
    """Return the width of a column of labels, of which longer ones go on two lines."""
    return min(max((len(each) * _LETTER for each in labels), default=0), most)


def drawn(name: str, title: str, says: str, paint: Callable[[Canvas], float]) -> SafeString:
    """
    Return a chart for a wide and for a narrow window; `paint` returns the height that it took.

    `name` is unique on its page.
    """
    return format_html_join(
        "", "{}", ((_svg(name, title, says, paint, w),) for w in (WIDE, NARROW))
    )


def _svg(
    name: str, title: str, says: str, paint: Callable[[Canvas], float], width: int
) -> SafeString:
    canvas = Canvas(width)
    height = _number(paint(canvas))
    kind = "n" if canvas.is_narrow else "w"
    return format_html(
        '<svg class="chart chart--{kind}" role="img" viewBox="0 0 {width} {height}" '
        'aria-labelledby="{id}-t {id}-d"><title id="{id}-t">{title}</title>'
        '<desc id="{id}-d">{says}</desc>{shapes}</svg>',
        kind=kind,
        width=width,
        height=height,
        id=f"{name}-{kind}",
        title=title,
        says=says,
        shapes=format_html_join("", "{}", ((each,) for each in canvas.shapes)),
    )


def told(rows: Sequence[tuple[str, str]]) -> str:
    """Return the description of a chart: each label with what it shows."""
    said = "; ".join(f"{label} {value}" for label, value in rows)
    return _("%(rows)s. The table has the same numbers.") % {"rows": said}
