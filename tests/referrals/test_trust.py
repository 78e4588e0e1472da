"""Rows of TRUST that are about pages and answers: C10, Z5, Z18, W5, W10."""

import pytest
from django.test import Client

from cases.facts import LEAD_FACTS, TASK_FACTS
from coordination import references
from referrals.actions import answering, contacting
from referrals.outputs import CaseOut, ReferralOut
from tests.ends import FAR
from tests.referrals.test_api import CASE, Api
from tests.referrals.test_life_cycle import act

OTTAWA, PEEL = "ottawa-cas", "peel-cas"
HOSTILE = [
    "' or 1=1 --",
    "{{1337*1337}}",
    "<script>alert(1)</script>",
    "%00",
    "\u202e",
    "9" * 400,
    "-1",
    "../../etc/passwd",
    "a" * 5000,
]


def test_a_change_meanwhile_keeps_what_was_typed_and_shows_what_changed(world):
    """C10."""
    referral = world.referral()
    accepted = act(world, OTTAWA, answering.accept_referral, referral)
    client = Client()
    client.force_login(world.user(OTTAWA))
    path = f"/en/referrals/{references.display(referral.reference)}/complete/"
    assert client.get(path).status_code == 200
    act(world, PEEL, contacting.confirm_contact_referral, referral, method="phone")
    typed = {"version": accepted.version, "emergency_shelter": "connected"}
    late = client.post(path, typed)
    page = late.content.decode()
    assert late.status_code == 412
    assert late.context["form"]["emergency_shelter"].value() == "connected"
    assert "What changed meanwhile:" in page
    assert "Contact confirmed" in page
    again = {**typed, "version": late.context["form"]["version"].value()}
    assert client.post(path, again).status_code == 302


@pytest.mark.parametrize("desk", [PEEL, OTTAWA])
def test_an_answer_has_the_fields_of_its_schema_and_no_other(world, desk):
    """Z5: a receiver gets no fact that is the lead desk's alone."""
    referral = world.referral()
    act(world, OTTAWA, answering.accept_referral, referral)
    api = Api(world.token(desk))
    shown = api.get(f"referrals/{references.display(referral.reference)}").json()
    assert set(shown) == set(ReferralOut().fields)
    assert set(shown["facts"]) == set(TASK_FACTS)
    case = api.get(f"cases/{references.display(referral.case.reference)}").json()
    extra = {*LEAD_FACTS, "assignee", "same_as", "child_report"} if desk == PEEL else set()
    assert set(case) == set(CaseOut().fields) | set(TASK_FACTS) | extra


def test_another_desks_case_and_no_case_are_refused_alike(world):
    """Z18: neither an answer nor its error says that a code exists."""
    theirs = references.display(world.case("north-cas").reference)
    nothing = references.display(references.new())
    peel = Api(world.token(PEEL))
    asked = {
        "to_desk": OTTAWA,
        "services": ["emergency_shelter"],
        "urgency": "urgent",
        "basis": {
            "code": "express_informed",
            "audience": ["cas"],
            "until": FAR,
            "form": "spoken",
        },
    }
    answers = [
        peel.post("referrals", {**asked, "case": code}, Idempotency_Key=code).content
        for code in (theirs, nothing)
    ]
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    "path",
    [
        "inbox/?urgency={}",
        "inbox/?after={}",
        "inbox/arrivals/?since={}",
        "find/?code={}",
        "cases/?before={}",
        "directory/?name={}&service={}&page={}",
        "referrals/new/?to={}",
        "referrals/new/one-page/?to={}",
        "notifications/?tab={}",
    ],
)
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text)[:12])
def test_no_address_breaks_a_page_or_comes_back_alive(world, path, text):
    """W5."""
    client = Client(raise_request_exception=False)
    client.force_login(world.user(PEEL))
    name, _mark, query = path.partition("?")
    values = {pair.partition("=")[0]: text for pair in query.split("&")}
    answer = client.get(f"/en/{name}", values, follow=True)
    assert answer.status_code in {200, 404}, answer.status_code
    body = answer.content.decode()
    assert "<script>alert" not in body
    assert "49" not in body or "7*7" not in text or "{{1337*1337}}" in body.replace("&#x27;", "'")


def test_a_page_is_never_larger_than_its_size(world):
    """W10."""
    peel = Api(world.token(PEEL))
    for number in range(27):
        assert peel.post("cases", CASE, Idempotency_Key=f"k{number}").status_code == 201
    for query in ("page_size=1000000000", "limit=1000000000"):
        answer = peel.get(f"cases?{query}")
        assert answer.status_code == 400 or len(answer.json()["results"]) <= 100
