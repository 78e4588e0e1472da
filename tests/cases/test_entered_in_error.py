"""A case that should not exist: out of lists, nobody left with it, and everything still told."""

import datetime as dt
import threading

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from cases.actions import leading
from cases.models import CaseGrant
from coordination.errors import Invalid, NotAllowed, Refused
from coordination.roles import Role
from referrals import drift
from referrals.actions import answering, closing, following, mistakes, sending, serving
from referrals.actions.drafting import BasisGiven, draft_referral
from referrals.models import Handoff, Referral
from referrals.states import Status
from referrals.targets import Province
from tests import database
from tests.referrals.test_api import Api
from tests.referrals.test_handoffs import answer, pages, propose
from tests.referrals.test_leading import lead, row, shown
from tests.referrals.test_life_cycle import act

PEEL, OTTAWA, NORTH = "peel-cas", "ottawa-cas", "north-cas"


def mark(world, case, desk=PEEL, role=Role.WORKER, **more):
    with world.acting(desk, role) as actor:
        return mistakes.enter_case_in_error(
            case=case, actor=actor, reason="wrong_person", at=timezone.now(), **more
        )


def as_it_is(referral):
    with database.as_role("worker"):
        return Referral.objects.get(pk=referral.pk)


def require_no_drift():
    with database.as_role("worker"):
        assert list(drift.drifted()) == []


def test_what_nobody_accepted_ends_with_it_and_nobody_else_sees_it(world):
    case = world.case(needs=["dental"])
    waits = world.referral(case=case)
    draft = world.referral("north-cas", case=case, sent=False)
    declined = world.referral("ottawa-community", case=case)
    act(world, "ottawa-community", answering.decline_referral, declined, reason="no_capacity")
    offer = propose(world, case, NORTH)
    marked = mark(world, case, version=1)
    assert (marked.status, marked.closure_reason) == ("closed", "entered_in_error")
    for referral in (waits, draft):
        kept = as_it_is(referral)
        assert (kept.status, kept.withdraw_reason) == (Status.WITHDRAWN, "sent_in_error")
        assert kept.settled_at
    assert as_it_is(declined).settled_at
    with database.as_role("worker"):
        assert Handoff.objects.get(pk=offer.pk).status == "withdrawn"
        grants = CaseGrant.objects.current().filter(content_object_id=case.pk)
        assert {grant.reason for grant in grants} == {"lead"}
        entry = Entry.objects.select_related("body").get(verb="case.entered_in_error")
        assert entry.body.data["reason"] == "wrong_person"
    assert pages(world, case, PEEL, OTTAWA, NORTH) == {PEEL}
    require_no_drift()


def test_shared_support_and_the_former_lead_see_it_no_longer(world):
    case = world.case()
    answer(world, "accept", propose(world, case))
    moved = row(case)
    answer(world, "accept", propose(world, moved, NORTH, desk=OTTAWA, type="shared"), NORTH)
    assert pages(world, case, PEEL, OTTAWA, NORTH) == {PEEL, OTTAWA, NORTH}
    mark(world, moved, OTTAWA)
    assert pages(world, case, PEEL, OTTAWA, NORTH) == {OTTAWA}


def test_who_is_responsible_is_asked_first_and_no_gap_appears(world):
    referral = world.referral()
    act(world, OTTAWA, answering.accept_referral, referral)
    other = world.referral(NORTH, case=referral.case)
    still = mark(world, referral.case)
    assert still.status == "open"
    held = as_it_is(referral)
    assert (held.status, held.withdraw_reason) == (Status.ACCEPTED, "sent_in_error")
    assert held.responsible_desk.slug == OTTAWA
    assert as_it_is(other).status == Status.WITHDRAWN
    assert mark(world, referral.case).status == "open"  # asked once
    act(world, OTTAWA, serving.confirm_withdrawal_referral, referral)
    assert mark(world, referral.case).status == "closed"
    require_no_drift()


def phone(actor, case):
    """Return a referral that a contact who is not on Relay accepted by phone."""
    now = timezone.now()
    basis = BasisGiven("express_informed", ["cas"], now + dt.timedelta(days=9), form="spoken")
    phoned = draft_referral(
        actor=actor, case=case, to=Province("qc"), services=["peer_support"], urgency="urgent",
        basis=basis, at=now,
    )  # fmt: skip
    phoned = sending.send_referral(referral=phoned, actor=actor, at=now)
    return answering.accept_referral(referral=phoned, actor=actor, at=now)


def test_what_is_being_given_back_is_taken_back_and_a_contact_needs_no_asking(world):
    given = world.referral()
    act(world, OTTAWA, answering.accept_referral, given)
    act(world, OTTAWA, serving.give_back_referral, given, reason="capacity_lost")
    with world.acting(PEEL) as actor:
        phoned = phone(actor, given.case)
    assert mark(world, given.case).status == "closed"
    assert as_it_is(given).settled_at
    assert as_it_is(phoned).status == Status.WITHDRAWN
    require_no_drift()


def test_a_contact_that_was_asked_to_close_for_another_reason_leaves_no_need_open(world):
    case = world.case()
    with world.acting(PEEL) as actor:
        phoned = phone(actor, case)
        following.request_withdrawal_referral(
            referral=phoned, actor=actor, reason="no_answer", at=timezone.now()
        )
    assert mark(world, case).status == "closed"
    kept = as_it_is(phoned)
    assert (kept.status, kept.withdraw_reason) == (Status.WITHDRAWN, "no_answer")
    assert kept.settled_at
    require_no_drift()


def test_a_colleagues_draft_stops_it_and_closing_too_with_a_plain_word(world):
    case = world.referral(sent=False).case
    for call in (
        lambda actor: mistakes.enter_case_in_error(
            case=case, actor=actor, reason="training", at=timezone.now()
        ),
        lambda actor: closing.close_case(
            case=case, actor=actor, reason="goals_met", outcomes={}, at=timezone.now()
        ),
    ):
        with pytest.raises(Invalid, match="colleague"), world.acting(PEEL, Role.LEAD) as actor:
            call(actor)
    with pytest.raises(NotAllowed):
        mark(world, case, OTTAWA)


def test_the_reason_is_not_one_of_closing(world):
    with pytest.raises(Invalid):
        lead(world, leading.close_case, world.case(), reason="entered_in_error",
             outcomes={}, needs=[])  # fmt: skip


def test_accepting_and_marking_at_once_leave_nobody_responsible_for_no_case(world):
    for _round in range(5):
        referral = world.referral()
        gate = threading.Barrier(2)
        calls = [
            lambda r=referral: act(world, OTTAWA, answering.accept_referral, r),
            lambda r=referral: mark(world, r.case),
        ]

        def run(call, gate=gate):
            try:
                gate.wait()
                call()
            except Refused:
                pass
            finally:
                connection.close()

        threads = [threading.Thread(target=run, args=(call,)) for call in calls]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        kept, case = as_it_is(referral), row(referral.case)
        assert (kept.status, case.status) in {("accepted", "open"), ("withdrawn", "closed")}
    require_no_drift()


def test_by_page_out_of_the_list_and_opened_again(world):
    case, page = world.case(), Client()
    page.force_login(world.user(PEEL))
    url = f"/en/cases/{shown(case.reference)}/"
    assert "should not exist" in page.get(f"{url}enter-in-error/").content.decode()
    assert page.post(f"{url}enter-in-error/", {"version": 1}).status_code == 422
    done = page.post(f"{url}enter-in-error/", {"version": 1, "reason": "training"}, follow=True)
    assert "out of the lists" in done.content.decode()
    assert shown(case.reference) not in page.get("/en/cases/").content.decode()
    assert shown(case.reference) in page.get("/en/cases/?show=error").content.decode()
    assert "Saisi par erreur" in page.get(url.replace("/en/", "/fr/")).content.decode()
    assert page.post(f"{url}reopen/", {"version": 2}).status_code == 302
    assert shown(case.reference) in page.get("/en/cases/").content.decode()


def test_by_api_with_the_version_that_was_read(world):
    referral, api = world.referral(), Api(world.token(PEEL))
    act(world, OTTAWA, answering.accept_referral, referral)
    path = f"cases/{shown(referral.case.reference)}"
    body = {"reason": "opened_by_mistake"}
    assert api.post(f"{path}/enter_in_error", body).status_code == 428
    asked = api.post(f"{path}/enter_in_error", body, If_Match='"1"')
    assert (asked.status_code, asked.json()["status"]) == (200, "open")
    act(world, OTTAWA, serving.confirm_withdrawal_referral, referral)
    marked = api.post(f"{path}/enter_in_error", body, If_Match='"1"')
    assert marked.json()["closure_reason"] == "entered_in_error"
    assert api.get("cases").json()["results"] == []
    assert len(api.get("cases?show=error").json()["results"]) == 1
