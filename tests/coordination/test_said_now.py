"""
What becomes of people, desks, the rota and registers is said as it is done, whatever the SQL.

Each statement was once carried out by somebody who played an insider.
"""

import psycopg
import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from coordination import people
from coordination.errors import NotAllowed
from coordination.models import Desk, Membership, User
from coordination.roles import Role
from tests import database
from tests.referrals.test_walls_of_handoffs import entry

PEEL, NORTH = "peel-cas", "north-cas"
ADMIN, LEAD, AUDITOR = Role.AGENCY_ADMIN, Role.LEAD, Role.AUDITOR


def tried(world, desk, role, *statements, **values):
    """Return how many rows the first statement changed, or 0 if that does not commit."""
    values |= {name.replace("-", "_"): each.pk for name, each in world.desks.items()}
    values |= {"me": world.user(desk, role).pk}
    with psycopg.connect(database.url("app")) as app:
        app.execute("select set_config('relay.actor', %s, true)", [str(values["me"])])
        app.execute("select set_config('relay.desk', %s, true)", [str(world.desks[desk].pk)])
        try:
            rows, *_rest = [app.execute(sql, values).rowcount for sql in statements]
            app.commit()
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.IntegrityError):
            return 0
    return rows


ROTA = (
    "insert into coordination_dutyexception (since, until, who, set_at, desk_id)"
    " values (now(), {}, 'nobody', now(), %(peel_cas)s)"
)
CAPACITY = (
    "insert into coordination_capacity (desk_id, level, note) values (%(peel_cas)s, 'open', '')"
)
HOLD = (
    "insert into coordination_legalhold (reference, case_reference, reason, set_by_id, set_at,"
    " lift_reason) values ('ABCDEFGH', 'AAAAAAAA', 'litigation', %(me)s, now(), '')"
)
COVER = "update coordination_desk set duty_phone = '555-0199' where group_id = %(peel_cas)s"
RHYTHM = "update coordination_agency set review_every = 'P3M' where slug = 'peel-cas'"
SEAT = (
    "insert into coordination_membership (role, since, desk_id, user_id)"
    " values ('worker', {}, %(peel_cas)s, %(person)s)"
)


@pytest.mark.parametrize(
    ("desk", "role", "sql"),
    [
        (PEEL, LEAD, ROTA.format("now() + interval '1 day'")),
        (PEEL, LEAD, CAPACITY),
        ("office", AUDITOR, HOLD),
        (PEEL, ADMIN, COVER),
        (PEEL, ADMIN, RHYTHM),
    ],
)
def test_no_such_change_without_its_entry(world, desk, role, sql):
    assert tried(world, desk, role, sql) == 0


def test_the_rota_is_set_with_its_entry_and_for_a_year_at_most(world):
    said = entry(f"desk:{PEEL}", verb="desk.rota_set")
    assert tried(world, PEEL, LEAD, ROTA.format("now() + interval '1 day'"), said) == 1
    assert tried(world, PEEL, LEAD, ROTA.format("'2999-01-01'"), said) == 0


def newcomer(world):
    with database.as_role("worker"), transaction.atomic():
        return User.objects.create_user("new.person", agency=world.user(PEEL, ADMIN).agency).pk


def test_nobody_is_seated_or_unseated_in_silence_or_in_the_past(world):
    person = newcomer(world)
    said = entry(f"user:{person}", verb="member.added")
    assert tried(world, PEEL, ADMIN, SEAT.format("now()"), person=person) == 0
    assert tried(world, PEEL, ADMIN, SEAT.format("'2020-01-01'"), said, person=person) == 0
    assert tried(world, PEEL, ADMIN, SEAT.format("now()"), said, person=person) == 1
    end = (
        "update coordination_membership set until = {}, ended_by_id = %(me)s"
        " where user_id = %(person)s"
    )
    said = entry(f"user:{person}", verb="member.ended")
    assert tried(world, PEEL, ADMIN, end.format("now()"), person=person) == 0
    assert tried(world, PEEL, ADMIN, end.format("'2020-01-01'"), said, person=person) == 0
    assert tried(world, PEEL, ADMIN, end.format("now()"), said, person=person) == 1


def test_who_signed_in_last_is_their_own(world):
    signed = "update coordination_user set last_login = now() where id = %(person)s"
    assert tried(world, PEEL, Role.WORKER, signed, person=world.user(NORTH).pk) == 0
    assert tried(world, PEEL, Role.WORKER, signed, person=world.user(PEEL).pk) == 1


def test_a_childs_report_is_said_with_its_entry(world):
    case = world.case(age_band="12_15")
    report = (
        "insert into cases_childreport (case_id, answer, desk_id, person_id, said_at)"
        " values (%(case)s, 'reported', %(peel_cas)s, %(me)s, now())"
    )
    assert tried(world, PEEL, Role.WORKER, report, case=case.pk) == 0


def test_the_office_ends_no_seat_of_a_worker(world):
    person, admin = world.user(PEEL), world.user(PEEL, ADMIN)
    with database.as_role("worker"), transaction.atomic():
        second = Desk.objects.create(
            group=Group.objects.create(name="desk:second"),
            slug="second",
            agency=world.desks[PEEL].agency,
            team=world.desks[NORTH].team,
            services=[],
            duty_phone="555-0100",
        )
        Membership.objects.create(
            user=person, desk=second, role=ADMIN, since=timezone.now()
        )  # administers, and works records too
    end = (
        "update coordination_membership set until = now(), ended_by_id = %(me)s"
        " where user_id = %(person)s and role = {}"
    )
    office = ("office", Role.COORDINATOR)
    said = entry(f"user:{person.pk}", verb="member.ended")
    assert tried(world, *office, end.format("'worker'"), said, person=person.pk) == 0
    gone = "update coordination_user set is_active = false where id = %(person)s"
    said = entry(f"user:{person.pk}", verb="user.deactivated")
    assert tried(world, *office, gone, said, person=person.pk) == 0
    with database.as_role("worker"), transaction.atomic():
        Membership.objects.filter(role=ADMIN).update(until=timezone.now())
        User.objects.filter(pk=admin.pk).update(is_active=False)
    with world.acting(*office) as actor:
        for attempt in (
            lambda at: people.deactivate_person(actor=actor, person=person, successors={}, at=at),
            lambda at: people.end_seat(
                actor=actor, person=person, desk=world.desks[PEEL], successor=None, at=at
            ),
        ):
            with pytest.raises(NotAllowed), transaction.atomic():
                attempt(timezone.now())
