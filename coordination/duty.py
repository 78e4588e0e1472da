"""Who is on duty at a desk now, and who else can be reached when nobody is."""

from coordination.models import Desk, Membership, User
from coordination.roles import Role


def on_duty(desk: Desk) -> list[User]:
    """Return whom to reach at a desk now: its duty leads, else everybody who works there."""
    return leads(desk) or [seat.user for seat in _working(desk)]


def leads(desk: Desk) -> list[User]:
    return [seat.user for seat in _working(desk) if seat.role == Role.LEAD]


def reached(desk: Desk) -> list[User]:
    """Return its own people, else those of its team's duty desk, else the Office's."""
    found = on_duty(desk)
    duty_desk = desk.team.duty_desk if desk.team else None
    if not found and duty_desk and duty_desk != desk:
        found = on_duty(duty_desk)
    return found or coordinators()


def coordinators() -> list[User]:
    seats = Membership.objects.current().filter(role=Role.COORDINATOR).select_related("user")
    return [seat.user for seat in seats.order_by("user_id")]


def _working(desk: Desk) -> "list[Membership]":
    seats = Membership.objects.current().working_records().filter(desk=desk)
    return list(seats.select_related("user").order_by("user_id"))
