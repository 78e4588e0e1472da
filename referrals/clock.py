"""When an answer is due. Ontario's holidays and desk hours come with the issue on clocks."""

import datetime as dt
import re
import zoneinfo

from coordination import vocabularies

_TARGET = re.compile(r"PT(?P<hours>\d+)H|P(?P<days>\d+)D|(?P<business_days>\d+)BD")
_SATURDAY = 5

DRAFT_KEPT = dt.timedelta(days=7)
"""PRIVACY section 6: a draft that was never sent."""


def answer_due(urgency: str, *, sent_at: dt.datetime, time_zone: str) -> dt.datetime:
    """
    Return when an answer is due, in the receiving desk's time zone.

    Hours run around the clock; days end at the time of day of sending; business days skip weekends.
    """
    match = _TARGET.fullmatch(str(vocabularies.entry("urgency", urgency).extra["map"]))
    if match is None:
        raise ValueError(f"The vocabulary gives {urgency} no target.")
    if match["hours"]:
        return sent_at + dt.timedelta(hours=int(match["hours"]))
    local = sent_at.astimezone(zoneinfo.ZoneInfo(time_zone))
    if match["days"]:
        return local + dt.timedelta(days=int(match["days"]))
    left = int(match["business_days"])
    while left:
        local += dt.timedelta(days=1)
        left -= local.weekday() < _SATURDAY
    return local
