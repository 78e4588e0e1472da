"""When things are due: hours, days and working days, across holidays, clock changes and years."""

import datetime as dt
import zoneinfo

import pytest

from coordination import calendar
from coordination.models import Desk

TORONTO, CENTRAL = "America/Toronto", "America/Winnipeg"
NINE, FIVE = dt.time(9), dt.time(17)


def desk(zone=TORONTO, opens=NINE, closes=FIVE):
    return Desk(time_zone=zone, opens_at=opens, closes_at=closes)


def moment(text, zone=TORONTO):
    return dt.datetime.fromisoformat(text).replace(tzinfo=zoneinfo.ZoneInfo(zone))


@pytest.mark.parametrize(
    ("since", "due"),
    [
        ("2026-11-25 10:00", "2026-11-30 10:00"),  # over a weekend
        ("2026-11-27 18:30", "2026-12-03 09:00"),  # Friday evening comes on Monday morning
        ("2026-11-28 12:00", "2026-12-03 09:00"),  # so does Saturday
        ("2026-11-30 07:00", "2026-12-03 09:00"),  # before the desk opens
        ("2026-12-23 11:00", "2026-12-30 11:00"),  # Christmas, and Boxing Day kept on Monday
        ("2026-12-30 16:00", "2027-01-05 16:00"),  # New Year
        ("2026-04-02 15:00", "2026-04-08 15:00"),  # Good Friday; Easter Monday is a working day
        ("2026-02-13 09:00", "2026-02-19 09:00"),  # Family Day
        ("2026-03-05 10:00", "2026-03-10 10:00"),  # the clocks go forward on the 8th
        ("2026-10-29 10:00", "2026-11-03 10:00"),  # and back on the 1st
    ],
)
def test_three_working_days_end_when_the_desk_works(since, due):
    assert calendar.after_working_days(3, since=moment(since), desk=desk()) == moment(due)


def test_a_desk_without_hours_has_its_whole_working_days():
    always = desk(opens=None, closes=None)
    since = moment("2026-11-27 18:30")
    assert calendar.after_working_days(1, since=since, desk=always) == moment("2026-11-30 18:30")
    since = moment("2026-11-28 18:30")
    assert calendar.after_working_days(1, since=since, desk=always) == moment("2026-12-01 00:00")


def test_days_and_hours_are_those_of_the_desk_that_answers():
    sent = moment("2026-11-25 09:30", TORONTO)  # 8:30 in Kenora: not open yet
    due = calendar.after_working_days(1, since=sent, desk=desk(CENTRAL))
    assert due == moment("2026-11-26 09:00", CENTRAL)
    late = moment("2026-11-26 00:30", TORONTO)  # still the 25th in Kenora
    assert calendar.after_days(7, since=late, desk=desk(CENTRAL)) == moment(
        "2026-12-02 23:30", CENTRAL
    )


@pytest.mark.parametrize("day", ["2026-03-08 01:30", "2026-11-01 00:30"])
def test_an_hour_is_an_hour_when_the_clocks_change(day):
    since = moment(day)
    assert (calendar.after_hours(2, since=since) - since.astimezone(dt.UTC)) == dt.timedelta(
        hours=2
    )


def test_a_time_that_the_clocks_jump_over_is_still_a_moment():
    due = calendar.after_days(7, since=moment("2026-03-01 02:30"), desk=desk())
    assert due == moment("2026-03-08 03:30")


def test_calendar_days_cross_the_end_of_a_year():
    due = calendar.after_days(7, since=moment("2026-12-28 08:00"), desk=desk())
    assert due == moment("2027-01-04 08:00")


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2027-12-27", False),  # Christmas on a Saturday is kept on Monday
        ("2027-12-28", False),
        ("2026-07-01", False),
        ("2026-08-03", True),  # the civic holiday is no public holiday
        ("2026-05-18", False),
    ],
)
def test_public_holidays_of_ontario_are_kept(day, works):
    assert calendar.is_working_day(dt.date.fromisoformat(day)) is works
