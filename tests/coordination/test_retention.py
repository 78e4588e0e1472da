"""The privacy officer sets periods and holds; everybody reads the table; nobody else writes."""

import datetime as dt

import psycopg
import pytest
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from coordination import holds, retention, vocabularies
from coordination.errors import Invalid, NotAllowed, WrongStatus
from coordination.models import LegalHold
from coordination.roles import Role
from tests import database
from tests.referrals.test_api import Api

OFFICE, AUDITOR = "office", Role.AUDITOR
DEFAULTS = {
    "words": "90 days",
    "drafts": "7 days",
    "cases": "24 months",
    "errors": "30 days",
    "looks": "24 months",
    "sessions": "30 days",
    "notices": "30 days",
    "deliveries": "30 days",
    "keys": "30 days",
    "requests": "24 months",
    "processes": "84 months",
    "breaches": "84 months",
    "groups": "84 months",
}


def page(world, desk=OFFICE, role=AUDITOR):
    client = Client()
    client.force_login(world.user(desk, role))
    return client


def shown(reference):
    return f"{reference[:4]}-{reference[4:]}"


def test_the_table_is_that_of_the_schedule_in_both_languages(world):
    with world.acting("peel-cas"):
        assert {r.code: r.period for r in retention.rules(at=timezone.now())} == DEFAULTS
    client = page(world, "peel-cas", Role.WORKER)
    for language, said in (("en", "24 months"), ("fr", "24 mois")):
        told = client.get(f"/{language}/privacy/retention/").content.decode()
        assert said in told
        assert '<form method="post" novalidate>' not in told
        for each in vocabularies.entries("retention_class"):
            assert getattr(each, language) in told


@pytest.mark.parametrize(
    ("at", "length", "cutoff"),
    [
        ("2026-03-31", 1, "2026-02-28"),
        ("2026-01-15", 24, "2024-01-15"),
        ("2024-12-31", 13, "2023-11-30"),
    ],
)
def test_months_are_those_of_the_calendar(at, length, cutoff):
    entry = vocabularies.entry("retention_class", "cases")
    moment = dt.datetime.fromisoformat(at).replace(tzinfo=dt.UTC)
    found = retention.Rule("cases", length, entry).cutoff(moment)
    assert f"{found:%Y-%m-%d}" == cutoff


def test_a_new_period_counts_a_week_later_and_within_bounds(world):
    now = timezone.now()
    with world.acting(OFFICE, AUDITOR) as actor:
        with pytest.raises(Invalid):
            retention.set_period(actor=actor, record_class="cases", length=1, at=now)
        retention.set_period(actor=actor, record_class="cases", length=36, at=now)
        assert retention.rule("cases", at=now).length == 24
        assert retention.rule("cases", at=now + dt.timedelta(days=8)).length == 36
    with database.as_role("worker"):
        entry = Entry.objects.get(verb="retention.period_set")
        assert (entry.body.data["before"], entry.body.data["after"]) == ("24 months", "36 months")


def test_only_the_privacy_officer_sets_periods_and_holds(world):
    for desk, role in (("peel-cas", Role.LEAD), (OFFICE, Role.COORDINATOR), (OFFICE, Role.ANALYST)):
        with world.acting(desk, role) as actor:
            now = timezone.now()
            with pytest.raises(NotAllowed):
                retention.set_period(actor=actor, record_class="cases", length=36, at=now)
            with pytest.raises(NotAllowed):
                holds.set_hold(actor=actor, of=world.desks["peel-cas"], reason="review", at=now)


def test_the_page_sets_a_hold_the_lead_sees_it_and_a_reason_lifts_it(world):
    case = world.case()
    client = page(world)
    said = {"case": shown(case.reference).lower(), "reason": "litigation", "until": "2099-01-01"}
    assert client.post("/en/privacy/holds/", said).status_code == 302
    assert shown(case.reference) in client.get("/fr/privacy/holds/").content.decode()
    url = f"/en/cases/{shown(case.reference)}/"
    lead = page(world, "peel-cas", Role.WORKER)
    assert "Kept longer: legal hold" in lead.get(url).content.decode()
    with database.as_role("worker"):
        hold = LegalHold.objects.get()
        assert [e.verb for e in Entry.objects.filter(subject=hold.subject)] == ["hold.set"]
    lift = f"/en/privacy/holds/{shown(hold.reference)}/lift/"
    assert client.post(lift, {"reason": ""}).status_code == 302
    assert client.post(lift, {"reason": "ended"}).status_code == 302
    assert "Kept longer" not in lead.get(url).content.decode()
    with world.acting(OFFICE, AUDITOR) as actor, pytest.raises(WrongStatus):
        holds.lift_hold(actor=actor, hold=hold, reason="ended", at=timezone.now())


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            {"case": "7KQ4-M2XR", "reason": "review"},
            "This is no case’s code; a hold needs the case’s.",
        ),
        (
            {"case": "nonsense", "reason": "review"},
            "This is no case’s code; a hold needs the case’s.",
        ),
        ({"reason": "review"}, "Name one thing"),
        ({"desk": "peel-cas", "agency": "peel-cas", "reason": "review"}, "Name one thing"),
        ({"desk": "peel-cas", "reason": "other"}, "Say in words why"),
        ({"desk": "peel-cas", "reason": "review", "until": "2001-01-01"}, "in the future"),
        ({"desk": "peel-cas", "reason": "review", "words": "call 416-555-0199"}, "problem"),
    ],
)
def test_what_is_wrong_with_a_hold_is_said_and_nothing_is_stored(world, said, told):
    answer = page(world).post("/en/privacy/holds/", said)
    assert answer.status_code == 422
    assert told in answer.content.decode()
    with database.as_role("worker"):
        assert not LegalHold.objects.exists()


def test_holds_through_the_api(world):
    case = world.case()
    office = Api(world.token(OFFICE, AUDITOR))
    said = {"case": shown(case.reference), "reason": "breach", "words": "Looked into."}
    made = office.post("holds", said, Idempotency_Key="h")
    assert made.status_code == 201
    assert office.post("holds", said, Idempotency_Key="h").json() == made.json()
    assert len(office.get("holds").json()["results"]) == 1
    assert office.post("holds", {"reason": "breach"}, Idempotency_Key="i").status_code == 400
    wrong = {"desk": "nowhere", "reason": "breach"}
    assert office.post("holds", wrong, Idempotency_Key="j").status_code == 400
    lift = f"holds/{made.json()['reference']}/lift"
    assert office.post(lift, {"reason": "ended"}).json()["lift_reason"] == "ended"
    assert office.post(lift, {"reason": "ended"}).status_code == 409
    periods = office.get("retention").json()["results"]
    assert {f"{p['length']} {p['unit']}" for p in periods if p["code"] == "cases"} == {"24 months"}


BY_AN_INSIDER = [
    "insert into coordination_legalhold (reference, case_reference, reason, words, set_by_id, set_at,"
    " lift_reason) values ('AAAAAAAA', 'BBBBBBBB', 'review', '', {me}, now(), '')",
    "insert into coordination_retentionperiod (record_class, length, set_by_id, set_at, holds_from)"
    " values ('cases', 0, {me}, now(), now() + interval '8 days')",
    "delete from coordination_legalhold",
    "delete from coordination_tombstone",
    "delete from cases_case",
    "delete from referrals_referral",
    "insert into coordination_tombstone (reference, opened_at, disposed_at, certificate)"
    " values ('AAAAAAAA', now(), now(), 1)",
    "update coordination_retentionperiod set length = 0",
    "update coordination_legalhold set case_reference = 'BBBBBBBB'",
]


@pytest.mark.parametrize("statement", BY_AN_INSIDER)
@pytest.mark.parametrize("who", [("peel-cas", Role.LEAD), (OFFICE, Role.COORDINATOR)])
def test_an_insider_with_raw_sql_keeps_and_disposes_of_nothing(world, who, statement):
    me = world.user(*who).pk
    with (
        psycopg.connect(database.url("app")) as app,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        app.execute("select set_config('relay.actor', %s, true)", [str(me)])
        app.execute(statement.format(me=me))


def test_the_privacy_officer_with_raw_sql_hurries_no_period_and_sees_no_case(world):
    me, case = world.user(OFFICE, AUDITOR).pk, world.case()
    with psycopg.connect(database.url("app")) as app:
        app.execute("select set_config('relay.actor', %s, true)", [str(me)])
        assert app.execute("select count(*) from cases_case").fetchone() == (0,)
        known = app.execute("select case_is_known(%s)", [case.reference]).fetchone()
        assert known == (True,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute(
                "insert into coordination_retentionperiod (record_class, length, set_by_id, set_at,"
                " holds_from) values ('cases', 12, %s, now(), now())",
                [me],
            )


def test_who_does_not_lead_a_case_learns_nothing_of_its_hold(world):
    referral = world.referral()
    with world.acting(OFFICE, AUDITOR) as actor:
        holds.set_hold(actor=actor, of=referral.case.reference, reason="review", at=timezone.now())
    asked = {}
    for desk in ("peel-cas", "ottawa-cas", "north-cas"):
        with world.acting(desk):
            asked[desk] = holds.is_held(referral.case.reference), LegalHold.objects.count()
    assert asked == {"peel-cas": (True, 0), "ottawa-cas": (False, 0), "north-cas": (False, 0)}


@pytest.mark.parametrize(("of", "learns"), [("ottawa-cas", False), ("peel-cas", True)])
def test_who_leads_a_case_does_not_learn_who_else_is_under_a_hold(world, of, learns):
    referral = world.referral()
    with world.acting(OFFICE, AUDITOR) as actor:
        agency = world.desks[of].agency
        holds.set_hold(actor=actor, of=agency, reason="review", at=timezone.now())
    with world.acting("peel-cas"):
        assert holds.is_held(referral.case.reference) is learns
    with database.as_role("worker"):
        assert holds.is_held(referral.case.reference), "it is kept all the same"
