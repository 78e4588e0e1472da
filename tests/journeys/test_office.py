"""Where does the network fail, and what did we do about it? The Office asks, in three clicks."""

import re

import pytest
from django.utils import timezone

from coordination.actions import report_gap
from coordination.references import display
from tests.coordination.test_groups import act, page, planned


@pytest.mark.parametrize(
    ("language", "no_action", "state"),
    [("en", "no action yet", "In hand"), ("fr", "aucune mesure encore", "En cours")],
)
def test_from_what_is_missing_to_what_is_done_about_it(world, language, no_action, state):
    with world.acting("peel-cas") as actor:
        for region in ("north", "west"):
            report_gap(actor=actor, service="dental", region=region, at=timezone.now())
    action = act(world, planned(world), "take")
    office, start = page(world), f"/{language}/start/"

    operations = click(office, start, rf"/{language}/office/operations/")
    gap = click(office, operations, rf"/{language}/office/services/north/dental/")
    done = click(office, gap, rf"/{language}/groups/actions/{display(action.reference)}/")

    assert no_action in office.get(operations).content.decode(), "of the gap in the West"
    for address in (gap, done):
        shown = office.get(address).content.decode()
        assert "Ask two clinics for places." in shown
        assert state in shown


def click(client, address, link):
    """Return the address of the one link of a page that leads there."""
    found = set(re.findall(rf'href="({link})"', client.get(address).content.decode()))
    assert len(found) == 1, address
    return found.pop()
