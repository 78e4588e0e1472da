"""Who is on duty at a desk: by its exceptions, its rota, its cover desk, its leads."""

import datetime as dt
import zoneinfo

import pytest
from django.db import transaction

from coordination import duty
from coordination.models import Desk, DutyException, Shift
from coordination.roles import Role
from tests import database

TORONTO, WINNIPEG = zoneinfo.ZoneInfo("America/Toronto"), zoneinfo.ZoneInfo("America/Winnipeg")
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAYS, NIGHTS = (dt.time(8), dt.time(22)), (dt.time(22), dt.time(8))


def local(text, zone=TORONTO):
    return dt.datetime.fromisoformat(text).replace(tzinfo=zone)


def shift(world, person, hours, *, days=WEEK, desk="peel-cas"):
    with database.as_role("worker"):
        Shift.objects.create(
            desk=world.desks[desk], days=list(days), starts_at=hours[0], ends_at=hours[1],
            person=person, set_at=local("2026-01-01T00:00"),
        )  # fmt: skip


def exception(world, who, since, until, person=None):
    with database.as_role("worker"):
        DutyException.objects.create(
            desk=world.desks["peel-cas"], since=local(since), until=local(until), who=who,
            person=person, set_at=local("2026-01-01T00:00"),
        )  # fmt: skip


def cover(by="peel-police", of="peel-cas", **columns):
    with database.as_role("worker"), transaction.atomic():
        Desk.objects.filter(slug=of).update(cover_desk=Desk.objects.get(slug=by), **columns)


def on_duty(moment, desk="peel-cas", zone=TORONTO):
    """Return who is on duty by name, and why."""
    with database.as_role("worker"):
        found = Desk.objects.select_related("agency", "team__duty_desk").get(slug=desk)
        at = local(moment, zone)
        held = duty.at_desks([found], at=at)[found.pk]
        return [each.username for each in held.people], str(held.because)


@pytest.fixture
def two(world):
    """Return a worker by day and a lead by night."""
    day, night = world.user("peel-cas"), world.user("peel-cas", Role.LEAD)
    shift(world, day, DAYS, days=WEEK[:5])
    shift(world, night, NIGHTS, days=WEEK[:5])
    return day.username, night.username


def test_the_week_says_who_is_on_duty(world, two):
    day, night = two
    for moment, person, because in (
        ("2026-03-04T07:59", night, "rota"),  # a Wednesday
        ("2026-03-04T08:00", day, "rota"),
        ("2026-03-04T21:59", day, "rota"),
        ("2026-03-04T22:00", night, "rota"),
        ("2026-03-05T02:00", night, "rota"),  # past midnight
        ("2026-03-07T07:59", night, "rota"),  # Saturday morning is Friday's night
        ("2026-03-07T08:00", night, "leads"),  # the weekend is nobody's: all leads
        ("2026-03-09T07:59", night, "leads"),
        ("2026-03-09T08:00", day, "rota"),
    ):
        assert on_duty(moment) == ([person], because), moment


@pytest.mark.parametrize("day", [dt.date(2026, 3, 8), dt.date(2026, 11, 1)])
def test_when_the_clocks_change_one_of_two_shifts_that_meet_runs_at_every_moment(day):
    long = [duty.Line(1, works=True, days=WEEK, starts_at=dt.time(2, 30), ends_at=dt.time(1, 30))]
    short = [duty.Line(2, works=True, days=WEEK, starts_at=dt.time(1, 30), ends_at=dt.time(2, 30))]
    start = dt.datetime.combine(day, dt.time(0), dt.UTC)
    for minute in range(0, 36 * 60, 5):
        at = start + dt.timedelta(minutes=minute)
        running = [each.covers(at, TORONTO) for each in (*long, *short)]
        assert sum(running) == 1, at


def test_a_shift_begins_by_the_clock_of_its_desk(world):
    person = world.user("peel-cas")
    shift(world, person, DAYS)
    cover(time_zone="America/Winnipeg")
    lead = world.user("peel-cas", Role.LEAD)
    assert on_duty("2026-03-04T08:30")[0] != [person.username]  # 7:30 there
    assert on_duty("2026-03-04T08:30", zone=WINNIPEG) == ([person.username], "rota")
    assert lead.username not in on_duty("2026-03-04T09:00")[0]


def test_an_exception_stands_over_the_week(world, two):
    _day, night = two
    exception(
        world, "person", "2026-12-24T17:00", "2026-12-27T08:00", world.user("peel-cas", Role.LEAD)
    )
    assert on_duty("2026-12-24T16:59")[1] == "rota"
    assert on_duty("2026-12-25T12:00") == ([night], "exception")
    assert on_duty("2026-12-27T08:00")[1] != "exception"


def test_outside_the_rota_the_cover_desk_answers_one_level_far(world, two):
    cover(by="peel-police")
    cover(by="peel-cas", of="peel-police")  # they cover each other: nobody is asked twice
    assert on_duty("2026-03-07T12:00") == (["peel-police.worker"], "cover")
    assert on_duty("2026-03-04T12:00")[1] == "rota"


def test_a_desk_without_a_rota_is_not_covered_around_the_clock(world):
    cover()
    lead = world.user("peel-cas", Role.LEAD)
    assert on_duty("2026-03-07T12:00") == ([lead.username], "leads")


def test_an_exception_can_hand_over_to_the_cover_desk(world, two):
    cover()
    exception(world, "cover", "2026-03-04T09:00", "2026-03-04T17:00")
    assert on_duty("2026-03-04T12:00") == (["peel-police.worker"], "cover")


def test_one_desk_covers_desks_of_several_agencies(world, two):
    cover(by="peel-police")
    cover(by="peel-police", of="peel-community")
    shift(world, world.user("peel-community"), DAYS, days=["mon"], desk="peel-community")
    for desk in ("peel-cas", "peel-community"):
        assert on_duty("2026-03-07T12:00", desk) == (["peel-police.worker"], "cover")


def test_when_nobody_is_on_duty_it_goes_up_at_once(world, two):
    exception(world, "nobody", "2026-03-04T09:00", "2026-03-04T17:00")
    assert on_duty("2026-03-04T12:00") == ([], "nobody")
    with database.as_role("worker"):
        desk = Desk.objects.select_related("team__duty_desk").get(slug="peel-cas")
        reached = duty.reached(desk, at=local("2026-03-04T12:00"))
    assert [each.username for each in reached] == ["peel-community.worker"]  # the team's duty desk


def test_who_has_left_drops_out_of_the_rota(world, two):
    _day, night = two
    with database.as_superuser() as admin:
        admin.execute("update coordination_membership set until = now() where role = 'worker'")
        assert on_duty("2026-03-04T12:00") == ([night], "leads")
        admin.execute("update coordination_user set is_active = false where username = %s", [night])
        assert on_duty("2026-03-04T12:00") == ([], "nobody")


def test_a_cover_desk_where_nobody_is_leaves_it_to_the_leads(world, two):
    cover(by="peel-police")
    with database.as_superuser() as admin:
        admin.execute(
            "update coordination_membership set until = now() where desk_id ="
            " (select group_id from coordination_desk where slug = 'peel-police')"
        )
    assert on_duty("2026-03-07T12:00") == ([two[1]], "leads")
