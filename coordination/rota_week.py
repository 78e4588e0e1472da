"""The week of a rota as a page shows it: of each day its shifts, and the hours that none covers."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from coordination import duty, vocabularies
from coordination.models import Desk
from coordination.rota import Rota, ShiftGiven

_MIDNIGHT = dt.time.min
_DAY = 24 * 60  # minutes


@dataclass(frozen=True)
class Day:
    label: str
    shifts: Sequence[ShiftGiven]
    """Those that begin on it, by the time at which they do."""

    free: Sequence[tuple[dt.time, dt.time]]
    """Hours that no shift covers; one that ends at midnight ends with the day."""

    @property
    def is_free(self) -> bool:
        return list(self.free) == [(_MIDNIGHT, _MIDNIGHT)]


def week_of(rota: Rota) -> list[Day]:
    days = vocabularies.entries("weekday")
    before = [days[-1], *days]
    return [
        Day(
            label=each.label,
            shifts=[shift for shift in rota.shifts if each.code in shift.days],
            free=_free(rota.shifts, each.code, before[place].code),
        )
        for place, each in enumerate(days)
    ]


def outside(desk: Desk) -> duty.Because:
    """Return who is on duty at the hours that the rota leaves free."""
    if desk.cover_desk and desk.cover_desk.closed_at is None:
        return duty.Because.COVER
    return duty.Because.LEADS if duty.leads(desk) else duty.Because.EVERYBODY


def _free(shifts: Sequence[ShiftGiven], day: str, day_before: str) -> list[tuple[dt.time, dt.time]]:
    free, since = [], 0
    for begin, end in sorted(_covered(shifts, day, day_before)):
        if begin > since:
            free.append((_time(since), _time(begin)))
        since = max(since, end)
    if since < _DAY:
        free.append((_time(since), _MIDNIGHT))
    return free


def _covered(shifts: Sequence[ShiftGiven], day: str, day_before: str) -> list[tuple[int, int]]:
    """Return the minutes of a day that shifts cover, those of the night before included."""
    covered = []
    for each in shifts:
        begin, end = _minutes(each.starts_at), _minutes(each.ends_at)
        if day in each.days:
            covered.append((begin, end if end > begin else _DAY))
        if day_before in each.days and end <= begin:
            covered.append((0, end))
    return covered


def _minutes(time: dt.time) -> int:
    return time.hour * 60 + time.minute


def _time(minutes: int) -> dt.time:
    return dt.time(minutes // 60, minutes % 60)
