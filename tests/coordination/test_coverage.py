"""What the network offers where, as the Office sees it."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from coordination import coverage
from coordination.actions import report_gap, set_capacity
from coordination.models import Pace
from coordination.roles import Role
from tests import database
from tests.referrals.test_api import Api

COORDINATOR = ("office", Role.COORDINATOR)


def cell(service, region):
    rows = {row.service: row for row in coverage.table(at=timezone.now())}
    return rows[service].cells[region]


def test_a_desk_that_is_full_offers_and_does_not_accept(world):
    with world.acting("peel-cas", Role.LEAD) as actor:
        set_capacity(
            actor=actor, level="full", until=timezone.now() + dt.timedelta(3), beds=None, note="",
            at=timezone.now(),
        )  # fmt: skip
    with world.acting(*COORDINATOR):
        there, nowhere = cell("mental_health", "central"), cell("mental_health", "west")
    assert (there.offering, there.accepting) == (3, 2)
    assert (nowhere.offering, nowhere.accepting, nowhere.is_missed) == (0, 0, False)


def test_what_a_desk_looked_for_is_named_for_ninety_days_without_the_desk(world):
    now = timezone.now()
    with world.acting("peel-cas") as actor:
        report_gap(actor=actor, service="dental", region="north", at=now)
    page = Client()
    page.force_login(world.user("office", Role.ANALYST))
    shown = page.get("/en/office/services/").content.decode()
    assert "nobody takes it now" in shown
    assert "Agency peel-cas" not in shown
    with world.acting(*COORDINATOR):
        late = {row.service: row for row in coverage.table(at=now + dt.timedelta(days=92))}
        assert cell("dental", "north").is_missed
        assert not late["dental"].cells["north"].is_missed


def test_who_usually_takes_longer_than_a_day_is_named(world):
    with database.as_role("worker"):
        Pace.objects.create(desk=world.desks["north-cas"], minutes=[3000] * 5)
        Pace.objects.create(desk=world.desks["peel-cas"], minutes=[9000] * 4)
    with world.acting(*COORDINATOR):
        found = [(desk.slug, usual) for desk, usual in coverage.slow_desks()]
    assert found == [("north-cas", "within_3_days")]


@pytest.mark.parametrize("who", [("peel-cas", Role.LEAD), ("office", Role.AUDITOR)])
def test_it_is_the_offices(world, who):
    page = Client()
    page.force_login(world.user(*who))
    assert page.get("/en/office/services/").status_code == 403
    assert Api(world.token(*who)).get("coverage").status_code == 403


def test_the_api_says_the_same(world):
    cells = Api(world.token(*COORDINATOR)).get("coverage").json()["results"]
    peer = {"service": "peer_support", "region": "east", "offering": 3, "accepting": 3}
    assert {**peer, "missed": False} in cells
