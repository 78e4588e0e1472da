"""What the network offers where, as the Office sees it."""

import datetime as dt
import re

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
    assert (nowhere.offering, nowhere.accepting) == (0, 0)


def everything(page, world):
    """Return all that the Office is told of services, gaps and what waits."""
    addresses = (
        "office/services/",
        "office/services/north/dental/",
        "office/services/dental/",
        "office/services/north/cultural_support/",
        "office/operations/",
        "office/overview/north/",
    )
    told = [page.get(f"/en/{address}").content.decode() for address in addresses]
    told = [re.sub(r'name="(csrf\w+|key)" value="[^"]*"', "", text) for text in told]
    api = Api(world.token("office", page.role))
    return [*told, api.get("coverage").json(), api.get("coverage/north/dental").json()]


@pytest.mark.parametrize("role", [Role.ANALYST, Role.COORDINATOR])
def test_that_a_desk_looked_for_a_service_changes_nothing_until_a_release(world, role):
    page = Client()
    page.role = role
    page.force_login(world.user("office", role))
    before = everything(page, world)
    assert "Nobody offers it here" in before[1]
    with world.acting("peel-cas") as actor:
        for service in ("dental", "cultural_support"):
            report_gap(actor=actor, service=service, region="north", at=timezone.now())
    assert everything(page, world) == before


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
    assert peer in cells
