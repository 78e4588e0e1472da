"""What is recorded as agreed is what somebody said: nothing is ticked for the person beforehand."""

import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from cases.models import Consent
from coordination.calendar import end_of_day
from referrals.actions import answering
from referrals.actions.following import reroute_referral
from referrals.models import Referral
from tests import database
from tests.ends import FAR
from tests.referrals.test_api import Api
from tests.referrals.test_consents import consent, only, take_back
from tests.referrals.test_guard_rails import one_page
from tests.referrals.test_leading import shown
from tests.referrals.test_life_cycle import act

PEEL, OTTAWA = "peel-cas", "ottawa-cas"
SAID = {"age_band": "18_20"}


@pytest.fixture
def peel(world):
    client = Client()
    client.force_login(world.user(PEEL))
    return client


def of_case(case, **more):
    """Return what the one page asks of a case that is open: the need and the sharing."""
    asked = one_page(**more)
    return {name: asked[name] for name in asked if name not in ("age_band", "situation")}


def consents():
    with database.as_role("worker"):
        return list(Consent.objects.order_by("number"))


def ticked(page):
    """Return the boxes and buttons of the basis that are ticked when a page is opened."""
    inputs = re.findall(r"<input[^>]*checked[^>]*>", page)
    return [each for each in inputs if re.search('name="(audience|consent_form|basis)"', each)]


@pytest.mark.parametrize("path", ["new/one-page/", "new/"])
def test_nothing_of_the_basis_is_ticked_beforehand(world, peel, path):
    assert ticked(peel.get(f"/en/referrals/{path}").content.decode()) == []


def test_how_the_person_agreed_is_asked(world, peel):
    asked = one_page(**SAID)
    del asked["consent_form"]
    answer = peel.post("/en/referrals/new/one-page/", asked)
    assert answer.status_code == 422
    assert "Say how the person agreed." in answer.content.decode()
    assert consents() == []


def test_nothing_ticked_is_as_narrow_as_the_receiver_and_the_police_are_always_ticked(world, peel):
    assert (
        peel.post("/en/referrals/new/one-page/", one_page(**SAID, audience=[])).status_code == 302
    )
    assert [each.audience for each in consents()] == [["cas"]]
    for to in ("desk:ottawa-police", "team:ottawa"):
        more = {**SAID, "audience": [], "to": to, "key": to}
        answer = peel.post("/en/referrals/new/one-page/", one_page(**more))
        assert answer.status_code == 422
        assert "Choose with whom this may be shared." in answer.content.decode()


def test_a_consent_of_the_case_goes_first_and_answers_for_the_basis(world, peel):
    case = world.case()
    agreed = consent(world, case, audience=["cas"], services=["emergency_shelter"])
    path = f"/en/cases/{shown(case.reference)}/refer/"
    assert "1. Express informed consent, " in peel.get(path).content.decode()
    asked = of_case(case, consent="1")
    for name in ("basis", "audience", "consent_form", "until"):
        del asked[name]
    narrow = peel.post(path, {**asked, "services": ["dental"]})
    assert "It does not reach so far." in narrow.content.decode()
    assert peel.post(path, asked).status_code == 302
    with database.as_role("worker"):
        basis = Referral.objects.get().basis
        assert (basis.consent_id, basis.until) == (agreed.pk, agreed.until)
    assert len(consents()) == 1


def test_whoever_records_a_wider_consent_is_asked_first(world, peel):
    case = world.case()
    consent(world, case, audience=["cas"], until=timezone.now() + dt.timedelta(days=200))
    path = f"/en/cases/{shown(case.reference)}/refer/"
    refused = peel.post(path, of_case(case))
    assert refused.status_code == 422
    assert "Ask the person, then tick this." in refused.content.decode()
    assert len(consents()) == 1
    covered = of_case(case, audience=["cas"], services=["dental"], key="covered")
    assert peel.post(path, covered).status_code == 302
    assert len(consents()) == 1
    assert peel.post(path, of_case(case, wider="on")).status_code == 302
    assert [each.audience for each in consents()] == [["cas"], ["cas", "community_org"]]


def test_a_hand_off_and_sending_on_offer_what_is_valid_alone(world, peel):
    case = world.case(needs=["emergency_shelter"])
    waits = world.referral(case=case)
    offer = peel.get(f"/fr/cases/{shown(case.reference)}/hand-off/").content.decode()
    assert "1. Consentement exprès et éclairé" in offer
    for code in ("withdrawn", "not_yet", "deidentified_discussion"):
        assert f'value="{code}"' not in offer
    take_back(world, only(case))
    page = peel.get(f"/en/referrals/{shown(waits.reference)}/reroute/").content.decode()
    assert 'name="consent"' not in page
    assert 'value="withdrawn"' not in page
    assert 'value="deidentified_discussion"' in page
    consent(world, case, audience=["cas"])
    page = peel.get(f"/en/referrals/{shown(waits.reference)}/reroute/").content.decode()
    assert 'name="consent"' in page


def test_a_hand_off_makes_up_no_consent(world, peel):
    """Of a case without needs of its own, a consent for one need is not one to lead it."""
    case = world.case()
    consent(world, case, audience=["cas"], services=["peer_support"])
    path = f"/en/cases/{shown(case.reference)}/hand-off/"
    assert 'name="consent"' not in peel.get(path).content.decode(), "it is not offered"
    given = {"to": "desk:ottawa-cas", "type": "warm", "reason": "survivor_moved", "consent": "1"}
    checks = {"consent_confirmed": "on", "safety_plan_reviewed": "on"}
    assert peel.post(path, {**given, **checks}).status_code == 422
    body = {
        "case": shown(case.reference), "to_desk": "ottawa-cas", "type": "warm",
        "reason": "survivor_moved", "consent_confirmed": True, "safety_plan_reviewed": True,
        "basis": {"code": "express_informed", "audience": ["cas"], "until": FAR},
    }  # fmt: skip
    system = Api(world.token(PEEL))
    refused = system.post("handoffs", body, Idempotency_Key="1")
    assert refused.status_code == 400
    assert refused.json()["errors"] == {"basis": {"form": ["Say how the person agreed."]}}
    body["basis"]["consent"] = 1
    refused = system.post("handoffs", body, Idempotency_Key="2")
    assert list(refused.json()["errors"]["basis"]) == ["consent"]
    assert len(consents()) == 1
    del body["basis"]["consent"]
    body["basis"]["form"] = "written"
    assert system.post("handoffs", body, Idempotency_Key="3").status_code == 201
    assert [(each.services, each.form) for each in consents()][1:] == [([], "written")]


def test_the_next_door_rests_on_the_same_consent_and_never_on_a_new_one(world, peel):
    referral = world.referral()
    act(world, OTTAWA, answering.decline_referral, referral, reason="no_capacity")
    act(world, PEEL, reroute_referral, referral, to=world.desks["ottawa-community"])
    assert len(consents()) == 1


def test_a_desk_that_sees_the_person_through_something_else_does_not_lose_them(world, peel):
    case = world.case()
    consent(world, case, audience=["cas"], services=["peer_support"])
    other = world.referral(case=case)
    first = world.referral(case=case, services=("peer_support",), audience=("cas",))
    with database.as_role("worker"):
        assert first.basis.consent.number != other.basis.consent.number
        number = first.basis.consent.number
    path = f"cases/{shown(case.reference)}/consents/{number}/withdraw"
    page = peel.get(f"/en/{path}/").content.decode()
    assert "Lose access at once" not in page
    assert f"Still sees the person, on another consent or basis:</strong> Agency {OTTAWA}" in page
    assert shown(other.reference) in page
    effect = Api(world.token(PEEL)).get(path).json()
    assert effect["desks_losing_access"] == []
    still = [{"desk": OTTAWA, "through": [shown(other.reference)]}]
    assert effect["desks_still_seeing"] == still


def test_the_end_of_a_consent_is_one_day_in_both_time_zones():
    for zone in ("America/Toronto", "America/Winnipeg"):
        with timezone.override(zone):
            end = end_of_day(dt.date(2027, 2, 24))
            assert end.astimezone(ZoneInfo("America/Toronto")).date() == dt.date(2027, 2, 24)
            assert end.astimezone(ZoneInfo("America/Winnipeg")).date() == dt.date(2027, 2, 24)
