"""Each role begins where its work is: every door of its start page opens for it, and no other."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from coordination import registers, start
from coordination.roles import ROLE_PERMISSIONS, Role
from tests.coordination.test_registers import today

SEATS = [(role, "peel-cas") for role in (Role.WORKER, Role.LEAD, Role.AGENCY_ADMIN)] + [
    (role, "office") for role in (Role.ANALYST, Role.COORDINATOR, Role.DATA_STEWARD, Role.AUDITOR)
]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_door_of_a_role_opens_for_it(world, language):
    for role, desk in SEATS:
        client = Client()
        client.force_login(world.user(desk, role))
        home = client.get(f"/{language}/", follow=True)
        begins = {
            **dict.fromkeys((Role.WORKER, Role.LEAD), "referrals:inbox"),
            **dict.fromkeys((Role.ANALYST, Role.COORDINATOR), "coordination:overview"),
        }
        assert home.resolver_match.view_name == begins.get(role, "coordination:start")
        page = client.get(f"/{language}/start/")
        doors = [each.door for each in page.context["doors"]]
        assert doors
        assert {door.permission for door in doors} <= ROLE_PERMISSIONS[role]
        for door in doors:
            assert str(door.label) in page.content.decode()
            assert client.get(reverse(door.address)).status_code == 200, (role, door.address)


def test_what_waits_stands_first_with_its_number(world):
    with world.acting("office", Role.AUDITOR) as actor:
        registers.enter_breach(actor=actor, kind="lost", received_on=today(), at=timezone.now())
        first, *others = start.doors(actor)
        assert (first.door.address, first.waiting) == ("coordination:registers", 1)
        assert {each.waiting for each in others} == {0}
