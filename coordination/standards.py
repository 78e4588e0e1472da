"""How soon an answer is due: the urgency's own target, or what two agencies agreed on."""

import datetime as dt
import re
from dataclasses import dataclass

from coordination import calendar, vocabularies
from coordination.models import Agreement, Desk

_TARGET = re.compile(r"PT(?P<hours>\d+)H|P(?P<days>\d+)D|(?P<working_days>\d+)BD")


@dataclass(frozen=True)
class Standard:
    """One of the three is counted: real hours, calendar days, or working days of the desk."""

    hours: int = 0
    days: int = 0
    working_days: int = 0

    def end(self, *, since: dt.datetime, desk: Desk) -> dt.datetime:
        """Return when it ends at the desk that has to answer."""
        if self.hours:
            return calendar.after_hours(self.hours, since=since)
        if self.days:
            return calendar.after_days(self.days, since=since, desk=desk)
        return calendar.after_working_days(self.working_days, since=since, desk=desk)


def standard(urgency: str, *, between: tuple[int, int] | None = None) -> Standard:
    """Return the target of an urgency; `between` are the keys of the two agencies."""
    if between:
        agreed = Agreement.objects.between(*between).filter(urgency=urgency).order_by("pk").first()
        if agreed:
            return _read(vocabularies.entry("answer_target", agreed.target))
    return _read(vocabularies.entry("urgency", urgency))


def _read(entry: vocabularies.Entry) -> Standard:
    match = _TARGET.fullmatch(str(entry.extra["map"]))
    if match is None:
        raise ValueError(f"The vocabulary gives {entry.code} no target.")
    return Standard(**{name: int(value) for name, value in match.groupdict().items() if value})
