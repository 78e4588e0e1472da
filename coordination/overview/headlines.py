"""The few figures at the top, each with what it was before."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from coordination.charts import numbers
from coordination.overview.choosing import Chosen
from coordination.releasing.shown import Table
from coordination.releasing.wording import period_in_words


@dataclass(frozen=True)
class Headline:
    title: str
    value: str
    says: str
    tone: str = ""
    """`good` or `bad` where a change is one or the other."""

    is_hidden: bool = False


_TOTALS = ("volume", "decline_reasons", "requested", "unmet")
_SHARES = (("doors_tried", "doors", "1"), ("time_to_service", "wait", "within_1_day"))


def headlines(chosen: Chosen) -> list[Headline]:
    return [*_totals(chosen), *_shares(chosen)]


def _totals(chosen: Chosen) -> Iterator[Headline]:
    titles = {
        "volume": _("Referrals sent"),
        "decline_reasons": _("Referrals declined"),
        "requested": _("Services requested"),
        "unmet": _("Nobody offers it"),
    }
    for name in _TOTALS:
        table, before = chosen.table(name), chosen.earlier(name)
        if table is not None:
            now = table.cell().number
            then = before.cell().number if before else None
            words = numbers.count(now)
            says = _says(chosen, now, then)
            yield Headline(titles[name], words, says, is_hidden=now is None)


def _says(chosen: Chosen, now: int | None, then: int | None) -> str:
    if now is None:
        return _("to protect people")
    if chosen.before is None:
        return ""
    if then is None:
        return _("hidden in %(period)s") % {"period": period_in_words(chosen.before.period)}
    if now == then:
        return _("About as before")
    said = {"number": numbers.count(abs(now - then)), "share": numbers.share(abs(now - then), then)}
    return (
        _("Up %(number)s (%(share)s)") if now > then else _("Down %(number)s (%(share)s)")
    ) % said


def _shares(chosen: Chosen) -> Iterator[Headline]:
    titles = {
        "doors_tried": _("Served by the first desk"),
        "time_to_service": _("Served within a day"),
    }
    for name, dimension, code in _SHARES:
        table, before = chosen.table(name), chosen.earlier(name)
        if table is None:
            continue
        now, then = _share(table, dimension, code), _share(before, dimension, code)
        if now is None:
            says = _("to protect people")
            yield Headline(titles[name], numbers.count(None), says, is_hidden=True)
        elif then is None or now == then:
            yield Headline(titles[name], numbers.share(now, 100), "")
        else:
            says = _("Better: was %(share)s") if now > then else _("Was %(share)s")
            tone = "good" if now > then else "bad"
            was = {"share": numbers.share(then, 100)}
            yield Headline(titles[name], numbers.share(now, 100), says % was, tone)


def _share(table: Table | None, dimension: str, code: str) -> int | None:
    """Return a share in percent where both its figures are shown."""
    if table is None:
        return None
    part, whole = table.cell(**{dimension: code}).number, table.cell().number
    return round(100 * part / whole) if part is not None and whole else None
