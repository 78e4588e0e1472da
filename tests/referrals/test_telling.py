"""The case page, who has access and why, and what is recorded about the person in plain words."""

import re

import pytest
from django.test import Client
from django.utils import translation

from audit.models import Entry
from cases.actions.notes import Words
from coordination import vocabularies
from coordination.roles import Role
from referrals import telling
from referrals.actions import answering, assigning, closing, following, sending
from tests import database
from tests.referrals.test_api import Api
from tests.referrals.test_handoffs import answer, propose, row
from tests.referrals.test_leading import lead
from tests.referrals.test_life_cycle import act

OTTAWA, PEEL = "ottawa-cas", "peel-cas"


def client(world, desk, role=Role.WORKER):
    signed_in = Client()
    signed_in.force_login(world.user(desk, role))
    return signed_in


def shown(reference):
    return f"{reference[:4]}-{reference[4:]}"


@pytest.fixture
def told(world):
    """A case with everything filled in, asked of two desks: one declined, one has it."""
    case = world.case(
        access_needs=["interpreter"],
        dependants=2,
        areas_to_avoid=["north-area"],
        safety_flags=["no_housing"],
        indigenous_led="if_available",
    )
    first = world.referral(case=case)
    act(world, OTTAWA, answering.decline_referral, first, reason="no_capacity")
    second = world.referral("north-cas", case=case)
    act(world, "north-cas", answering.accept_referral, second)
    return case


@pytest.mark.parametrize("language", ["en", "fr"])
def test_everything_that_is_kept_is_said_in_words(world, told, language):
    page = client(world, PEEL).get(f"/{language}/cases/{shown(told.reference)}/recorded/")
    text = page.content.decode()
    said = " ".join(s for part in page.context["sections"] for s in part.sentences)
    with translation.override(language):
        for vocabulary, code in (
            ("age_band", "18_20"),
            ("gender_identity", "woman_girl"),
            ("situation", "left_recently"),
            ("access_need", "interpreter"),
            ("contact_rule", "no_voicemail_text"),
            ("safety_flag", "no_housing"),
            ("indigenous_led", "if_available"),
            ("trafficking_status", "suspected"),
            ("decline_reason", "no_capacity"),
            ("service_need", "emergency_shelter"),
        ):
            assert vocabularies.label(vocabulary, code).lower() in said.lower(), code
    assert "Alex" not in said, "no worker is named"
    assert not re.search(r"\b[a-z]+_[a-z]+\b", said), "no raw code"
    assert "555-0100" not in text.partition("<main")[2].partition("</main>")[0]
    with database.as_role("worker"):
        assert Entry.objects.filter(verb="case.told").count() == 1


def read_aloud(world, case, desk=PEEL):
    page = client(world, desk).get(f"/en/cases/{shown(case.reference)}/recorded/")
    return " ".join(s for part in page.context["sections"] for s in part.sentences)


def test_who_opened_it_and_to_whom_it_moved_is_told_as_it_was(world):
    case = world.case(needs=["peer_support"])
    answer(world, "accept", propose(world, case))
    answer(world, "accept", propose(world, row(case), "north-cas", desk=OTTAWA), "north-cas")
    said = read_aloud(world, case, "north-cas")
    assert "Agency peel-cas, Peel opened a record" in said
    first, second = (
        "from Agency peel-cas, Peel to Agency ottawa-cas, Ottawa.",
        ("from Agency ottawa-cas, Ottawa to Agency north-cas, North."),
    )
    assert said.index(first) < said.index(second) < said.index("Agency north-cas, North leads it")


def test_what_was_written_with_the_sending_is_told_and_nobody_is_left_with_what_is_over(world):
    case, words = world.case(), Words("An interpreter is arranged for the evening.")
    referral = world.referral(case=case, sent=False)
    act(world, PEEL, sending.send_referral, referral, words=words)
    assert f"Referral sent. {words.text}" in (said := read_aloud(world, case))
    assert "Responsible now: Agency peel-cas, Peel." in said
    act(world, OTTAWA, answering.decline_referral, referral, reason="no_capacity")
    assert "Responsible now: Agency peel-cas, Peel." in read_aloud(world, case)
    act(world, PEEL, following.resolve_referral, referral, reason="served_otherwise")
    close = {"reason": "goals_met", "outcomes": {"emergency_shelter": "connected"}}
    lead(world, closing.close_case, case, **close)
    said = read_aloud(world, case)
    assert "Responsible now" not in said
    assert f"Case closed. Reason: {vocabularies.label('closure_reason', 'goals_met')}" in said


def test_only_the_lead_desk_reads_it_aloud(world, told):
    path = f"/en/cases/{shown(told.reference)}/recorded/"
    assert client(world, "north-cas").get(f"/en/cases/{shown(told.reference)}/").status_code == 200
    assert client(world, "north-cas").get(path).status_code == 404
    assert client(world, OTTAWA).get(path).status_code == 404


def test_every_fact_has_words_and_every_code_a_label():
    for vocabulary, title in telling.FACTS.values():
        with translation.override("fr"):
            french = str(title)
        assert french != str(title)
        assert all(vocabularies.label(vocabulary, code) for code in vocabularies.codes(vocabulary))


def test_the_case_page_says_who_has_access_who_had_and_what_is_open(world, told):
    page = client(world, PEEL).get(f"/en/cases/{shown(told.reference)}/")
    now = [each.desk for each in page.context["access"]]
    assert now == ["Agency peel-cas, Peel", "Agency north-cas, North"]
    assert [each.desk for each in page.context["access_before"]] == ["Agency ottawa-cas, Ottawa"]
    assert len(page.context["live"]) == 2, "the declined one still needs action"
    titles = [str(event["title"]) for event in page.context["timeline"]]
    assert {"Declined", "Case opened"} <= set(titles)
    assert [e["at"] for e in page.context["timeline"]] == sorted(
        (e["at"] for e in page.context["timeline"]), reverse=True
    )
    receiver = client(world, "north-cas").get(f"/en/cases/{shown(told.reference)}/")
    assert "Declined" not in [str(e["title"]) for e in receiver.context["timeline"]]
    assert [each.desk for each in receiver.context["access"]] == ["Agency north-cas, North"]


def test_the_list_of_cases_pages_without_keys(world):
    cases = [world.case().reference for _ in range(27)]
    peel = client(world, PEEL)
    first = peel.get("/en/cases/")
    assert [row["case"].reference for row in first.context["rows"]] == cases[:1:-1]
    second = peel.get(f"/en/cases/?before={first.context['more']}")
    assert [row["case"].reference for row in second.context["rows"]] == cases[1::-1]
    assert client(world, OTTAWA).get(f"/en/cases/?before={shown(cases[3])}").status_code == 404


def test_the_api_tells_what_happened_and_who_can_see_it(world, told):
    peel, north = Api(world.token(PEEL)), Api(world.token("north-cas"))
    referral = world.referral()
    act(world, OTTAWA, assigning.assign_referral, referral, to=world.user(OTTAWA))
    path = f"referrals/{shown(referral.reference)}"
    verbs = [each["verb"] for each in peel.get(f"{path}/timeline").json()["results"]]
    assert verbs == ["referral.sent", "referral.drafted"]
    ottawa = Api(world.token(OTTAWA)).get(f"{path}/timeline").json()["results"]
    assert ottawa[0]["verb"] == "referral.assigned"
    found = peel.get(f"{path}/access").json()["results"]
    assert [(each["desk"], each["reason"]) for each in found] == [
        (PEEL, "sender"),
        (OTTAWA, "receiver"),
    ]
    case = f"cases/{shown(told.reference)}"
    told_of = [each["verb"] for each in peel.get(f"{case}/timeline").json()["results"]]
    assert told_of == ["consent.recorded", "consent.recorded", "case.opened"]
    assert north.get(f"{case}/timeline").json()["results"] == []
    assert [each["desk"] for each in north.get(f"{case}/access").json()["results"]] == ["north-cas"]
