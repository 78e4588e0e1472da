"""The Office where an agency has no administrator: it seats one, and nobody who reaches a record."""

import psycopg
import pytest
from django.test import Client
from django.utils import timezone

from audit import followers
from coordination import invitations, people
from coordination.errors import Invalid
from coordination.roles import Role
from notifications.models import Notice
from tests import database
from tests.coordination.test_people import ANSWERS, invite

PEEL = "peel-cas"


def stand_in(world, role):
    with world.acting("office", Role.COORDINATOR) as actor:
        return invitations.invite_person(
            actor=actor, desk=world.desks[PEEL], role=role, email="jo@example.org",
            language="en", link=lambda secret: f"/en/invitation/?key={secret}", at=timezone.now(),
        )  # fmt: skip


def test_the_office_seats_an_administrator_and_nobody_who_reaches_records(world):
    admin = world.user(PEEL, Role.AGENCY_ADMIN)
    with world.acting("office", Role.COORDINATOR) as actor:
        people.deactivate_person(actor=actor, person=admin, successors={}, at=timezone.now())
    for role in (Role.WORKER, Role.LEAD):
        with pytest.raises(Invalid, match="Seat an administrator"):
            stand_in(world, role)
        with world.acting("office", Role.COORDINATOR) as actor, pytest.raises(Invalid):
            people.seat_person(
                actor=actor, person=world.user(PEEL), desk=world.desks[PEEL],
                role=Role.LEAD, at=timezone.now(),
            )  # fmt: skip
    page = Client()
    page.force_login(world.user("office", Role.COORDINATOR))
    form = page.get(f"/en/admin/invite/?agency={PEEL}").content.decode()
    assert 'value="agency_admin"' in form
    assert 'value="worker"' not in form
    _made, link = stand_in(world, Role.AGENCY_ADMIN)
    assert Client().post(link, ANSWERS).status_code == 302


def test_the_database_seats_nobody_else_for_who_stands_in(world):
    values = {
        "me": world.user("office", Role.COORDINATOR).pk,
        "desk": world.desks[PEEL].pk,
        "person": world.user("peel-cas").pk,
    }
    seat = (
        "insert into coordination_membership (user_id, desk_id, role, since)"
        " values (%(person)s, %(desk)s, 'lead', now())"
    )
    offer = (
        "insert into coordination_invitation (reference, digest, desk_id, role, email, language,"
        " invited_by_id, invited_at, expires_at) values ('x', 'x', %(desk)s, 'worker',"
        " 'x@example.org', 'en', %(me)s, now(), now() + interval '1 day')"
    )
    for attack in (seat, offer):
        with psycopg.connect(database.url("app")) as app:
            app.execute("select set_config('relay.actor', %s, true)", [str(values["me"])])
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(attack, values)


def test_the_duty_leads_hear_of_whoever_joins_their_desk(world):
    lead = world.user(PEEL, Role.LEAD)
    Client().post(invite(world), ANSWERS)
    with database.as_role("worker"):
        followers.drain("notify")
        assert list(Notice.objects.values_list("recipient", "verb")) == [(lead.pk, "user.joined")]
    page = Client()
    page.force_login(lead)
    assert "Somebody new sits at your desk." in page.get("/en/notifications/").content.decode()


def test_the_digest_of_an_invitation_is_not_its_link(world):
    invite(world)
    with database.as_superuser() as cursor:
        cursor.execute("select digest from coordination_invitation")
        (digest,) = cursor.fetchone()
    with psycopg.connect(database.url("app")) as app:
        admin = world.user(PEEL, Role.AGENCY_ADMIN)
        app.execute("select set_config('relay.actor', %s, true)", [str(admin.pk)])
        assert app.execute("select count(*) from invitation_open(%s)", [digest]).fetchone() == (0,)
        used = app.execute("select accept_invitation(%s, 'x', 'X', 'X', 'x', 'en')", [digest])
        assert used.fetchone() == (None,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("select digest from coordination_invitation")
