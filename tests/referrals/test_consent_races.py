"""Taking a consent back against whoever acts at the same moment: clean either way."""

import threading

import pytest
from django.db import connection
from django.utils import timezone

from audit.models import Entry
from cases.models import Case, Consent
from coordination.errors import Refused
from referrals import drift
from referrals.actions import answering, handing_off, sending
from referrals.actions.consenting import carry_out_ends, withdraw_consent
from referrals.models import Handoff, Referral
from tests import database
from tests.referrals.test_consents import OTTAWA, PEEL, only
from tests.referrals.test_handoffs import propose
from tests.referrals.test_life_cycle import act

ROUNDS = 40


def run_both(world, *jobs):
    """Run each job as its desk, all at one moment; return what became of each."""
    barrier, outcomes = threading.Barrier(len(jobs)), [None] * len(jobs)

    def run(place, desk, job):
        try:
            with world.acting(desk) as actor:
                barrier.wait()
                job(actor)
            outcomes[place] = "done"
        except Refused as refusal:
            outcomes[place] = type(refusal).__name__
        except BaseException as fault:
            outcomes[place] = fault
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, *job)) for place, job in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def taking_back(case):
    taken = only(case)
    return lambda actor: withdraw_consent(consent=taken, actor=actor, at=timezone.now())


def state(referral):
    with database.as_role("worker"):
        row = Referral.objects.get(pk=referral.pk)
        return row.status, row.basis_end


def require_whole():
    with database.as_role("worker"):
        assert list(drift.drifted()) == []
        versions = Entry.objects.filter(version__isnull=False).values_list("subject", "version")
        assert len(set(versions)) == len(versions)


def sees_page(world, case):
    with world.acting(OTTAWA) as actor:
        return Case.objects.visible_to(actor).filter(pk=case.pk).exists()


def test_accepting_and_taking_back_at_once(world):
    won = set()
    for _ in range(ROUNDS):
        referral = world.referral()
        plain = Referral(pk=referral.pk, case_id=referral.case_id)

        def accept(actor, plain=plain):
            answering.accept_referral(referral=plain, actor=actor, at=timezone.now())

        outcomes = run_both(world, (OTTAWA, accept), (PEEL, taking_back(referral.case)))
        assert outcomes[1] == "done", outcomes
        status, end = state(referral)
        assert end == "consent_withdrawn"
        assert (outcomes[0], status) in {("done", "accepted"), ("WrongStatus", "returned")}, (
            outcomes
        )
        assert not sees_page(world, referral.case)
        won.add(outcomes[0])
    require_whole()
    print(won)


@pytest.mark.parametrize("verb", ["send", "ask", "withdraw", "decline"])
def test_other_verbs_and_taking_back_at_once(world, verb):
    verbs = {
        "send": (PEEL, sending.send_referral, {}),
        "withdraw": (PEEL, sending.withdraw_referral, {"reason": "safety"}),
        "ask": (OTTAWA, answering.ask_referral, {"questions": ["language"]}),
        "decline": (OTTAWA, answering.decline_referral, {"reason": "no_capacity"}),
    }
    desk, action, more = verbs[verb]
    for _ in range(ROUNDS // 4):
        referral = world.referral(sent=verb != "send")
        plain = Referral(pk=referral.pk, case_id=referral.case_id)

        def move(actor, plain=plain):
            action(referral=plain, actor=actor, at=timezone.now(), **more)

        outcomes = run_both(world, (desk, move), (PEEL, taking_back(referral.case)))
        assert outcomes[1] == "done", outcomes
        assert outcomes[0] in {"done", "WrongStatus", "Invalid"}, outcomes
        status, _end = state(referral)
        assert status in {"draft", "returned", "withdrawn", "declined"}, outcomes
        with world.acting(OTTAWA):
            assert not Case.objects.filter(pk=referral.case_id).exists()
    require_whole()


def test_an_offer_accepted_and_its_consent_taken_back_at_once(world):
    for _ in range(ROUNDS // 4):
        case = world.case()
        offer = propose(world, case)
        waiting = world.referral("north-cas", case=case)
        act(world, "north-cas", answering.ask_referral, waiting, questions=["language"])
        with database.as_role("worker"):
            taken = Consent.objects.select_related("case").get(handoffs=offer)

        def accept(actor, offer=offer):
            handing_off.accept_handoff(handoff=offer, actor=actor, at=timezone.now())

        def back(actor, taken=taken):
            withdraw_consent(consent=taken, actor=actor, at=timezone.now())

        outcomes = run_both(world, (OTTAWA, accept), (PEEL, back))
        with database.as_role("worker"):
            row = Handoff.objects.select_related("case__lead_desk").get(pk=offer.pk)
            lead = row.case.lead_desk.slug
        assert (*outcomes, row.status, lead) in {
            ("done", "NotAllowed", "accepted", OTTAWA),
            ("WrongStatus", "done", "lapsed", PEEL),
        }, outcomes
    require_whole()


def test_two_workers_carry_out_the_same_end_once(world):
    referrals = [world.referral() for _ in range(6)]
    with database.as_superuser() as admin:
        admin.execute("set session_replication_role = replica")
        for table in ("cases_consent", "referrals_basis"):
            admin.execute(f"update {table} set until = now() - interval '1 second'")
    with database.as_role("worker"):
        counts, barrier = [], threading.Barrier(3)

        def run():
            barrier.wait()
            counts.append(carry_out_ends(at=timezone.now()))
            connection.close()

        threads = [threading.Thread(target=run) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        counts.append(carry_out_ends(at=timezone.now()))
        assert sum(counts) == 12, counts
        assert Entry.objects.filter(verb="referral.lapsed").count() == len(referrals)
    require_whole()
