"""What the pages go on saying: of a report that is owed, a mistake that waits, a basis that ended."""

import datetime as dt

from django.test import Client
from django.utils import timezone

from coordination.roles import Role
from referrals.actions import answering, sending
from referrals.guard_rails import Said
from tests import database
from tests.cases.test_entered_in_error import mark
from tests.referrals.test_api import Api
from tests.referrals.test_consents import take_back
from tests.referrals.test_ladder import climb, events
from tests.referrals.test_leading import shown
from tests.referrals.test_life_cycle import act

PEEL, OTTAWA, COMMUNITY = "peel-cas", "ottawa-cas", "peel-community"


def page(world, desk, path, language="en"):
    client = Client()
    client.force_login(world.user(desk))
    return client.get(f"/{language}/{path}").content.decode()


def test_a_report_that_is_owed_stays_in_sight_of_who_owes_it(world):
    case = world.case(COMMUNITY, age_band="12_15")
    referral = world.referral(sender=COMMUNITY, case=case, basis="substitute", sent=False)
    with world.acting(COMMUNITY) as actor:
        sending.send_referral(
            referral=referral, actor=actor, at=timezone.now(), said=Said("not_yet")
        )
    code = shown(referral.reference)
    for path in (f"referrals/{code}/", f"referrals/{code}/sent/"):
        told = page(world, COMMUNITY, path)
        assert "Reported to a children’s aid society?" in told
        assert "Phone now:" in told
        received = page(world, OTTAWA, path)
        assert "Reported to" not in received
        assert "it stays on my list" not in received
    ours, theirs = Api(world.token(COMMUNITY)), Api(world.token(OTTAWA))
    assert ours.get(f"cases/{shown(case.reference)}").json()["child_report"] == "not_yet"
    assert ours.get("cases").json()["results"][0]["child_report"] == "not_yet"
    assert ours.get(f"referrals/{code}").json()["child_report"] == "not_yet"
    assert ours.get("referrals?box=sent").json()["results"][0]["child_report"] == "not_yet"
    assert theirs.get(f"referrals/{code}").json()["child_report"] is None


def test_what_was_entered_in_error_says_so_and_reminds_nobody(world):
    world.user(OTTAWA, Role.LEAD)
    referral = world.referral(urgency="immediate")
    act(world, OTTAWA, answering.accept_referral, referral)
    case = referral.case
    assert mark(world, case).status == "open"
    climb(30 * 24 * 60 * (dt.timedelta(minutes=1)))
    assert events(referral) == []
    code = shown(referral.reference)
    assert "Entered in error: waiting for others" in page(
        world, PEEL, f"cases/{shown(case.reference)}/"
    )
    assert "was asked to close it and has not yet" in page(world, PEEL, f"referrals/{code}/")
    assert "Do not contact anybody." in page(world, OTTAWA, f"referrals/{code}/")
    assert "Ne communiquez avec personne" in page(world, OTTAWA, f"referrals/{code}/", "fr")


def test_a_basis_that_ended_is_shown_as_ended_with_what_is_left(world):
    case = world.case(contact_rules=[], access_needs=["sign_language"])
    held = world.referral(case=case)
    waits = world.referral("north-cas", case=case)
    act(world, OTTAWA, answering.accept_referral, held)
    with database.as_role("worker"):
        agreed = list(case.consents.select_related("case"))
    for consent in agreed:
        take_back(world, consent)
    told = page(world, OTTAWA, f"referrals/{shown(held.reference)}/")
    assert "No longer valid" in told
    assert "Nobody any more." in told
    assert "see Safety above" not in told
    assert "No contact rule and no safety flag is recorded." in told
    assert "French" in told
    assert "18 to 20" not in told
    facts = Api(world.token(OTTAWA)).get(f"referrals/{shown(held.reference)}").json()["facts"]
    assert (facts["service_language"], facts["access_needs"]) == ("fr", ["sign_language"])
    assert "age_band" not in facts
    back = page(world, PEEL, f"referrals/{shown(waits.reference)}/")
    assert "Back with the sender: The person took the consent back" in back
    assert "Given back" not in back
    assert "Back with the sender" in page(world, PEEL, "inbox/needs_action/")
