"""A case from opening to closing: corrected, followed up, closed with outcomes, opened again."""

import datetime as dt
import threading

import psycopg
import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from cases.actions import leading
from cases.models import Case, NeedOutcome
from cases.states import PAIRS, Status
from coordination.errors import Invalid, NotAllowed, Refused, Stale, WrongStatus
from referrals import drift
from referrals.actions import answering, closing, sending, serving
from tests import database
from tests.referrals.test_api import Api
from tests.referrals.test_life_cycle import act

PEEL, OTTAWA = "peel-cas", "ottawa-cas"


def shown(reference):
    return f"{reference[:4]}-{reference[4:]}"


def lead(world, action, case, desk=PEEL, **arguments):
    with world.acting(desk) as actor:
        return action(case=case, actor=actor, at=timezone.now(), **arguments)


def row(case):
    with database.as_role("worker"):
        return Case.objects.get(pk=case.pk)


def test_facts_are_corrected_and_the_record_says_what_was_before(world):
    case = world.case()
    facts = {"dependants": 2, "justice_stage": "charges_laid", "age_band": "18_20"}
    facts["justice_stage"] = "none"
    lead(world, leading.change_case, case, facts=facts, version=1)
    with database.as_role("worker"):
        entry = Entry.objects.select_related("body").get(verb="case.changed")
        assert entry.body.data["before"] == {"dependants": 0, "justice_stage": ""}
        assert entry.body.data["after"] == {"dependants": 2, "justice_stage": "none"}
        assert entry.version == 2


def test_nothing_different_is_no_change(world):
    case = world.case()
    with pytest.raises(Invalid):
        lead(world, leading.change_case, case, facts={"dependants": 0})
    assert row(case).version == 1


@pytest.mark.parametrize("verb", ["change_case", "follow_up_case", "close_case"])
def test_only_the_lead_desk_does_it(world, verb):
    referral = world.referral()
    act(world, OTTAWA, answering.accept_referral, referral)
    more = {
        "change_case": {"facts": {"dependants": 1}},
        "follow_up_case": {"review_at": timezone.now() + dt.timedelta(days=1)},
        "close_case": {"reason": "goals_met", "outcomes": {}, "needs": []},
    }[verb]
    with pytest.raises(NotAllowed):
        lead(world, getattr(leading, verb), referral.case, desk=OTTAWA, **more)


def test_a_change_of_what_somebody_else_changed_is_stale(world):
    case = world.case()
    lead(world, leading.change_case, case, facts={"dependants": 1}, version=1)
    with pytest.raises(Stale):
        lead(world, leading.change_case, case, facts={"dependants": 2}, version=1)


def test_a_case_with_an_open_referral_is_not_closed(world):
    referral = world.referral()
    case = referral.case
    outcomes = {"emergency_shelter": "connected"}
    for _step in range(2):
        with pytest.raises(Invalid, match="still open"):
            lead(world, closing.close_case, case, reason="goals_met", outcomes=outcomes)
        act(world, OTTAWA, answering.accept_referral, referral)
        break
    act(world, OTTAWA, serving.start_referral, referral)
    act(world, OTTAWA, serving.complete_referral, referral, outcomes=outcomes)
    lead(world, closing.close_case, case, reason="goals_met", outcomes=outcomes)
    assert row(case).status == Status.CLOSED


def test_the_database_closes_no_case_with_an_open_referral_either(world):
    referral = world.referral()
    with (
        pytest.raises(psycopg.errors.CheckViolation),
        psycopg.connect(database.url("worker")) as worker,
    ):
        worker.execute(
            "update cases_case set status = 'closed', closed_at = now(), closure_reason = 'x',"
            " version = 2 where id = %s",
            [referral.case_id],
        )


def test_closing_needs_an_outcome_for_each_need(world):
    case = world.case(needs=["dental", "legal_other"])
    with pytest.raises(Invalid) as refused:
        lead(world, closing.close_case, case, reason="goals_met", outcomes={"dental": "informed"})
    assert refused.value.field == "outcomes"
    outcomes = {"dental": "informed", "legal_other": "connected"}
    lead(world, closing.close_case, case, reason="goals_met", outcomes=outcomes)
    with database.as_role("worker"):
        kept = dict(NeedOutcome.objects.values_list("need", "outcome"))
        assert kept == outcomes


def test_nothing_is_asked_for_a_closed_case_until_it_is_open_again(world):
    case = world.case()
    lead(world, closing.close_case, case, reason="survivor_ended", outcomes={})
    with pytest.raises(Invalid):
        world.referral(case=row(case))
    lead(world, leading.reopen_case, case)
    world.referral(case=row(case))
    assert row(case).closed_at is None


def test_follow_up_has_a_day_within_half_a_year(world):
    case = world.case()
    for days in (-1, 181):
        with pytest.raises(Invalid):
            review_at = timezone.now() + dt.timedelta(days=days)
            lead(world, leading.follow_up_case, case, review_at=review_at)
    lead(world, leading.follow_up_case, case, review_at=timezone.now() + dt.timedelta(days=30))
    assert row(case).status == Status.FOLLOW_UP
    with pytest.raises(WrongStatus) as refused:
        lead(world, leading.follow_up_case, case, review_at=timezone.now() + dt.timedelta(days=30))
    assert refused.value.allowed == [
        "change",
        "resume",
        "report",
        "close",
        "enter_in_error",
        "link",
    ]
    lead(world, leading.resume_case, case)
    assert row(case).follow_up_at is None


def test_the_pairs_of_the_database_are_those_of_the_table():
    with database.as_superuser() as admin:
        admin.execute("select prosrc from pg_proc where proname = 'case_pair'")
        ((source,),) = admin.fetchall()
    assert all(f"('{before}', '{after}')" in source for before, after in PAIRS)
    assert source.count("('") == len(PAIRS)


@pytest.mark.parametrize("role", ["app", "worker"])
def test_no_illegal_pair_gets_past_the_database(world, role):
    case = world.case()
    with psycopg.connect(database.url(role), autocommit=True) as session:
        session.execute("select set_config('relay.actor', %s, false)", [str(world.user(PEEL).pk)])
        for status in ("nonsense", "handed_off"):
            with pytest.raises(psycopg.errors.IntegrityError):
                session.execute(
                    "update cases_case set status = %s, version = version + 1 where id = %s",
                    [status, case.pk],
                )


def test_sending_and_closing_at_once_leave_no_referral_of_a_closed_case(world):
    for _round in range(20):
        referral = world.referral(sent=False)
        case, gate, won = referral.case, threading.Barrier(2), []
        calls = [
            lambda r=referral: act(world, PEEL, sending.send_referral, r),
            lambda c=case: lead(world, closing.close_case, c, reason="goals_met", outcomes={}),
        ]

        def run(call, gate=gate, won=won):
            try:
                gate.wait()
                call()
                won.append(call)
            except Refused:
                pass
            finally:
                connection.close()

        threads = [threading.Thread(target=run, args=(call,)) for call in calls]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(won) == 1  # the draft is open: only the sending can win
        assert row(case).status == Status.OPEN
    with database.as_role("worker"):
        assert list(drift.drifted()) == []


def test_by_page_from_correcting_to_closing_and_back(world):
    case = world.case(needs=["dental"])
    page = Client()
    page.force_login(world.user(PEEL))
    base = f"/en/cases/{shown(case.reference)}/"
    form = page.get(f"{base}change/").context["form"]
    typed = {name: form[name].value() for name in form.fields}
    typed |= {"dependants": 3}
    typed = {name: value for name, value in typed.items() if value not in (None, [])}
    assert page.post(f"{base}change/", typed).status_code == 302
    assert page.post(f"{base}close/", {"version": 2, "reason": "goals_met"}).status_code == 422
    closed = {"version": 2, "reason": "goals_met", "dental": "informed", "words": "All settled."}
    assert page.post(f"{base}close/", closed).status_code == 302
    told = page.get(base).content.decode()
    for words in ("Goals met", "Informed about services", "All settled."):
        assert words in told
    assert page.get(f"{base}close/").status_code == 302  # not possible now
    assert page.post(f"{base}reopen/", {"version": 3}).status_code == 302
    assert row(case).status == Status.OPEN
    assert page.get(f"/fr/cases/{shown(case.reference)}/close/").status_code == 200


def test_by_api_with_the_version_that_was_read(world):
    case, api = world.case(), Api(world.token(PEEL))
    path = f"cases/{shown(case.reference)}"
    assert api.patch(path, {"dependants": 1}).status_code == 428
    assert api.patch(path, {"lead_desk": OTTAWA}, If_Match='"1"').status_code == 400
    changed = api.patch(path, {"dependants": 1}, If_Match='"1"')
    assert (changed.status_code, changed.json()["dependants"]) == (200, 1)
    assert api.patch(path, {"dependants": 2}, If_Match='"1"').status_code == 412
    body = {"reason": "goals_met", "outcomes": {}}
    closed = api.post(f"{path}/close", body, If_Match='"2"')
    assert (closed.status_code, closed.json()["status"]) == (200, "closed")
    assert closed.json()["actions"] == ["reopen"]
    assert api.post(f"{path}/close", body, If_Match='"3"').status_code == 409
