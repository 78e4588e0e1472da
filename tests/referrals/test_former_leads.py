"""A desk that led a case: what it may still read, until when, and nothing of who came after."""

import datetime as dt

from django.test import Client
from django.utils import timezone

from cases.models import Consent
from tests import database
from tests.referrals.test_api import Api
from tests.referrals.test_consents import consent, only, take_back
from tests.referrals.test_handoffs import answer, propose, row
from tests.referrals.test_leading import shown

PEEL, OTTAWA, NORTH = "peel-cas", "ottawa-cas", "north-cas"


def page_of(world, case, desk=PEEL, path=""):
    client = Client()
    client.force_login(world.user(desk))
    return client.get(f"/en/cases/{shown(case.reference)}/{path}").content.decode()


def test_it_reads_its_own_consents_as_they_were_and_none_that_came_later(world):
    case = world.case(needs=["peer_support"])
    answer(world, "accept", propose(world, case))
    first = only(case)
    later = consent(world, row(case), desk=OTTAWA, audience=["health"], services=["mental_health"])
    with world.acting(PEEL) as actor:
        assert set(Consent.objects.values_list("pk", flat=True)) == {first.pk}  # the database's too
        assert list(Consent.objects.visible_to(actor)) == [first]
    take_back(world, Consent(pk=first.pk, case=row(case)), desk=OTTAWA)
    path = f"cases/{shown(case.reference)}/consents"
    (read,) = Api(world.token(PEEL)).get(path).json()["results"]
    assert (read["number"], read["withdrawn_at"], read["in_force"]) == (1, None, None)
    assert "As of the hand-off" in page_of(world, case)
    both = Api(world.token(OTTAWA)).get(path).json()["results"]
    assert [(each["number"], each["in_force"]) for each in both] == [
        (first.number, False), (later.number, True),
    ]  # fmt: skip


def test_its_page_says_who_leads_now_and_until_when_it_reads(world):
    case = world.case(needs=["peer_support"])
    world.referral("ottawa-community", case=case)
    answer(world, "accept", propose(world, case))
    day = timezone.localdate() + dt.timedelta(days=30)
    page = page_of(world, case)
    assert "Agency ottawa-cas, Ottawa leads it now: ask there." in page
    assert f"You may read it until {day:%B} {day.day}" in page or "You may read it until" in page
    assert "No referral is open." not in page
    assert "with the desk that leads the case now" in page
    assert "For the task" not in page, "no empty heading"
    for each in (page, page_of(world, case, path="access/")):
        assert "Agency ottawa-cas, Ottawa leads the case now. Here you see" in each
    assert "Here you see" not in page_of(world, case, OTTAWA)


def test_a_third_desk_is_not_its_business(world):
    case = world.case(needs=["peer_support"])
    answer(world, "accept", propose(world, case))
    api = Api(world.token(PEEL))
    assert api.get(f"cases/{shown(case.reference)}").json()["lead_desk"] == OTTAWA
    answer(world, "accept", propose(world, row(case), NORTH, desk=OTTAWA), NORTH)
    assert api.get(f"cases/{shown(case.reference)}").json()["lead_desk"] is None
    (listed,) = api.get("cases").json()["results"]
    assert listed["lead_desk"] is None
    assert "Agency north-cas" not in page_of(world, case)
    assert "another desk" in page_of(world, case)
    client = Client()
    client.force_login(world.user(PEEL))
    assert "Agency north-cas" not in client.get("/en/cases/").content.decode()
    with database.as_role("worker"):
        assert row(case).lead_desk.slug == NORTH
    assert (
        Api(world.token(NORTH)).get(f"cases/{shown(case.reference)}").json()["lead_desk"] == NORTH
    )
