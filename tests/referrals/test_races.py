"""Two answers at once: one wins, the other is told; real threads on a real database."""

import itertools
import threading

import pytest
from django.db import connection
from django.utils import timezone

from audit.models import Entry
from coordination.errors import Stale, WrongStatus
from referrals import drift
from referrals.actions import answering, sending
from referrals.models import Referral
from tests import database
from tests.referrals.threads import side_by_side

ROUNDS = 200

VERBS = {
    "accept": ("receiver", answering.accept_referral, {}),
    "decline": ("receiver", answering.decline_referral, {"reason": "no_capacity"}),
    "ask": ("receiver", answering.ask_referral, {"questions": ["language"]}),
    "undo_accept": ("receiver", answering.undo_accept_referral, {}),
    "withdraw": ("sender", sending.withdraw_referral, {"reason": "found_elsewhere"}),
    "answer": ("sender", sending.answer_referral, {"answers": {"language": "yes"}}),
    "send": ("sender", sending.send_referral, {}),
}

# From each status, every pair of verbs that are both open in it, a verb against itself too.
OPEN = {
    "draft": ("send", "withdraw"),
    "sent": ("accept", "decline", "ask", "withdraw"),
    "questioned": ("accept", "decline", "answer", "withdraw"),
    "accepted": ("undo_accept",),
}
PAIRS = [
    (status, first, second)
    for status, verbs in OPEN.items()
    for first, second in itertools.combinations_with_replacement(verbs, 2)
]


def prepared(world, status):
    referral = world.referral(
        "ottawa" if status == "sent" else "ottawa-cas", sent=status != "draft"
    )
    for verb, reached in (("ask", "questioned"), ("accept", "accepted")):
        if status == reached:
            with world.acting("ottawa-cas") as actor:
                act = VERBS[verb]
                act[1](referral=referral, actor=actor, at=timezone.now(), **act[2])
    return Referral(pk=referral.pk, reference=referral.reference, case_id=referral.case_id)


def version_of(referral):
    with database.as_superuser() as cursor:
        cursor.execute("select version from referrals_referral where id = %s", [referral.pk])
        return cursor.fetchone()[0]


def answer(world, referral, verb, desk, *, version):
    """Return what tries a verb at the moment when the other is there to try its own."""
    side, action, arguments = VERBS[verb]

    def act(meet):
        with world.acting("peel-cas" if side == "sender" else desk) as actor:
            meet()
            action(referral=referral, actor=actor, version=version, at=timezone.now(), **arguments)
        return "won"

    return act


def test_of_every_colliding_pair_exactly_one_wins(world):
    with side_by_side() as at_once:
        for status, first, second in itertools.islice(itertools.cycle(PAIRS), ROUNDS):
            referral = prepared(world, status)
            version = version_of(referral)
            # Two desks of a team answer at once where it is addressed to the team, else one twice.
            other = "ottawa-community" if status == "sent" else "ottawa-cas"
            outcomes = at_once(
                answer(world, referral, first, "ottawa-cas", version=version),
                answer(world, referral, second, other, version=version),
            )
            context = f"{status}: {first} against {second}: {outcomes}"
            assert outcomes.count("won") == 1, context
            lost = next(each for each in outcomes if each != "won")
            assert isinstance(lost, WrongStatus | Stale), context
            assert version_of(referral) == version + 1
    with database.as_role("worker"):
        assert list(drift.drifted()) == []
        versions = Entry.objects.filter(version__isnull=False).values_list("subject", "version")
        assert len(set(versions)) == len(versions)


@pytest.mark.slow
def test_of_many_accepts_at_once_one_wins(world):
    for _ in range(4):
        referral = prepared(world, "sent")
        barrier = threading.Barrier(25)
        outcomes = []

        def run(desk, referral=referral, barrier=barrier, outcomes=outcomes):
            try:
                with world.acting(desk) as actor:
                    barrier.wait()
                    answering.accept_referral(referral=referral, actor=actor, at=timezone.now())
                outcomes.append("won")
            except WrongStatus:
                outcomes.append("told")
            finally:
                connection.close()

        desks = itertools.islice(itertools.cycle(["ottawa-cas", "ottawa-community"]), 25)
        threads = [threading.Thread(target=run, args=(desk,)) for desk in desks]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (outcomes.count("won"), outcomes.count("told")) == (1, 24)
