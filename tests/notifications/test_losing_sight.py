"""Whoever loses sight of something is told that it is gone, and nothing by which to find it."""

from django.test import Client

from audit import followers
from coordination.roles import Role
from notifications.models import Notice
from referrals.actions import answering
from tests import database
from tests.cases.test_entered_in_error import mark
from tests.referrals.test_api import Api
from tests.referrals.test_consents import take_back
from tests.referrals.test_handoffs import answer, propose, row
from tests.referrals.test_life_cycle import act

PEEL, OTTAWA, NORTH = "peel-cas", "ottawa-cas", "north-cas"
TAKEN = "A referral that waited at your desk was taken back: its basis has ended."


def told(world, desk, verb):
    with database.as_role("worker"):
        followers.drain("notify")
        found = Notice.objects.filter(recipient=world.user(desk), verb=verb, done_at=None)
        return list(found.values_list("reference", flat=True))


def test_a_desk_whose_referral_was_taken_back_is_told_so(world):
    waiting = world.referral()
    accepted = world.referral(NORTH, case=waiting.case)
    act(world, NORTH, answering.accept_referral, accepted)
    with database.as_role("worker"):
        agreed = list(waiting.case.consents.select_related("case"))
    for consent in agreed:
        take_back(world, consent)
    assert told(world, OTTAWA, "referral.lapsed") == [""]
    assert told(world, NORTH, "referral.lapsed") == []
    assert told(world, PEEL, "referral.lapsed") == []  # whoever did it
    assert told(world, OTTAWA, "referral.sent") == []
    page = Client()
    page.force_login(world.user(OTTAWA))
    shown = page.get("/en/notifications/").content.decode()
    assert TAKEN in shown
    assert waiting.reference[:4] not in shown
    (notice,) = Api(world.token(OTTAWA)).get("notifications?unread=true").json()["results"]
    assert (notice["text"], notice["referral"], notice["case"]) == (TAKEN, None, None)


def test_an_offer_that_lapsed_and_a_case_entered_in_error_are_told_too(world):
    case = world.case(needs=["peer_support"])
    world.referral(case=case, services=("peer_support",), to="ottawa-community")
    propose(world, case, NORTH)
    with database.as_role("worker"):
        taken = list(case.consents.select_related("case"))
    for consent in taken:
        take_back(world, consent)
    assert told(world, NORTH, "handoff.lapsed") == [""]
    assert told(world, "ottawa-community", "referral.lapsed") == [""]

    other = world.case()
    answer(world, "accept", propose(world, other))
    moved = row(other)
    lead = world.user(OTTAWA, Role.LEAD)
    sent = world.referral(NORTH, sender=OTTAWA, case=moved)
    mark(world, moved, OTTAWA)
    assert told(world, PEEL, "case.entered_in_error") == [""]
    assert told(world, NORTH, "referral.withdrawn") == [sent.reference]
    with database.as_role("worker"):
        assert not Notice.objects.filter(recipient=lead, verb="case.entered_in_error").exists()
