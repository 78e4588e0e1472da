"""What people asked, what the law asked, what went wrong: kept by the officer, without identity."""

import datetime as dt
from io import StringIO

import psycopg
import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from cases.actions.requesting import answer_request, open_request
from cases.models import Case
from coordination import registers
from coordination.errors import Invalid, NotAllowed, WrongStatus
from coordination.models import AccessRequest, Breach, LegalHold, LegalProcess
from coordination.registers import Said
from coordination.roles import Role
from referrals.actions import closing
from tests import database
from tests.coordination.test_retention import page, shown
from tests.referrals.test_disposal import age, night
from tests.referrals.test_leading import lead

OFFICE, AUDITOR, PEEL = "office", Role.AUDITOR, "peel-cas"


def today():
    return timezone.localdate()


def ask(world, case, desk=PEEL, **more):
    with world.acting(desk) as actor:
        given = {"kind": "see", "received_on": today(), "at": timezone.now(), **more}
        return open_request(actor=actor, case=case, **given)


def test_the_person_asks_through_the_lead_desk_which_answers_within_30_days(world):
    case = world.case()
    client = page(world, PEEL, Role.WORKER)
    url = f"/en/cases/{shown(case.reference)}/"
    asked = {"kind": "correct", "received_on": f"{today():%Y-%m-%d}", "words": "The age band."}
    assert client.post(f"{url}asked/", asked).status_code == 302
    with database.as_role("worker"):
        line = AccessRequest.objects.get()
    assert line.due_on == today() + dt.timedelta(days=30)
    assert "Answer the person" in client.get(url).content.decode()
    office = page(world)
    assert shown(line.reference) in office.get("/fr/privacy/registers/").content.decode()
    answer = f"/en/requests/{shown(line.reference)}/"
    assert client.get(answer).status_code == 200
    assert office.get(answer).status_code == 200
    assert client.post(answer, {"outcome": "corrected"}).status_code == 302
    assert "Answer the person" not in client.get(url).content.decode()
    with database.as_role("worker"):
        line.refresh_from_db()
        assert (line.outcome, line.answered_on) == ("corrected", today())
        verbs = Entry.objects.filter(subject=line.subject).order_by("pk")
        assert [entry.verb for entry in verbs] == ["request.opened", "request.answered"]
        assert "age band" not in str([entry.body.data for entry in verbs])
    with world.acting(OFFICE, AUDITOR) as actor, pytest.raises(WrongStatus):
        answer_request(actor=actor, request=line, outcome="told", at=timezone.now())


def test_only_who_leads_writes_and_sees_what_the_person_asks(world):
    referral = world.referral()
    line = ask(world, referral.case)
    with pytest.raises(NotAllowed):
        ask(world, referral.case, desk="ottawa-cas")
    for desk in ("ottawa-cas", "north-cas"):
        client = page(world, desk, Role.WORKER)
        assert client.get(f"/en/requests/{shown(line.reference)}/").status_code == 404
        with world.acting(desk):
            assert not AccessRequest.objects.exists()


def test_a_case_that_a_person_asked_about_is_kept_until_they_are_answered(world):
    case = world.case()
    line = ask(world, case, said=Said("Asks about the zebra lantern."))
    lead(world, closing.close_case, case, reason="goals_met", outcomes={})
    age(months=25)
    assert "cases" not in night()
    with world.acting(OFFICE, AUDITOR) as actor:
        answer_request(actor=actor, request=line, outcome="told", at=timezone.now())
    assert night()["cases"] == 1
    with database.as_role("worker"):
        assert not Case.objects.exists()
        assert AccessRequest.objects.get().words == ""
        call_command("verify_record", stdout=StringIO())


def test_a_legal_process_is_written_down_with_a_hold_and_what_was_given(world):
    case, client = world.case(), page(world)
    received = {
        "instrument": "production_order",
        "asked_by": "police",
        "received_on": f"{today():%Y-%m-%d}",
        "asked": ["case_facts", "record"],
        "case": shown(case.reference),
    }
    assert client.post("/en/privacy/registers/process/", received).status_code == 302
    with database.as_role("worker"):
        process, hold = LegalProcess.objects.get(), LegalHold.objects.get()
        assert (process.hold_id, hold.reason) == (hold.pk, "legal_process")
    url = f"/en/privacy/registers/process/{shown(process.reference)}/"
    given = {"outcome": "partly", "given": ["record"], "answered_on": f"{today():%Y-%m-%d}"}
    assert client.post(url, given).status_code == 302
    assert client.post(url, given).status_code == 302
    with database.as_role("worker"):
        process.refresh_from_db()
        assert (process.outcome, process.given) == ("partly", ["record"])
        assert Entry.objects.filter(subject=process.subject).count() == 2
    told = client.get("/en/privacy/registers/").content.decode()
    assert "Production order" in told
    assert shown(hold.reference) in told


def test_what_is_wrong_with_a_process_stores_neither_it_nor_its_hold(world):
    client = page(world)
    received = {
        "instrument": "request",
        "asked_by": "crown",
        "asked": ["counts"],
        "case": "7KQ4-M2XR",
    }
    received["received_on"] = f"{today():%Y-%m-%d}"
    assert client.post("/en/privacy/registers/process/", received).status_code == 422
    received |= {"case": "", "received_on": "2099-01-01"}
    assert client.post("/en/privacy/registers/process/", received).status_code == 422
    with database.as_role("worker"):
        assert not LegalProcess.objects.exists()
        assert not LegalHold.objects.exists()


def test_a_breach_is_assessed_before_it_closes_and_counted_by_year(world):
    client, day = page(world), f"{today():%Y-%m-%d}"
    found = {"kind": "disclosed", "received_on": day, "words": "A print was left behind."}
    assert client.post("/en/privacy/registers/breach/", found).status_code == 302
    with database.as_role("worker"):
        breach = Breach.objects.get()
    url = f"/en/privacy/registers/breach/{shown(breach.reference)}/"
    assert client.post(url, {"risk": "real"}).status_code == 422
    assert client.post(url, {"risk": "not_yet", "closed_on": day}).status_code == 422
    said = {"risk": "real", "sensitivity": "high", "misuse": "low", "steps": ["contained"]}
    said |= {"persons": "2", "reported_on": day, "notified_on": day}
    assert client.post(url, said).status_code == 302
    assert client.post(url, {**said, "closed_on": day}).status_code == 302
    with world.acting(OFFICE, AUDITOR) as actor:
        (year,) = registers.years(actor)
        with pytest.raises(WrongStatus):
            registers.assess_breach(actor=actor, breach=breach, found={}, at=timezone.now())
    counted = {k: year[k] for k in ("year", "breaches", "real", "reported", "notified", "persons")}
    assert counted == {
        "year": today().year, "breaches": 1, "real": 1, "reported": 1, "notified": 1, "persons": 2
    }  # fmt: skip
    assert year["kinds"] == [("Disclosed without authority", 1)]


def test_words_of_a_register_pass_the_gate(world):
    with world.acting(OFFICE, AUDITOR) as actor, pytest.raises(Invalid):
        said = Said("call 416-555-0199")
        registers.enter_breach(
            actor=actor, kind="lost", received_on=today(), said=said, at=timezone.now()
        )


@pytest.mark.parametrize("who", [(PEEL, Role.LEAD), (OFFICE, Role.COORDINATOR)])
@pytest.mark.parametrize(
    "statement",
    [
        "insert into coordination_breach (reference, received_on, words, entered_by_id, entered_at,"
        " kind, sensitivity, misuse, steps, risk)"
        " values ('AAAAAAAA', now(), '', {me}, now(), 'lost', '', '', '{{}}', 'not_yet')",
        "insert into coordination_accessrequest (reference, received_on, words, entered_by_id,"
        " entered_at, case_reference, kind, due_on, outcome) values"
        " ('AAAAAAAA', now(), '', {me}, now(), '{other}', 'see', now(), '')",
        "update coordination_accessrequest set case_reference = 'AAAAAAAA'",
        "delete from coordination_accessrequest",
        "delete from coordination_breach",
    ],
)
def test_an_insider_with_raw_sql_writes_no_line_that_is_not_theirs(world, who, statement):
    other = world.case("north-cas").reference
    me = world.user(*who).pk
    with (
        psycopg.connect(database.url("app")) as app,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        app.execute("select set_config('relay.actor', %s, true)", [str(me)])
        app.execute(statement.format(me=me, other=other))


def test_only_the_privacy_officer_keeps_registers(world):
    for desk, role in ((PEEL, Role.LEAD), (OFFICE, Role.COORDINATOR)):
        with world.acting(desk, role) as actor, pytest.raises(NotAllowed):
            registers.enter_breach(actor=actor, kind="lost", received_on=today(), at=timezone.now())
        client = Client()
        client.force_login(world.user(desk, role))
        assert client.get("/en/privacy/registers/").status_code == 403
