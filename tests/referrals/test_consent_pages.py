"""Consents on the pages and through the API: seen, recorded, shown before, taken back."""

import datetime as dt

from django.test import Client
from django.utils import timezone

from referrals.actions import answering
from tests import database
from tests.referrals.test_api import Api
from tests.referrals.test_consents import OTTAWA, PEEL, SHELTER, only, reread, take_back
from tests.referrals.test_life_cycle import act


def shown(reference):
    return f"{reference[:4]}-{reference[4:]}"


def client(world, desk):
    visitor = Client()
    visitor.force_login(world.user(desk))
    return visitor


def day(days):
    return (timezone.localdate() + dt.timedelta(days=days)).isoformat()


def test_the_case_page_shows_a_consent_and_the_page_before_says_what_ends(world):
    waiting = world.referral()
    case, peel = waiting.case, client(world, PEEL)
    page = peel.get(f"/en/cases/{shown(case.reference)}/")
    assert b"Express informed consent" in page.content
    assert b"In force" in page.content
    address = f"/en/cases/{shown(case.reference)}/consents/1/withdraw/"
    before = peel.get(address)
    assert "Agency ottawa-cas" in before.content.decode()
    assert shown(waiting.reference) in before.content.decode()
    answer = peel.post(address, {"version": "1"}, follow=True)
    assert b"Taken back. Nothing new is shared on it." in answer.content
    assert reread(waiting).status == "returned"
    page = peel.get(f"/en/referrals/{shown(waiting.reference)}/")
    assert "The person took the consent back" in page.content.decode()
    again = peel.post(address, {"version": "1"}, follow=True)
    assert b"This consent was taken back already." in again.content
    told = peel.get(f"/fr/cases/{shown(case.reference)}/recorded/").content.decode()
    assert "Vous l’avez retiré le" in told


def test_a_consent_is_recorded_on_its_page(world):
    case, peel = world.case(), client(world, PEEL)
    address = f"/fr/cases/{shown(case.reference)}/consents/new/"
    typed = {
        "kind": "substitute",
        "audience": ["cas", "health"],
        "services": [SHELTER],
        "given_on": day(-2),
        "until": day(4),
        "consent_form": "written",
    }
    refused = peel.post(address, {**typed, "until": day(-1)})
    assert refused.status_code == 422
    assert "Indiquez une fin à venir." in refused.content.decode()
    assert peel.post(address, typed).status_code == 302
    made = only(case)
    assert (made.kind, made.form, made.services) == ("substitute", "written", [SHELTER])
    page = peel.get(f"/en/cases/{shown(case.reference)}/").content.decode()
    assert "A consent ends" in page
    assert "Ask the person before it does." in page
    assert "Consent ends" in peel.get("/en/cases/").content.decode()
    assert "Consents that end within 7 days" in peel.get("/en/inbox/needs_action/").content.decode()


def test_whoever_keeps_the_minimum_reads_it_on_the_page(world):
    referral = world.referral()
    act(world, OTTAWA, answering.accept_referral, referral)
    take_back(world, only(referral.case))
    ottawa = client(world, OTTAWA)
    page = ottawa.get(f"/en/referrals/{shown(referral.reference)}/").content.decode()
    assert "Your desk stays responsible, and keeps what it needs to finish." in page
    assert "No voicemail" in page
    assert "18 to 20" not in page
    assert ottawa.get(f"/en/cases/{shown(referral.case.reference)}/").status_code == 404


def test_the_api_records_shows_before_and_takes_back(world):
    referral = world.referral()
    peel, ottawa = Api(world.token(PEEL)), Api(world.token(OTTAWA))
    path = f"cases/{shown(referral.case.reference)}/consents"
    (first,) = peel.get(path).json()["results"]
    assert (first["number"], first["services"], first["in_force"]) == (1, [SHELTER], True)
    body = {"kind": "express_informed", "audience": ["cas"], "until": day(30), "form": "spoken"}
    made = peel.post(path, body, Idempotency_Key="consent-1")
    assert (made.status_code, made.json()["number"], made["ETag"]) == (201, 2, '"1"')
    assert ottawa.get(path).status_code == 404
    effect = peel.get(f"{path}/1/withdraw")
    assert effect.json()["returned"] == [shown(referral.reference)]
    assert effect.json()["desks_losing_access"] == [OTTAWA]
    assert peel.post(f"{path}/1/withdraw", {}).status_code == 428
    stale = peel.post(f"{path}/1/withdraw", {}, If_Match='"9"')
    assert stale.status_code == 412
    done = peel.post(f"{path}/1/withdraw", {}, If_Match=effect["ETag"])
    assert done.status_code == 200
    assert done.json() == effect.json()
    late = peel.post(f"{path}/1/withdraw", {}, If_Match=done["ETag"])
    assert late.status_code == 409
    kept = peel.get(f"referrals/{shown(referral.reference)}").json()["basis"]
    assert (kept["end"], kept["ended_at"] is None) == ("consent_withdrawn", False)
    with database.as_role("worker"):
        assert reread(referral).basis_end == "consent_withdrawn"
