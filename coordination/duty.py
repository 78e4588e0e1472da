"""
Who is on duty at a desk at a moment, and who else can be reached when nobody is.

First the exceptions to the rota, then the rota by the clock of the desk, then - outside what the
rota covers - the cover desk, then all duty leads, then everybody who works there. Being on duty
opens nothing: access follows seats and grants, never a rota.
"""

import datetime as dt
import zoneinfo
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from django.db import connection

from coordination import vocabularies
from coordination.models import Desk, Membership, Team, User
from coordination.models.rota import COVER, NOBODY
from coordination.roles import Role


class Because(StrEnum):
    """Why these people are on duty. Labels: vocabulary `on_duty_because`."""

    EXCEPTION = "exception"
    ROTA = "rota"
    COVER = "cover"
    LEADS = "leads"
    EVERYBODY = "everybody"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Duty:
    """Who answers for a desk at a moment; of other desks, the web process may know no names."""

    desk: Desk
    """Whose people are on duty: its own, or the desk that covers it."""

    people: Sequence[User]
    because: Because
    goes_up_to: Desk | None = None
    """Who answers when nobody is on duty: the team's duty desk, or who covers that."""

    @property
    def rings(self) -> Desk:
        """Return the desk whose phone to ring."""
        return self.goes_up_to or self.desk


@dataclass(frozen=True)
class Line:
    """A line of a plan; `person` is missing where the reader does not sit at the desk."""

    person: int | None
    works: bool
    """Whether the person still works there: who has left drops out by that."""

    who: str = ""
    days: Sequence[str] = ()
    starts_at: dt.time = dt.time.min
    ends_at: dt.time = dt.time.min

    def covers(self, at: dt.datetime, zone: zoneinfo.ZoneInfo) -> bool:
        """
        Tell whether a shift runs at a moment, by the clock on the wall.

        A wall time that comes twice is its first one, and one that is jumped over comes an hour
        later: of two shifts that meet, one runs at every moment.
        """
        today = at.astimezone(zone).date()
        return any(
            begin <= at.astimezone(dt.UTC) < end
            for begin, end in (self._on(today, zone), self._on(today - dt.timedelta(days=1), zone))
            if begin is not None
        )

    def _on(self, day: dt.date, zone: zoneinfo.ZoneInfo) -> tuple[dt.datetime | None, dt.datetime]:
        last = day + dt.timedelta(days=self.ends_at <= self.starts_at)
        begin = dt.datetime.combine(day, self.starts_at, zone).astimezone(dt.UTC)
        end = dt.datetime.combine(last, self.ends_at, zone).astimezone(dt.UTC)
        return (begin if WEEKDAYS[day.weekday()] in self.days else None), end


@dataclass(frozen=True)
class Plan:
    """What a desk has said for a moment: its exceptions then, and its week."""

    exceptions: list[Line] = field(default_factory=list)
    shifts: list[Line] = field(default_factory=list)

    def says(self, who: str) -> bool:
        return any(each.who == who for each in self.exceptions)


WEEKDAYS = vocabularies.codes("weekday")


def at_desks(desks: Iterable[Desk], *, at: dt.datetime) -> dict[int, Duty]:
    """Return who is on duty at each desk, by its key, in a fixed number of queries."""
    duties = _held(desks, at=at)
    for key, up in _above(duties, at=at).items():
        duties[key] = replace(duties[key], goes_up_to=up)
    return duties


def _above(duties: Mapping[int, Duty], *, at: dt.datetime) -> dict[int, Desk]:
    """Return who answers for each desk where nobody is on duty, if its team's duty desk does."""
    nobody = [key for key, held in duties.items() if held.because == Because.NOBODY]
    teams = {key: team for key in nobody if (team := duties[key].desk.team_id)}
    if not teams:
        return {}
    asked = dict(Team.objects.filter(pk__in=teams.values()).values_list("pk", "duty_desk_id"))
    desks = Desk.objects.filter(pk__in=asked.values(), closed_at=None)
    found = _held(desks.select_related("agency", "team"), at=at)
    up = {key: found.get(asked[team] or 0) for key, team in teams.items()}
    return {key: held.desk for key, held in up.items() if held and held.because != Because.NOBODY}


def _held(desks: Iterable[Desk], *, at: dt.datetime) -> dict[int, Duty]:
    wanted = {desk.pk: desk for desk in desks}
    keys = {desk.cover_desk_id for desk in wanted.values() if desk.cover_desk_id}
    covering = Desk.objects.filter(pk__in=keys, closed_at=None) if keys else Desk.objects.none()
    covers = covering.select_related("agency", "team").in_bulk()
    look = _Look(at, [*wanted, *covers])
    return {
        key: look.duty(desk, covers.get(desk.cover_desk_id or 0)) for key, desk in wanted.items()
    }


def on_duty(desk: Desk, *, at: dt.datetime) -> list[User]:
    """Return whom to reach for a desk at a moment."""
    return list(at_desks([desk], at=at)[desk.pk].people)


def leads(desk: Desk) -> list[User]:
    return [seat.user for seat in _working([desk.pk]) if seat.role == Role.LEAD]


def reached(desk: Desk, *, at: dt.datetime) -> list[User]:
    """Return who is on duty for a desk, else at its team's duty desk, else the Office's people."""
    found = on_duty(desk, at=at)
    duty_desk = desk.team.duty_desk if desk.team else None
    if not found and duty_desk and duty_desk != desk:
        found = on_duty(duty_desk, at=at)
    return found or coordinators()


def coordinators() -> list[User]:
    return _holding(Role.COORDINATOR)


def privacy_officers() -> list[User]:
    return _holding(Role.AUDITOR)


def stewards() -> list[User]:
    seats = Membership.objects.current().filter(role=Role.DATA_STEWARD)
    bound = seats.exclude(desk__governance_body="").select_related("user")
    return [seat.user for seat in bound.order_by("user_id")]


def _holding(role: Role) -> list[User]:
    seats = Membership.objects.current().filter(role=role).select_related("user")
    return [seat.user for seat in seats.order_by("user_id")]


class _Look:
    """One look at the plans and the seats of some desks."""

    def __init__(self, at: dt.datetime, keys: list[int]) -> None:
        self.at = at
        self.plans = _plans(keys, at=at)
        self.seats: dict[int, list[Membership]] = defaultdict(list)
        for seat in _working(keys):
            self.seats[seat.desk_id].append(seat)

    def duty(self, desk: Desk, cover: Desk | None) -> Duty:
        """Return who is on duty at a desk; a cover desk stands in itself, and sends nobody on."""
        plan = self.plans[desk.pk]
        if plan.says(NOBODY):
            return Duty(desk, [], Because.NOBODY)
        covered = self._covered(cover) if cover else None
        if covered and plan.says(COVER):
            return covered
        zone = zoneinfo.ZoneInfo(desk.time_zone)
        here = [each for each in plan.shifts if each.covers(self.at, zone)]
        for because, lines in ((Because.EXCEPTION, plan.exceptions), (Because.ROTA, here)):
            if any(each.works for each in lines):
                return Duty(desk, self._named(desk, lines), because)
        if covered and plan.shifts:
            return covered
        everybody = [seat.user for seat in self.seats[desk.pk]]
        leads = [seat.user for seat in self.seats[desk.pk] if seat.role == Role.LEAD]
        if leads:
            return Duty(desk, leads, Because.LEADS)
        return Duty(desk, everybody, Because.EVERYBODY if everybody else Because.NOBODY)

    def _covered(self, cover: Desk) -> Duty | None:
        found = self.duty(cover, None)
        if found.because == Because.NOBODY:
            return None
        return Duty(cover, found.people, Because.COVER)

    def _named(self, desk: Desk, lines: list[Line]) -> list[User]:
        named = {each.person for each in lines}
        return [seat.user for seat in self.seats[desk.pk] if seat.user_id in named]


def _plans(keys: list[int], *, at: dt.datetime) -> Mapping[int, Plan]:
    plans: dict[int, Plan] = defaultdict(Plan)
    with connection.cursor() as cursor:
        cursor.execute("select * from duty_plan(%s, %s)", [keys, at])
        for key, person, works, who, days, starts_at, ends_at in cursor.fetchall():
            if who:
                plans[key].exceptions.append(Line(person, works, who))
            else:
                plans[key].shifts.append(Line(person, works, "", days, starts_at, ends_at))
    return plans


def _working(keys: list[int]) -> "list[Membership]":
    seats = Membership.objects.current().working_records().filter(desk_id__in=keys)
    return list(seats.select_related("user").order_by("user_id"))
