"""The registers through the API, and how their lines go when they have been kept long enough."""

import pytest

from audit.models import Entry
from coordination.models import AccessRequest, Breach, LegalProcess
from tests import database
from tests.coordination.test_registers import AUDITOR, OFFICE, PEEL, ask, today
from tests.coordination.test_retention import shown
from tests.referrals.test_api import Api
from tests.referrals.test_disposal import night, owner


@pytest.fixture
def officer(world):
    return Api(world.token(OFFICE, AUDITOR))


def day():
    return f"{today():%Y-%m-%d}"


def test_a_person_asks_through_the_lead_desks_system_and_the_officer_answers(world, officer):
    case = shown(world.case().reference)
    desk, other = Api(world.token(PEEL)), Api(world.token("ottawa-cas"))
    asked = {"kind": "correct", "received_on": day(), "words": "The age band."}
    assert desk.post(f"cases/{case}/requests", asked).status_code == 400, "no key"
    made = desk.post(f"cases/{case}/requests", asked, Idempotency_Key="1")
    assert (made.status_code, made["ETag"]) == (201, '"1"')
    assert desk.post(f"cases/{case}/requests", asked, Idempotency_Key="1").json() == made.json()
    assert other.post(f"cases/{case}/requests", asked, Idempotency_Key="1").status_code == 404
    line = made.json()["reference"]
    assert [each["reference"] for each in officer.get("requests").json()["results"]] == [line]
    assert other.get("requests").json()["results"] == []
    answer, said = f"requests/{line}/answer", {"outcome": "corrected"}
    assert other.post(answer, said, If_Match='"1"').status_code == 404
    assert officer.post(answer, said).status_code == 428
    assert officer.post(answer, said, If_Match='"2"').status_code == 412
    done = officer.post(answer, said, If_Match='"1"')
    assert (done.status_code, done["ETag"]) == (200, '"2"')
    assert (done.json()["outcome"], done.json()["answered_on"]) == ("corrected", day())
    assert desk.post(answer, said, If_Match='"2"').status_code == 409


def test_legal_process_comes_with_a_hold_and_says_what_was_given(world, officer):
    case = shown(world.case().reference)
    served = {"instrument": "summons", "asked_by": "defence", "asked": ["record"]}
    served |= {"received_on": day(), "case": case}
    made = officer.post("registers/processes", served, Idempotency_Key="1")
    assert made.status_code == 201
    assert made.json()["hold"] == officer.get("holds").json()["results"][0]["reference"]
    answer = f"registers/processes/{made.json()['reference']}/answer"
    given = {"outcome": "given", "given": ["record"], "answered_on": day()}
    assert officer.post(answer, {**given, "given": ["a name"]}, If_Match='"1"').status_code == 400
    assert officer.post(answer, given, If_Match='"1"').json()["given"] == ["record"]
    assert officer.post(answer, given, If_Match='"2"').status_code == 409


def test_a_breach_is_assessed_from_the_version_that_was_read(officer):
    found = {"kind": "lost", "received_on": day(), "words": "call 416-555-0199"}
    refused = officer.post("registers/breaches", found, Idempotency_Key="1")
    assert refused.status_code == 400
    assert refused.json()["findings"]
    made = officer.post("registers/breaches", {**found, "words": ""}, Idempotency_Key="2")
    assess = f"registers/breaches/{made.json()['reference']}/assess"
    said = {"risk": "real", "sensitivity": "high", "misuse": "low", "persons": 2}
    assert officer.post(assess, said, If_Match='"1"')["ETag"] == '"2"'
    assert officer.post(assess, said, If_Match='"1"').status_code == 412
    closed = officer.post(assess, {**said, "closed_on": day()}, If_Match='"2"')
    assert closed.json()["closed_on"] == day()
    (year,) = officer.get("registers/years").json()["results"]
    assert (year["breaches"], year["real"], year["persons"]) == (1, 1, 2)


def test_lines_go_with_what_entries_say_when_their_time_is_over_and_not_before(world, officer):
    officer.post("registers/breaches", {"kind": "lost", "received_on": day()}, Idempotency_Key="1")
    reference = officer.get("registers/breaches").json()["results"][0]["reference"]
    said = {"risk": "not_real", "sensitivity": "low", "misuse": "low", "closed_on": day()}
    officer.post(f"registers/breaches/{reference}/assess", said, If_Match='"1"')
    case = shown(world.case().reference)
    served = {"instrument": "summons", "asked_by": "crown", "asked": ["counts"]}
    served |= {"received_on": day(), "case": case}
    process = officer.post("registers/processes", served, Idempotency_Key="2").json()
    given = {"outcome": "refused", "answered_on": day()}
    officer.post(f"registers/processes/{process['reference']}/answer", given, If_Match='"1"')
    free, held = world.case(), world.case("peel-community")
    for each, desk in ((free, PEEL), (held, "peel-community")):
        asked = ask(world, each, desk=desk)
        officer.post(
            f"requests/{shown(asked.reference)}/answer", {"outcome": "told"}, If_Match='"1"'
        )
    open_one = ask(world, free)
    hold = {"case": shown(held.reference), "reason": "litigation"}
    officer.post("holds", hold, Idempotency_Key="3")
    assert not {"requests", "processes", "breaches"} & set(night())
    owner(
        "update coordination_accessrequest set answered_on = answered_on - interval '25 months'",
        "update coordination_legalprocess set answered_on = answered_on - interval '85 months'",
        "update coordination_breach set closed_on = closed_on - interval '85 months'",
    )
    gone = night()
    assert (gone["requests"], gone["breaches"]) == (1, 1)
    assert "processes" not in gone, "its own hold stands"
    with database.as_role("worker"):
        assert not Breach.objects.exists()
        kept = AccessRequest.objects.values_list("case_reference", flat=True)
        assert set(kept) == {held.reference, free.reference}
        assert AccessRequest.objects.filter(pk=open_one.pk).exists(), "not answered"
        about = Entry.objects.filter(subject__startswith="breach:")
        assert {hasattr(entry, "body") for entry in about} == {False}
    officer.post(f"holds/{process['hold']}/lift", {"reason": "ended"})
    assert night()["processes"] == 1
    with database.as_role("worker"):
        assert not LegalProcess.objects.exists()
