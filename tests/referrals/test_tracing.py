"""Who could see a case between two moments: from what grants write down of themselves."""

import datetime as dt
from urllib.parse import urlencode

import psycopg
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from audit.verbs import READS
from coordination.models import AccessSpan
from coordination.roles import Role
from referrals import tracing
from referrals.actions import answering, serving
from tests import database
from tests.referrals.test_api import Api
from tests.referrals.test_consents import only, take_back
from tests.referrals.test_handoffs import answer, propose
from tests.referrals.test_leading import shown
from tests.referrals.test_life_cycle import act
from tests.referrals.test_walls_of_handoffs import entry

PEEL, OTTAWA, COMMUNITY, NORTH = "peel-cas", "ottawa-cas", "ottawa-community", "north-cas"
DAY = dt.timedelta(days=1)


def traced(world, case, starts, ends, desk=PEEL):
    with world.acting(desk) as actor:
        found = tracing.periods_of(case.reference, actor, starts=starts, ends=ends)
        return {(each.kind, each.desk.slug, each.reason): each for each in found}


def seen(world, case, desk, at):
    """Return what a desk could see of a case, one after the other, and whether it still can."""
    with world.acting(PEEL) as actor:
        found = tracing.periods_of(case.reference, actor, starts=at, ends=moment())
        of_case = [each for each in found if each.kind == "case" and each.desk.slug == desk]
        return [(each.reach, each.until is None) for each in of_case]


def moment():
    return timezone.now()


def test_a_grant_that_began_before_inside_and_after(world):
    before = moment()
    referral = world.referral()
    sent = moment()
    act(world, OTTAWA, answering.accept_referral, referral)
    act(world, OTTAWA, serving.start_referral, referral)
    outcomes = {"emergency_shelter": "connected"}
    act(world, OTTAWA, serving.complete_referral, referral, outcomes=outcomes)
    over = moment()
    case, key = referral.case, ("case", OTTAWA, "receiver")
    inside = traced(world, case, before, over)
    assert before < inside[key].since < inside[key].until < over
    across = traced(world, case, sent, sent + dt.timedelta(microseconds=1))
    assert key in across
    assert key not in traced(world, case, over, over + DAY)
    assert traced(world, case, before - DAY, before) == {}
    assert traced(world, case, over, over + DAY)["case", PEEL, "lead"].until is None


def test_a_renewal_is_one_period_and_a_break_makes_two(world):
    start = moment()
    referral = world.referral("ottawa")
    act(world, OTTAWA, answering.accept_referral, referral)
    act(world, OTTAWA, answering.undo_accept_referral, referral)
    act(world, COMMUNITY, answering.decline_referral, referral, reason="no_capacity")
    with world.acting(PEEL) as actor:
        found = tracing.periods_of(referral.case.reference, actor, starts=start, ends=moment())
        of_case = [(p.desk.slug, p.until is None) for p in found if p.kind == "case"]
    assert sorted(of_case) == sorted(
        [(PEEL, True), *[(OTTAWA, False)] * 3, (COMMUNITY, False), (COMMUNITY, False)]
    )
    assert seen(world, referral.case, OTTAWA, start) == [
        ("task_facts", False), ("case_page", False), ("task_facts", False),
    ]  # fmt: skip


def test_each_line_says_what_was_seen_and_ends_when_that_did(world):
    start, referral = moment(), world.referral()
    act(world, OTTAWA, answering.accept_referral, referral)
    accepted = moment()
    take_back(world, only(referral.case))
    assert seen(world, referral.case, OTTAWA, start) == [
        ("task_facts", False), ("case_page", False), ("minimum", True),
    ]  # fmt: skip
    with world.acting(PEEL) as actor:
        found = tracing.periods_of(
            referral.case.reference, actor, starts=start, ends=moment() + DAY
        )
        facts, opened, _left = (each for each in found if each.kind == "case" and each.desk.slug == OTTAWA)  # fmt: skip
        assert facts.until <= opened.since <= accepted <= opened.until
    page = Client()
    page.force_login(world.user(PEEL))
    told = page.get(f"/en/cases/{shown(referral.case.reference)}/access/").content.decode()
    assert "Facts for the task" in told
    assert "The minimum: contact rules" in told


def test_the_lead_that_moved_shows_from_and_until(world):
    start, case = moment(), world.case()
    answer(world, "accept", propose(world, case))
    found = traced(world, case, start, moment(), OTTAWA)
    assert found["case", PEEL, "lead"].until <= found["case", OTTAWA, "lead"].since + DAY
    assert found["case", PEEL, "former_lead"].until > moment() + 29 * DAY
    assert ("handoff", OTTAWA, "handoff") in found
    # Who led before sees what it held itself, and nothing of who holds it now.
    theirs = traced(world, case, start, moment(), PEEL)
    assert {desk for kind, desk, _reason in theirs if kind == "case"} == {PEEL}


def test_who_looked_is_told_by_desk_and_in_that_time_alone(world):
    start, referral = moment(), world.referral()
    page = Client()
    page.force_login(world.user(OTTAWA))
    page.get(f"/en/referrals/{shown(referral.reference)}/")
    between = moment()
    page.get(f"/en/referrals/{shown(referral.reference)}/")
    with world.acting(PEEL):
        subjects, code = {referral.subject}, referral.case.reference
        (looks,) = tracing.looks_at(code, subjects, starts=start, ends=between)
        assert (looks.desk.slug, looks.number) == (OTTAWA, 1)
        (looks,) = tracing.looks_at(code, subjects, starts=start, ends=moment())
        assert looks.number == 2
    with world.acting(NORTH):
        assert tracing.looks_at(code, subjects, starts=start, ends=moment()) == []


def test_the_verbs_of_looking_are_those_of_the_record():
    with database.as_superuser() as admin:
        admin.execute("select prosrc from pg_proc where proname = 'looks_at'")
        ((source,),) = admin.fetchall()
    of_lists = {verb for verb in READS if verb.value.endswith(".listed")}
    of_objects = {
        verb
        for verb in READS - of_lists
        if verb.value.startswith(("case.", "referral.", "handoff."))
    }
    assert all(f"'{verb}'" in source for verb in of_objects)


def test_an_auditor_says_why_before_anything_shows(world):
    referral = world.referral()
    code, today = referral.case.reference, timezone.localdate().isoformat()
    api = Api(world.token("office", Role.AUDITOR))
    body = {"case": shown(code), "from": today, "to": today}
    assert api.post("trace", body).status_code == 400
    assert api.get(f"trace?{urlencode(body)}").status_code == 404
    said = api.post("trace", {**body, "purpose": "complaint"})
    assert said.status_code == 201
    told = api.get(said["Location"].removeprefix("/api/v1/"))
    assert told.status_code == 200
    assert {each["desk"] for each in told.json()["results"]} == {PEEL, OTTAWA}
    assert set(told.json()["results"][0]) == {
        "of", "reference", "desk", "kind", "reason", "reach", "from", "until",
    }  # fmt: skip
    assert api.post("trace", {**body, "case": "7KQ4-M2XR", "purpose": "court"}).status_code == 404
    with database.as_role("worker"):
        entry = Entry.objects.select_related("body").filter(verb="access.traced").first()
        assert (entry.subject, entry.body.data["purpose"]) == (f"trace:{code}", "complaint")


def test_by_page_an_auditor_says_why_and_then_reads(world):
    referral = world.referral()
    today = timezone.localdate().isoformat()
    page = Client()
    page.force_login(world.user("office", Role.AUDITOR))
    asked = {"code": shown(referral.case.reference), "begins": today, "ends": today}
    assert page.get(reverse("cases:trace"), asked).status_code == 404
    assert page.post(reverse("cases:trace"), asked).status_code == 422
    said = page.post(reverse("cases:trace"), {**asked, "purpose": "complaint"})
    assert said.status_code == 302
    assert "Agency ottawa-cas" in page.get(said["Location"]).content.decode()
    with database.as_superuser() as admin:  # eleven minutes later
        admin.execute("set session_replication_role = replica")
        admin.execute("update audit_entry set recorded_at = recorded_at - interval '11 minutes'")
    assert page.get(said["Location"]).status_code == 404


def test_who_reads_and_takes_the_purpose_back_has_read_nothing(world):
    case = world.case()
    said = entry(f"trace:{case.reference}", verb="access.traced", data='{"purpose": "court"}')
    with psycopg.connect(database.url("app")) as app:
        user = world.user("office", Role.AUDITOR)
        app.execute("select set_config('relay.actor', %s, false)", [str(user.pk)])
        app.execute(said)
        assert app.execute("select count(*) from coordination_accessspan").fetchone() == (0,)
        app.rollback()
        app.execute("select set_config('relay.actor', %s, false)", [str(user.pk)])
        app.execute(said)
        app.commit()
        assert app.execute("select count(*) from coordination_accessspan").fetchone() == (1,)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.COORDINATOR])
def test_raw_sql_of_the_office_reads_nothing_without_a_purpose(world, role):
    world.referral()
    with psycopg.connect(database.url("app")) as app:
        user = world.user("office", role)
        app.execute("select set_config('relay.actor', %s, true)", [str(user.pk)])
        assert app.execute("select count(*) from coordination_accessspan").fetchone() == (0,)


@pytest.mark.parametrize(
    "attack",
    [
        "delete from coordination_accessspan",
        "update coordination_accessspan set until = now()",
        "insert into coordination_accessspan (case_reference, subject, desk_id, reason, source,"
        " opens_page, since) select 'X', 'case:X', min(desk_id), 'lead', 'x', true, now()"
        " from coordination_accessspan",
    ],
)
def test_nobody_writes_what_access_was(world, attack):
    world.referral()
    # The worker deletes what retention disposes of.
    for role in ("app",) if attack.startswith("delete") else ("app", "worker"):
        refused = pytest.raises(psycopg.errors.InsufficientPrivilege)
        with refused, psycopg.connect(database.url(role)) as login:
            login.execute("select set_config('relay.actor', %s, true)", [str(world.user(PEEL).pk)])
            login.execute(attack)


def test_the_web_process_cannot_say_that_it_was_another_time(world):
    with psycopg.connect(database.url("app")) as app:
        app.execute(
            "select set_config('relay.actor', %s, true), set_config('relay.moment', %s, true)",
            [str(world.user(PEEL).pk), "2001-01-01T00:00:00Z"],
        )
    world.case()
    with database.as_role("worker"):
        assert AccessSpan.objects.get().since > timezone.now() - DAY


def test_by_page_for_the_lead_and_by_api(world):
    referral = world.referral()
    code, today = shown(referral.case.reference), timezone.localdate().isoformat()
    page = Client()
    page.force_login(world.user(PEEL))
    told = page.get(f"/en/cases/{code}/access/").content.decode()
    assert "Agency ottawa-cas" in told
    assert "Children" in told or "CAS" in told
    bad = page.get(f"/en/cases/{code}/access/?begins={today}&ends=2001-01-01")
    assert bad.status_code == 422
    assert "Qui pouvait" in page.get(f"/fr/cases/{code}/access/").content.decode()
    ours, theirs = Api(world.token(PEEL)), Api(world.token(OTTAWA))
    path = f"referrals/{shown(referral.reference)}/access?from={today}&to={today}"
    assert {each["desk"] for each in ours.get(path).json()["results"]} == {PEEL, OTTAWA}
    assert {each["desk"] for each in theirs.get(path).json()["results"]} == {OTTAWA}
    assert ours.get(f"cases/{code}/access?from={today}").status_code == 400
    assert ours.get(f"cases/{code}/access?from={today}&to={today}").json()["looks"]
