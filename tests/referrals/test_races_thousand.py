"""A thousand rounds each: of two who answer at once exactly one wins, whatever it is about."""

import itertools
import random
import threading
import time

import pytest
from django.db import connection
from django.utils import timezone

from cases.models import Case, Consent
from coordination.errors import NotAllowed, Stale, WrongStatus
from referrals import drift
from referrals.actions import answering, consenting, handing_off, sending
from referrals.models import Handoff, Referral
from tests import database
from tests.referrals.copies import copies
from tests.referrals.test_handoffs import propose

PEEL, OTTAWA, COMMUNITY = "peel-cas", "ottawa-cas", "ottawa-community"
ROUNDS = 1_000


def of(kind, action, **more):
    """Return what a thread does about the copy with a key."""
    name = kind.__name__.lower()

    def act(actor, key):
        subject = {name: kind(pk=key, case_id=key)}
        return action(**subject, actor=actor, at=timezone.now(), **more)

    return act


def take_back(actor, key):
    consent = Consent(pk=key, case_id=key)
    consent.case = Case(pk=key)
    return consenting.withdraw_consent(consent=consent, actor=actor, at=timezone.now())


def a_little_late(act):
    """Either may come first, though one of them locks more before it comes to the same row."""

    def wait_and_act(actor, key):
        time.sleep(random.uniform(0, 0.03))
        return act(actor, key)

    return wait_and_act


ACCEPT = of(Referral, answering.accept_referral)
WITHDRAW = of(Referral, sending.withdraw_referral, reason="found_elsewhere")
TAKE = of(Handoff, handing_off.accept_handoff)
REFUSE = of(Handoff, handing_off.decline_handoff, reason="no_capacity")
CALL_BACK = of(Handoff, handing_off.withdraw_handoff, reason="safety")


def race(world, what, keys, pairs):
    """
    Let two threads meet over each of these, by turns with each pair; return both lists of outcomes.

    A pair is two (desk, act). Each thread keeps its connection through all rounds.
    """
    barrier, outcomes = threading.Barrier(2, timeout=120), ([], [])

    def run(place):
        try:
            for key, pair in zip(keys, itertools.cycle(pairs), strict=False):
                desk, act = pair[place]
                with world.acting(desk) as actor:
                    barrier.wait()
                    try:
                        act(actor, key)
                    except (WrongStatus, NotAllowed, Stale):
                        outcomes[place].append("told")
                    else:
                        outcomes[place].append("won")
        except BaseException as fault:
            outcomes[place].append(repr(fault))
            barrier.abort()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(2)]
    began, worked = time.monotonic(), time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took, worked = time.monotonic() - began, time.process_time() - worked
    print(f"{len(keys)} rounds about {what} in {took:.1f} s, {worked:.1f} s of them at work")
    return outcomes


def require_one_winner(outcomes, rounds):
    assert [len(each) for each in outcomes] == [rounds, rounds], [each[-1] for each in outcomes]
    assert {tuple(sorted(both)) for both in zip(*outcomes, strict=True)} == {("told", "won")}
    assert all(each.count("won") > rounds // 100 for each in outcomes), "they hardly met"


def require_one_chain(table, keys, *versions):
    """Check that each has one of these versions, and one entry for each up to it."""
    kind = table.removeprefix("referrals_")
    with database.as_superuser() as admin:
        admin.execute(
            f"select r.id from {table} r where r.id = any (%s) and (r.version <> all (%s)"
            " or (select array_agg(e.version order by e.id) from audit_entry e"
            f" where e.subject = '{kind}:' || r.reference and e.version is not null)"
            " is distinct from array(select generate_series(1, r.version)))",
            [keys, list(versions)],
        )
        assert admin.fetchall() == []
    with database.as_role("worker"):
        assert list(drift.drifted()) == []


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_of_two_answers_to_a_referral_one_wins_a_thousand_times(world):
    """C1 and C2: two desks of a team accept, and one accepts while the sender withdraws."""
    keys = copies(world.referral("ottawa"), ROUNDS)
    pairs = [
        ((OTTAWA, ACCEPT), (COMMUNITY, ACCEPT)),
        ((OTTAWA, ACCEPT), (PEEL, WITHDRAW)),
    ]
    require_one_winner(race(world, "a referral", keys, pairs), ROUNDS)
    require_one_chain("referrals_referral", keys, 3)


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_of_two_answers_to_an_offer_one_wins_a_thousand_times(world):
    """C3 and Z11: after an acceptance nobody takes the case back, and it has one lead."""
    keys = copies(propose(world, world.case(needs=["peer_support"]), "ottawa"), ROUNDS)
    pairs = [
        ((OTTAWA, TAKE), (COMMUNITY, TAKE)),
        ((OTTAWA, TAKE), (PEEL, CALL_BACK)),
        ((OTTAWA, TAKE), (OTTAWA, REFUSE)),  # of two colleagues
    ]
    require_one_winner(race(world, "an offer", keys, pairs), ROUNDS)
    require_one_chain("referrals_handoff", keys, 2)
    with database.as_superuser() as admin:
        admin.execute(
            "select count(*) from referrals_handoff h join cases_case c on c.id = h.case_id"
            " where c.lead_desk_id is distinct from coalesce(h.accepting_desk_id, h.from_desk_id)"
        )
        assert admin.fetchone() == (0,)


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_a_consent_taken_back_at_the_same_moment_is_taken_back_five_hundred_times(world):
    """Accepted first, the desk keeps the minimum; taken back first, nobody accepts any more."""
    keys = copies(world.referral(), ROUNDS // 2)
    accepts, withdraws = race(
        world,
        "a consent and a referral",
        keys,
        [((OTTAWA, a_little_late(ACCEPT)), (PEEL, take_back))],
    )
    assert withdraws == ["won"] * len(keys), withdraws[-1]
    assert {"won", "told"} == set(accepts), accepts[-1]
    require_one_chain("referrals_referral", keys, 3, 4)
    with database.as_superuser() as admin:
        admin.execute(
            "select r.status, r.version, count(*) from referrals_referral r where r.id = any (%s)"
            " and r.basis_ended_at is not null group by 1, 2 order by 1",
            [keys],
        )
        won = accepts.count("won")
        assert admin.fetchall() == [("accepted", 4, won), ("returned", 3, len(keys) - won)]
        admin.execute(
            "select count(*) from cases_casegrant g where g.content_object_id = any (%s)"
            " and g.reason = 'receiver' and g.opens_page"
            " and (g.until is null or g.until > statement_timestamp())",
            [keys],
        )
        assert admin.fetchone() == (0,)


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_of_taking_a_case_and_taking_back_its_consent_one_wins_five_hundred_times(world):
    """Who led has nothing to take back any more; what was taken back, nobody leads on."""
    case = world.case(needs=["peer_support"])
    keys = copies(propose(world, case), ROUNDS // 2)
    pairs = [((OTTAWA, a_little_late(TAKE)), (PEEL, a_little_late(take_back)))]
    require_one_winner(race(world, "a consent and an offer", keys, pairs), len(keys))
    require_one_chain("referrals_handoff", keys, 2)


def test_what_was_accepted_is_not_withdrawn(world):
    """C3: the sequence; `test_of_two_answers_to_an_offer_one_wins_a_thousand_times` has the race."""
    handoff = propose(world, world.case())
    with world.acting(OTTAWA) as actor:
        handing_off.accept_handoff(handoff=handoff, actor=actor, at=timezone.now())
    referral = world.referral()
    with world.acting(OTTAWA) as actor:
        answering.accept_referral(referral=referral, actor=actor, at=timezone.now())
    with pytest.raises(WrongStatus), world.acting(PEEL) as actor:
        handing_off.withdraw_handoff(
            handoff=handoff, actor=actor, reason="safety", at=timezone.now()
        )
    with pytest.raises(WrongStatus), world.acting(PEEL) as actor:
        sending.withdraw_referral(
            referral=referral, actor=actor, reason="safety", at=timezone.now()
        )
