"""What prepared statements ask with every request is what the models' own rules say."""

import datetime as dt

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from coordination.access import actor_for
from coordination.models import Desk, Membership, Requirement
from coordination.roles import Role
from coordination.training import accepting
from coordination.training.courses import load_courses
from tests import database

DAY = dt.timedelta(days=1)
DESK = "peel-cas"


def test_the_seats_of_an_actor_are_the_persons_current_ones(world):
    person, now = world.user(DESK), timezone.now()
    with database.as_role("worker"), transaction.atomic():
        for slug, since, until in (
            ("over", -3, -1),
            ("ends", -3, 1),
            ("begins", 1, None),
            ("holds", -3, None),
        ):
            desk = Desk.objects.create(
                group=Group.objects.create(name=f"desk:{slug}"),
                slug=slug,
                agency=person.agency,
                team=world.desks["north-cas"].team if slug == "holds" else None,
                is_addressable=slug == "holds",
            )
            Membership.objects.create(
                user=person,
                desk=desk,
                role=Role.LEAD,
                since=now + since * DAY,
                until=until and now + until * DAY,
            )
        rows = Membership.objects.current().filter(user=person).order_by("pk")
        expected = list(rows.select_related("desk__agency", "desk__team"))
        found = actor_for(person).memberships
        assert [seat.desk.slug for seat in found] == [DESK, "ends", "holds"]
        assert [_values(seat) for seat in found] == [_values(seat) for seat in expected]
        assert actor_for(person, desk_slug="holds").desk == expected[-1].desk
        person.is_active = False
        person.save()
        assert actor_for(person).memberships == []


def _values(seat):
    """Return every stored field of a seat, its desk, agency and team."""
    return [
        {name: value for name, value in vars(row).items() if name != "_state"}
        for row in (seat, seat.desk, seat.desk.agency, seat.desk.team)
        if row
    ]


def test_the_courses_that_a_desk_asks_for_are_those_in_force(world):
    today, desk = timezone.localdate(), world.desks[DESK]
    with database.as_role("worker"), transaction.atomic():
        load_courses(at=timezone.now())
        for begins, courses, ended in (
            (-9, ["privacy"], None),
            (-2, ["basic_constable", "privacy"], None),
            (-1, ["camh_pssp"], timezone.now()),
            (3, [], None),
        ):
            Requirement.objects.create(
                desk=desk,
                courses=courses,
                begins_on=today + begins * DAY,
                set_at=timezone.now(),
                ended_at=ended,
            )
        asked = []
        for days in range(-10, 5):
            day = today + days * DAY
            found = Requirement.objects.in_force(on=day).filter(desk=desk).first()
            asked.append(list(accepting._asked_by(desk, on=day)))
            assert asked[-1] == (found.courses if found else []), day
        assert [len(each) for each in asked] == [0, *[1] * 7, *[2] * 5, 0, 0]
