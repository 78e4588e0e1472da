"""
Two verbs at once end as they could have one after the other: nothing in between, no lost entry.

Without a version, so that the second may still be possible; test_races.py has those with one.
"""

import itertools

import pytest
from django.utils import timezone

from audit.models import Entry
from coordination.errors import NotAllowed, Refused
from referrals import drift
from referrals.actions import answering, sending
from referrals.models import Referral, ReferralGrant
from tests import database
from tests.referrals.threads import side_by_side

ROUNDS = 4

RECEIVER = {
    "accept": (answering.accept_referral, {}),
    "decline": (answering.decline_referral, {"reason": "no_capacity"}),
    "ask": (answering.ask_referral, {"questions": ["language"]}),
    "undo_accept": (answering.undo_accept_referral, {}),
}
SENDER = {
    "withdraw": (sending.withdraw_referral, {"reason": "found_elsewhere"}),
    "answer": (sending.answer_referral, {"answers": {"language": "yes"}}),
}
CAS = [(verb, "ottawa-cas") for verb in RECEIVER]
COMMUNITY = [(verb, "ottawa-community") for verb in RECEIVER]
PEEL = [(verb, "peel-cas") for verb in SENDER]
OPEN = {
    "sent": {"accept", "decline", "ask", "withdraw"},
    "questioned": {"accept", "decline", "answer", "withdraw"},
    "accepted": {"undo_accept", "accept", "decline", "ask", "withdraw"},
}
PAIRS = [
    (status, first, second)
    for status, verbs in OPEN.items()
    for first, second in itertools.chain(
        itertools.product(CAS, COMMUNITY),
        itertools.product(CAS, PEEL),
        itertools.combinations_with_replacement(CAS, 2),
    )
    if {first[0], second[0]} <= verbs
]


def do(world, referral, step):
    verb, desk = step
    action, arguments = {**RECEIVER, **SENDER}[verb]
    with world.acting(desk) as actor:
        action(referral=referral, actor=actor, at=timezone.now(), **arguments)


def tried(world, referral, step):
    """Return what became of a step. Who has lost sight of it is late either way."""
    try:
        do(world, referral, step)
    except NotAllowed:
        return "NotAllowed"
    except Refused as refusal:
        return type(refusal).__name__
    return "won"


def prepared(world, status):
    referral = world.referral("ottawa")
    if status != "sent":
        do(world, referral, ({"questioned": "ask", "accepted": "accept"}[status], "ottawa-cas"))
    return Referral(pk=referral.pk, reference=referral.reference, case_id=referral.case_id)


def state_of(referral):
    """Return all that the two desks and the sender can tell apart afterwards."""
    with database.as_superuser() as cursor:
        cursor.execute(
            "select r.status, r.version, d.slug, a.slug, r.decline_reason, r.withdraw_reason,"
            " r.questions, (select array_agg(line order by line) from (select concat_ws(' ',"
            " g.group_id, g.reason, g.box, coalesce(g.until <= now(), false)) as line"
            " from referrals_referralgrant g where g.content_object_id = r.id) l),"
            " (select array_agg(line order by line) from (select concat_ws(' ', g.group_id,"
            " g.reason, g.opens_page, coalesce(g.until <= now(), false)) as line"
            " from cases_casegrant g where g.content_object_id = r.case_id) l),"
            " (select array_agg(e.version order by e.version) from audit_entry e"
            " where e.subject = 'referral:' || r.reference and e.version is not null)"
            " from referrals_referral r join coordination_desk d on d.group_id ="
            " r.responsible_desk_id left join coordination_desk a on a.group_id ="
            " r.accepting_desk_id where r.id = %s",
            [referral.pk],
        )
        return repr(cursor.fetchone())


def one_after_the_other(world, status, first, second):
    referral = prepared(world, status)
    outcomes = tried(world, referral, first), tried(world, referral, second)
    return *outcomes, state_of(referral)


def meeting(world, status, steps, at_once):
    referral = prepared(world, status)

    def of(step):
        def act(meet):
            meet()
            return tried(world, referral, step)

        return act

    return *at_once(*map(of, steps)), state_of(referral)


@pytest.mark.slow
@pytest.mark.parametrize("status", OPEN)
def test_two_at_once_end_as_one_after_the_other(world, status):
    with side_by_side() as at_once:
        for _status, first, second in (pair for pair in PAIRS if pair[0] == status):
            forwards = one_after_the_other(world, status, first, second)
            late, early, state = one_after_the_other(world, status, second, first)
            possible = {forwards, (early, late, state)}
            for _ in range(ROUNDS):
                found = meeting(world, status, (first, second), at_once)
                # The loser learns why by what it saw first: its words may differ, its loss may not.
                assert found in possible, (
                    f"{status}: {first}, {second}\n{found}\nnot of\n{possible}"
                )
    with database.as_role("worker"):
        assert list(drift.drifted()) == []
        for referral in Referral.objects.all():
            entries = Entry.objects.filter(subject=referral.subject, version__isnull=False)
            made = sorted(entries.values_list("version", flat=True))
            assert made == list(range(1, referral.version + 1))


def test_both_desks_of_a_team_decline_at_once_and_the_last_one_ends_it(world):
    with side_by_side() as at_once:
        for _ in range(10):
            steps = ("decline", "ottawa-cas"), ("decline", "ottawa-community")
            *outcomes, state = meeting(world, "sent", steps, at_once)
            assert outcomes == ["won", "won"]
            assert "declined" in state
    with database.as_role("worker"):
        assert not ReferralGrant.objects.filter(box="inbox").exists()
        assert list(drift.drifted()) == []
