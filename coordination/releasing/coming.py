"""Which periods are published next, and why others that are over have no release."""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from django.conf import settings
from django.db import connection

from coordination.counting import measures
from coordination.releasing.periods import Period, ended

SETTLING = dt.timedelta(days=3)
"""Time after the end of a period in which what was recorded late is still counted."""


class Why(StrEnum):
    DUE = "due"
    SETTLING = "settling"
    REFUSED = "refused"
    NOT_WHOLE = "not_whole"
    LONGER_FIRST = "longer_first"
    MONTHS_OFF = "months_off"
    PART_REFUSED = "part_refused"


@dataclass(frozen=True)
class Known:
    """What was published and what refused, by the names of periods."""

    since: dt.date | None
    """The first month of which anything is counted."""

    published: Collection[str]
    refused: Mapping[str, dt.datetime] = field(default_factory=dict)


@dataclass(frozen=True)
class Missing:
    """A period that is over and has no release."""

    period: Period
    why: Why
    on: dt.datetime | None = None
    """When it was refused, or when it will have settled."""


def since() -> dt.date | None:
    """Return the first month of which anything is counted, to whoever reads statistics."""
    with connection.cursor() as cursor:
        cursor.execute("select statistics_since()")
        (found,) = cursor.fetchone()
    month: dt.date | None = found
    return month


def missing(known: Known, *, at: dt.datetime) -> Iterator[Missing]:
    """
    Yield the periods that are over and have no release, oldest first, each after its parts.

    A quarter that is due comes instead of those of its months that are: with them, less of it
    could be shown. If it is refused, they come. A year comes after its quarters.
    """
    if known.since is None:
        return
    settled = {each.name for each in ended(since=known.since, at=at - SETTLING)}
    for each in ended(since=known.since, at=at):
        if each.name not in known.published:
            yield _missing(each, known, known.since, settled)


def _missing(period: Period, known: Known, since: dt.date, settled: Collection[str]) -> Missing:
    if period.name in known.refused:
        return Missing(period, Why.REFUSED, known.refused[period.name])
    if why := _why_never(period, known, since, settled):
        return Missing(period, why)
    if period.name not in settled:
        _begins, ends = measures.span(*period.months)
        return Missing(period, Why.SETTLING, ends + SETTLING)
    return Missing(period, Why.DUE)


def _why_never(
    period: Period, known: Known, since: dt.date, settled: Collection[str]
) -> Why | None:
    if not _is_whole(period, since):
        return Why.NOT_WHOLE
    coming = [each for each in period.wholes[:1] if period.month and _is_whole(each, since)]
    first = {each.name for each in coming if each.name in settled} - known.refused.keys()
    first |= {whole.name for whole in period.wholes if whole.name in known.published}
    if first:
        return Why.LONGER_FIRST
    if period.month and not settings.RELEASE_MONTHS:
        return Why.MONTHS_OFF
    if any(part.name in known.refused and _is_told(part, known) for part in period.parts):
        return Why.PART_REFUSED
    return None


def _is_whole(period: Period, since: dt.date) -> bool:
    """Tell whether it began after the record did, which is somewhere in its first month."""
    return period.months[0] > since


def _is_told(quarter: Period, known: Known) -> bool:
    return any(month.name in known.published for month in quarter.parts)
