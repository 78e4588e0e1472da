"""
Working days of Ontario, and moments counted in them, in the time zone and the hours of a desk.

Moments are counted on the wall clock of the desk, so that "in three days at 10:00" stays at 10:00
when the clocks change; hours are counted in real time, so that an hour is never two.
"""

import datetime as dt
import zoneinfo
from functools import cache

import holidays
from django.conf import settings

from coordination.models import Desk

_SATURDAY = 5


@cache
def _ontario() -> holidays.HolidayBase:
    """Return the public holidays, with the day that is kept where one falls on a weekend."""
    return holidays.country_holidays("CA", subdiv="ON", observed=True)


def end_of_day(day: dt.date) -> dt.datetime:
    """
    Return the last moment of a day that somebody named, by the clock of Toronto.

    Of a consent it must be one day for everybody: midnight of the Central zone is the next day
    where most read it, and the other way round nothing goes wrong but an hour.
    """
    return dt.datetime.combine(day, dt.time.max, zoneinfo.ZoneInfo(settings.TIME_ZONE))


def is_working_day(day: dt.date) -> bool:
    return day.weekday() < _SATURDAY and day not in _ontario()


def after_hours(hours: int, *, since: dt.datetime) -> dt.datetime:
    """Return the moment so many real hours later, whatever the clocks on the wall do."""
    return since.astimezone(dt.UTC) + dt.timedelta(hours=hours)


def after_days(days: int, *, since: dt.datetime, desk: Desk) -> dt.datetime:
    """Return the same time of day so many calendar days later, where the desk is."""
    local = since.astimezone(zoneinfo.ZoneInfo(desk.time_zone))
    return _real(local + dt.timedelta(days=days))


def after_working_days(days: int, *, since: dt.datetime, desk: Desk) -> dt.datetime:
    """
    Return the same time of day so many working days later, where the desk is.

    What comes outside the desk's hours comes at its next opening. A desk without hours has its
    whole working days.
    """
    local = _next_open(since.astimezone(zoneinfo.ZoneInfo(desk.time_zone)), desk)
    day = local.date()
    while days:
        day += dt.timedelta(days=1)
        days -= is_working_day(day)
    return _real(dt.datetime.combine(day, local.time(), local.tzinfo))


def _next_open(local: dt.datetime, desk: Desk) -> dt.datetime:
    opens, closes = desk.opens_at or dt.time.min, desk.closes_at or dt.time.max
    if opens >= closes:  # open over midnight: somebody is there on every working day
        opens, closes = dt.time.min, dt.time.max
    day = local.date()
    if is_working_day(day) and local.time() <= closes:
        return max(local, dt.datetime.combine(day, opens, local.tzinfo))
    day += dt.timedelta(days=1)
    while not is_working_day(day):
        day += dt.timedelta(days=1)
    return dt.datetime.combine(day, opens, local.tzinfo)


def _real(local: dt.datetime) -> dt.datetime:
    """Return a wall time as the moment it is; one that the clocks jump over comes an hour later."""
    return local.astimezone(dt.UTC)
