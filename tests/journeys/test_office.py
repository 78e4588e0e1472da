"""Where does the network fail, and what did we do about it? The Office asks, in three clicks."""

import re

import pytest
from django.utils import timezone

from coordination.actions import report_gap
from coordination.references import display
from tests.coordination.releases import release
from tests.coordination.test_groups import act, page, planned


@pytest.mark.parametrize(
    ("language", "no_action", "state"),
    [("en", "no action yet", "In hand"), ("fr", "aucune mesure pour l’instant", "En cours")],
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
    overdue = {"en": "0 overdue actions", "fr": "0 mesure en retard"}[language]
    assert overdue in office.get(operations).content.decode(), "of the working groups"
    drop = office.get(f"{done}drop/").content.decode()
    assert {"en": "In a word (optional)", "fr": "En un mot (facultatif)"}[language] in drop
    for address in (gap, done):
        shown = office.get(address).content.decode()
        assert "Ask two clinics for places." in shown
        assert state in shown


def test_from_the_overview_to_what_is_done_about_it(world):
    release("2026-Q3", lambda _name, at: 400 if not at or at == {"service": "dental"} else None)
    action, office = planned(world), page(world)
    own = rf"/en/groups/actions/{display(action.reference)}/"
    overview = click(office, "/en/start/", r"/en/office/overview/")
    assert click(office, overview, own), "the next action stands there itself"
    service = click(office, overview, r"/en/office/services/dental/")
    gap = click(office, service, r"/en/office/services/north/dental/")
    assert click(office, gap, own)
    region = click(office, overview, r"/en/office/overview/north/[^\"]*")
    assert click(office, region, r"/en/office/services/north/dental/") == gap


def click(client, address, link):
    """Return the address of the one link of a page that leads there."""
    found = set(re.findall(rf'href="({link})"', client.get(address).content.decode()))
    assert len(found) == 1, address
    return found.pop()
