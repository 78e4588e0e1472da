"""A look is some desk's: nobody hides it by naming a desk of others, or by naming none."""

import datetime as dt

import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from coordination.models import Desk, Membership
from coordination.roles import Role
from referrals.actions import answering
from tests import database
from tests.referrals.test_api import Api
from tests.referrals.test_api_errors import PROBLEM
from tests.referrals.test_life_cycle import act
from tests.referrals.test_walls_of_handoffs import entry
from tests.referrals.test_walls_of_moves import committed, shown

PEEL, OTTAWA = "peel-cas", "ottawa-cas"


@pytest.fixture
def referral(world):
    made = world.referral()
    act(world, OTTAWA, answering.accept_referral, made)
    return made


def looks(world, subject, case):
    """Return the desks that looked, as the desk that leads the case is told."""
    with world.acting(PEEL), connection.cursor() as cursor:
        ends = timezone.now() + dt.timedelta(minutes=1)
        starts = ends - dt.timedelta(days=1)
        cursor.execute(
            "select desk_id from looks_at(%s, %s, %s, %s)", [case, subject, starts, ends]
        )
        return [desk for (desk,) in cursor.fetchall()]


@pytest.mark.parametrize("named", ["nowhere", PEEL])
def test_who_names_a_desk_of_others_reads_nothing(world, referral, named):
    of_case, of_referral = shown(referral.case.reference), shown(referral.reference)
    page = Client(headers={"X-Acting-Desk": named})
    page.force_login(world.user(OTTAWA))
    for path in (f"cases/{of_case}/", f"referrals/{of_referral}/", "inbox/", "cases/"):
        answer = page.get(f"/en/{path}")
        assert answer.status_code == 403, path
        assert "You do not sit at the desk" in answer.content.decode()
    api = Api(world.token(OTTAWA))
    for path in (f"cases/{of_case}", f"referrals/{of_referral}", "referrals?box=inbox"):
        answer = api.client.get(f"/api/v1/{path}", headers={"X-Acting-Desk": named})
        assert (answer.status_code, answer["Content-Type"]) == (403, PROBLEM), path
    refused = Entry.objects.filter(verb="access.refused", actor_id=world.user(OTTAWA).pk)
    with database.as_role("worker"):
        assert refused.count() == 7
        assert not Entry.objects.filter(verb__endswith=".viewed").exists()


def test_where_no_desk_is_chosen_the_look_is_that_of_the_desk_that_sees(world, referral):
    ottawa = world.desks[OTTAWA]
    with database.as_role("worker"), transaction.atomic():
        second = Desk.objects.create(
            group=Group.objects.create(name="desk:second"),
            slug="second",
            agency=ottawa.agency,
            team=world.desks[PEEL].team,
            services=[],
            duty_phone="555-0100",
        )
        since = timezone.now() - dt.timedelta(seconds=1)
        Membership.objects.create(
            user=world.user(OTTAWA), desk=second, role=Role.WORKER, since=since
        )
    case = referral.case
    page = Client()
    page.force_login(world.user(OTTAWA))
    assert page.get(f"/en/cases/{shown(case.reference)}/").status_code == 200
    assert page.get(f"/en/referrals/{shown(referral.reference)}/").status_code == 200
    assert looks(world, case.subject, case.reference) == [ottawa.pk]
    assert looks(world, referral.subject, case.reference) == [ottawa.pk]


def test_raw_sql_hides_no_look_either(world, referral):
    case = referral.case
    hidden = "select set_config('relay.desk', '', true)"
    committed(world, OTTAWA, hidden, entry(case.subject, verb="case.viewed"))
    assert looks(world, case.subject, case.reference) == [world.desks[OTTAWA].pk]
