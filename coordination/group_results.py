"""Whether the next release moved after an action was done: said plainly, and never as its cause."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from coordination.access import Actor
from coordination.action_states import ActionStatus
from coordination.counting.histories import month_of
from coordination.models import GroupAction
from coordination.releasing.computing import NETWORK
from coordination.releasing.periods import Period
from coordination.releasing.reading import Edition, released
from coordination.releasing.shown import Cell
from coordination.releasing.wording import period_in_words

UNMET = "unmet"
"""The table in which a gap shows."""

_OF_A_QUARTER = 3


class Moved(StrEnum):
    LOWER = "lower"
    HIGHER = "higher"
    SAME = "same"
    HIDDEN = "hidden"
    NOT_YET = "not_yet"
    NO_EARLIER = "no_earlier"


@dataclass(frozen=True)
class Result:
    """The figure of the last release before an action was done, and of the first after it."""

    moved: Moved
    earlier: Period
    later: Period
    before: Cell | None = None
    after: Cell | None = None

    @property
    def words(self) -> str:
        """Return one sentence on it, in the reader's language."""
        return str(_SENTENCES[self.moved]) % {
            "earlier": period_in_words(self.earlier),
            "later": period_in_words(self.later),
            "before": _words(self.before),
            "after": _words(self.after),
        }


_SENTENCES: Mapping[Moved, Promise] = {
    Moved.LOWER: _("Lower after it: %(after)s (%(later)s), from %(before)s (%(earlier)s)."),
    Moved.HIGHER: _("Higher after it: %(after)s (%(later)s), from %(before)s (%(earlier)s)."),
    Moved.SAME: _("Unchanged after it: %(after)s (%(earlier)s, and %(later)s)."),
    Moved.HIDDEN: _("Not known: a figure is hidden to protect people (%(earlier)s, or %(later)s)."),
    Moved.NOT_YET: _("Not yet there: the release of %(later)s will show it."),
    Moved.NO_EARLIER: _("Not known: there is no release of %(earlier)s to compare with."),
}

Read = Callable[[Period], Edition | None]


def reader(actor: Actor, *, audience: str = NETWORK) -> Read:
    """Return a reader of releases that looks each period up once."""

    @cache
    def read(period: Period) -> Edition | None:
        return released(actor, period, audience=audience)

    return read


def result_of(action: GroupAction, read: Read) -> Result | None:
    """Return what became of the figure that an action is about; None where it is about none."""
    if action.status != ActionStatus.DONE or action.ended_at is None or action.cause == "desk":
        return None
    like = Period.named(action.period) if action.period else Period(2000, 1)
    ended = period_at(action.ended_at, like=like)
    earlier, later = ended.before, _after(ended)
    before, after = _figure(action, read(earlier)), _figure(action, read(later))
    return Result(_moved(before, after), earlier, later, before, after)


def period_at(at: dt.datetime, *, like: Period) -> Period:
    """Return the period of the same length as another in which a moment lies."""
    month = month_of(at)
    quarter = (month.month + _OF_A_QUARTER - 1) // _OF_A_QUARTER
    if like.month:
        return Period(month.year, quarter, month.month)
    return Period(month.year, quarter if like.quarter else 0)


def _after(period: Period) -> Period:
    """Return the period of the same length after this one."""
    last = period.months[1]
    begins = (last.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
    moment = dt.datetime.combine(begins, dt.time(12), dt.UTC)
    return period_at(moment, like=period)


def _figure(action: GroupAction, edition: Edition | None) -> Cell | None:
    table = edition.table(action.table or UNMET) if edition else None
    if table is None:
        return None
    place = action.at_place if action.table else gap_place(action.service, action.region)
    return table.cell(**place)


def gap_place(service: str, region: str) -> dict[str, str]:
    """Return where a gap stands in the tables of services; without a region, at their margin."""
    return {"service": service, **({"receiver": region} if region else {})}


def _moved(before: Cell | None, after: Cell | None) -> Moved:
    if after is None:
        return Moved.NOT_YET
    if before is None:
        return Moved.NO_EARLIER
    was, now = _size(before), _size(after)
    if was is None or now is None:
        return Moved.HIDDEN
    return Moved.LOWER if now < was else Moved.HIGHER if now > was else Moved.SAME


def _size(cell: Cell) -> int | None:
    """Return what is compared: the number, or the median in minutes."""
    return cell.times.median if cell.times else cell.number


def _words(cell: Cell | None) -> str:
    if cell is None:
        return ""
    return f"{cell.times.median} min" if cell.times else cell.words
