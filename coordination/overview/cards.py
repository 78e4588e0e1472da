"""A card: a finding, what is counted, a chart, and the same numbers as a table."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from coordination.charts import numbers
from coordination.charts.bars import Bar, bars, by_size
from coordination.coverage import REGIONS
from coordination.releasing.shown import Cell, Dimension, Table
from coordination.releasing.wording import period_in_words

Finding = Callable[[Sequence[tuple[str, int | None]], int | None], str]

ALL: Mapping[str, str] = {}
"""At no code of the other dimension: at its margin."""

MOST_HIDDEN = 3
"""Of rows that are hidden, so many are drawn; of more, their number is said. The table has all."""


@dataclass(frozen=True)
class Row:
    label: str
    cells: Sequence[str]
    link: str = ""


@dataclass(frozen=True)
class Key:
    """One entry of a key: a class of the stylesheet, and what it means."""

    of: str
    words: str | Promise


@dataclass(frozen=True)
class Card:
    name: str
    """Unique on a page."""

    title: str
    says: str
    """What is counted, in one line."""

    headings: Sequence[str]
    rows: Sequence[Row]
    picture: SafeString | None = None
    """None where no figure is shown; `silence` says why, if not to protect people."""

    silence: str = ""
    key: Sequence[Key] = field(default=())
    hidden: Sequence[str] = field(default=())
    """Labels of rows that are left out of the picture."""

    smaller: int = 0
    """How many shown rows stand in the table alone."""

    download: Table | None = None
    """The table of the release that has all its figures."""

    nearest: Sequence[Row] | None = None
    """Of many rows that lead somewhere, those that have a link below the picture too."""

    @property
    def links(self) -> list[Row]:
        rows = self.rows if self.nearest is None else self.nearest
        return [row for row in rows if row.link]


@dataclass(frozen=True)
class Figure:
    code: str
    label: str
    now: Cell
    before: Cell | None

    @property
    def bar(self) -> Bar:
        return Bar(self.label, self.now.number, self.before.number if self.before else None)


def figures(
    now: Table, before: Table | None, along: Dimension, at: Mapping[str, str]
) -> list[Figure]:
    """Return the figures along one dimension of a table, at codes of the other or at its margin."""
    return [
        Figure(
            code,
            along.label(code),
            now.cell(**{**at, along.name: code}),
            before.cell(**{**at, along.name: code}) if before else None,
        )
        for code in along.codes
    ]


def drawn_bars(
    found: Sequence[Figure], along: Dimension, *, in_order: bool
) -> tuple[list[Figure], list[str]]:
    """
    Return what is drawn, the longest first if it has no order of its own, and what is not.

    The ministry's regions are always drawn: each of them is looked for.
    """
    shown = [each for each in found if not each.now.is_hidden]
    gone = [each for each in found if each.now.is_hidden]
    if along.vocabulary == "region":
        kept = [each for each in gone if each.code in REGIONS]
    else:
        kept = gone if len(gone) <= MOST_HIDDEN else []
    drawn = [each for each in found if each in shown or each in kept]
    if not in_order:
        order = by_size([each.bar for each in drawn])
        drawn.sort(key=lambda each: order.index(each.bar))
    return drawn, [each.label for each in gone if each not in kept]


def counted(
    now: Table,
    before: Table | None,
    along: Dimension,
    *,
    finding: Finding | None = None,
    in_order: bool = False,
    links: Mapping[str, str] | None = None,
    name: str = "",
    at: Mapping[str, str] = ALL,
) -> Card:
    """Return the card of one dimension: bars, with those of the period before."""
    name = name or now.name
    found = figures(now, before, along, at)
    rows, left = drawn_bars(found, along, in_order=in_order)
    shown = by_size([each.bar for each in found])
    whole = Figure("", _("Total"), now.cell(**at), before.cell(**at) if before else None)
    title = finding([(bar.label, bar.value) for bar in shown], whole.now.number) if finding else ""
    any_shown = any(not each.now.is_hidden for each in found)
    return Card(
        name=name,
        download=now,
        title=title or now.title,
        says=now.counts,
        headings=headings(along.title, now, before),
        rows=[
            Row(each.label, compared(each.now, each.before), (links or {}).get(each.code, ""))
            for each in [*found, whole]
        ],
        picture=bars(name, now.title, [e.bar for e in rows], compared=before is not None)
        if any_shown
        else None,
        key=key(now, before, rows) if before else (),
        hidden=left,
    )


def headings(first: str, now: Table, before: Table | None) -> list[str]:
    more = [period_in_words(before.period), _("Difference")] if before else []
    return [first, period_in_words(now.period), *more]


def key(now: Table, before: Table, rows: Sequence[Figure]) -> list[Key]:
    """Return what the bars mean; of what was hidden before nothing is written beside it."""
    found = [Key("b1", period_in_words(now.period)), Key("b0", period_in_words(before.period))]
    if any(each.before and each.before.is_hidden for each in rows):
        found.append(Key("hid", _("Hidden")))
    return found


def compared(now: Cell, before: Cell | None) -> list[str]:
    """Return the cells of a row; a change is said where both figures are shown."""
    if before is None:
        return [now.words]
    return [now.words, before.words, change(now.number, before.number)]


def change(now: int | None, before: int | None) -> str:
    """Return a difference with its sign, or nothing where one of the two is hidden."""
    if now is None or before is None:
        return ""
    if now == before:
        return numbers.count(0)
    sign = "+" if now > before else "\N{MINUS SIGN}"
    return sign + numbers.count(abs(now - before))


def present(cards: Iterable[Card | None]) -> list[Card]:
    return [card for card in cards if card is not None]
