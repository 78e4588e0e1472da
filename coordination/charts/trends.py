"""Lines over periods: at most three series, told apart by their dashes and named at their ends."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from coordination.charts import numbers
from coordination.charts.canvas import Canvas, drawn, measured, told

MOST = 3
_HIGH = 170
"""Height of the drawing within its axes."""
_ROOM = 24


@dataclass(frozen=True)
class Series:
    label: str
    """Empty where there is one line, which the title names."""

    values: Sequence[int | None]
    """One for each period; None is hidden, and the line is broken there."""


def trend(
    name: str,
    title: str,
    periods: Sequence[str],
    series: Sequence[Series],
    *,
    words: Callable[[int | None], str] = numbers.count,
) -> SafeString:
    """:raises ValueError: if there are more series than can be told apart."""
    if len(series) > MOST:
        raise ValueError(f"A chart shows at most {MOST} lines.")
    most = max((each for one in series for each in one.values if each), default=1)
    says = told([(one.label or title, _said(one, periods, words)) for one in series])
    return drawn(name, title, says, lambda canvas: _paint(canvas, periods, series, most, words))


def _said(one: Series, periods: Sequence[str], words: Callable[[int | None], str]) -> str:
    return ", ".join(
        f"{when} {words(value)}" for when, value in zip(periods, one.values, strict=True)
    )


def _paint(
    canvas: Canvas,
    periods: Sequence[str],
    series: Sequence[Series],
    most: int,
    words: Callable[[int | None], str],
) -> float:
    left = measured(words(most)) + 10
    widest = max(measured(each.label) for each in series)
    names = 0 if canvas.is_narrow or not widest else widest + 12
    room = canvas.width - left - names - 18 - max(map(measured, periods)) / 2
    across = [left + 12 + room * n / max(len(periods) - 1, 1) for n in range(len(periods))]
    for at in (0, most):
        y = _height(at, most)
        canvas.line("gl", left, y, canvas.width - names, y)
        canvas.text(words(at) if at else "0", left - 8, y + 4, of="ax", anchor="end")
    _periods(canvas, periods, across)
    for number, each in enumerate(series, start=1):
        _line(canvas, each, number, across, most)
    return _HIGH + 44


def _height(value: int, most: int) -> float:
    return 14 + _HIGH * (1 - value / most)


def _periods(canvas: Canvas, periods: Sequence[str], across: Sequence[float]) -> None:
    """Name as many periods as fit, the last one always."""
    widest = max(map(measured, periods)) + 8
    room = across[-1] - across[0]
    each = max(1, -(-len(periods) * widest // max(room, 1)))
    for number, (x, words) in enumerate(zip(across, periods, strict=True)):
        if (len(periods) - 1 - number) % int(each) == 0:
            canvas.text(words, x, _HIGH + 36, of="ax", anchor="middle")


def _line(canvas: Canvas, series: Series, number: int, across: Sequence[float], most: int) -> None:
    run: list[tuple[float, float]] = []
    last: tuple[float, float] | None = None
    for x, value in zip(across, series.values, strict=True):
        if value is None:
            canvas.path(f"ln ln{number}", run)
            run = []
            canvas.box("hid", x - 5, _height(0, most) - 12, 10, 12)
            continue
        last = (x, _height(value, most))
        run.append(last)
        canvas.dot(f"pt pt{number}", *last, 3.5)
    canvas.path(f"ln ln{number}", run)
    if not series.label:
        return
    if last and not canvas.is_narrow:
        canvas.text(series.label, across[-1] + 14, last[1] + 4, of="v")
    elif last:
        # Where there is no room above the line, below it.
        y = last[1] + (22 if last[1] < _ROOM else -9)
        canvas.text(series.label, across[-1], y, of="v", anchor="end")
