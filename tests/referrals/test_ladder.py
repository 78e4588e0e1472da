"""Nobody waits in silence: who is told, and when, while nobody acts."""

import datetime as dt

import pytest
from django.db import transaction
from django.utils import timezone

from audit import followers
from audit.models import Entry
from audit.record import recording_as
from coordination import steps
from coordination.models import Desk, Step
from coordination.roles import Role
from notifications.models import Notice
from referrals.actions.answering import accept_referral, ask_referral
from referrals.actions.assigning import assign_referral, see_referral
from tests import database

LADDER = ["referral.half_time", "referral.three_quarters", "referral.overdue"]
MINUTE = dt.timedelta(minutes=1)


def climb(after=dt.timedelta()):
    """Follow the record, and climb at a moment that is to come."""
    with database.as_role("worker"):
        followers.drain("ladder")
        with recording_as("seed"):  # a clock that runs ahead is no live one
            taken = steps.climb(at=timezone.now() + after)
        followers.drain("ladder")
        followers.drain("notify")
    return taken


def events(referral):
    with database.as_role("worker"):
        entries = Entry.objects.filter(subject=referral.subject, actor_id=None).order_by("id")
        return list(entries.values_list("verb", flat=True))


def told(verb):
    with database.as_role("worker"):
        notices = Notice.objects.filter(verb=verb)
        return sorted(notices.values_list("recipient__username", flat=True))


def test_each_rung_is_climbed_at_its_time_and_told_to_its_people(world):
    lead, office = world.user("ottawa-cas", Role.LEAD), world.user("office", Role.COORDINATOR)
    referral = world.referral()  # urgent: 24 hours
    assert climb(719 * MINUTE) == 0
    climb(721 * MINUTE)
    assert events(referral) == LADDER[:1]
    assert told(LADDER[0]) == [lead.username]  # on duty, since nobody works on it
    climb(18 * 60 * MINUTE + MINUTE)
    assert told(LADDER[1]) == [lead.username]
    climb(24 * 60 * MINUTE + MINUTE)
    assert events(referral) == LADDER
    assert told(LADDER[2]) == [
        "ottawa-cas.lead",
        "ottawa-community.worker",  # the team's duty desk
        "peel-cas.worker",  # who waits
    ]
    assert office.username not in told(LADDER[2])


def test_a_rung_is_climbed_once_however_often_somebody_looks(world):
    referral = world.referral()
    for _ in range(3):
        climb(13 * 60 * MINUTE)
    assert events(referral) == LADDER[:1]


def test_whoever_works_on_it_is_told_first(world):
    referral = world.referral()
    person = world.user("ottawa-cas")
    with world.acting("ottawa-cas") as actor:
        assign_referral(referral=referral, actor=actor, to=person, at=timezone.now())
    world.user("ottawa-cas", Role.LEAD)
    climb(13 * 60 * MINUTE)
    assert told(LADDER[0]) == [person.username]


def test_when_it_waits_on_the_sender_the_sender_is_told(world):
    referral = world.referral()
    with world.acting("ottawa-cas") as actor:
        ask_referral(referral=referral, actor=actor, questions=["language"], at=timezone.now())
    climb(13 * 60 * MINUTE)
    assert told(LADDER[0]) == ["peel-cas.worker"]


def test_an_answer_ends_its_clock_and_starts_that_of_the_first_contact(world):
    referral = world.referral()
    climb()
    with world.acting("ottawa-cas") as actor:
        accept_referral(referral=referral, actor=actor, at=timezone.now())
    climb(13 * 60 * MINUTE)  # half of the new clock; the old steps were void
    with database.as_role("worker"):
        entry = Entry.objects.select_related("body").get(verb=LADDER[0])
        assert Step.objects.filter(is_void=True, done_at__isnull=False).count() == 1
    assert entry.body.data["clock"] == "contact"
    assert events(referral) == LADDER[:1]


def test_after_a_night_without_workers_only_the_highest_rung_is_told(world):
    referral = world.referral()
    climb(30 * 60 * MINUTE)
    assert events(referral) == LADDER[-1:]


@pytest.mark.parametrize("seen", [False, True])
def test_what_is_immediate_and_unseen_tells_the_sender_to_phone(world, seen):
    referral = world.referral(urgency="immediate")
    if seen:
        with world.acting("ottawa-cas") as actor:
            see_referral(referral=referral, actor=actor, at=timezone.now())
    climb(16 * MINUTE)
    assert events(referral) == ([] if seen else ["referral.unseen"])
    assert told("referral.unseen") == ([] if seen else ["peel-cas.worker"])


def test_a_desk_that_nobody_can_reach_goes_up_one_level_at_once(world):
    coordinator = world.user("office", Role.COORDINATOR)
    world.referral()
    with database.as_role("owner"), transaction.atomic():
        for slug in ("ottawa-cas", "ottawa-community"):
            desk = Desk.objects.get(slug=slug)
            desk.memberships.update(until=timezone.now())
    climb(13 * 60 * MINUTE)
    assert told(LADDER[0]) == [coordinator.username]


def test_a_step_that_fails_waits_longer_each_time_and_is_parked_after_five(world, monkeypatch):
    referral = world.referral()
    with database.as_role("worker"):
        followers.drain("ladder")

    def fails(*_args, **_kwargs):
        raise RuntimeError

    at = timezone.now() + 13 * 60 * MINUTE
    with monkeypatch.context() as patch, database.as_role("worker"):
        patch.setattr("referrals.ladder._Referrals.carry_out", fails)
        tries = [n for n in range(401) if steps.climb(at=at + dt.timedelta(seconds=n))]
    assert tries == [0, 5, 20, 80, 380]
    with database.as_role("worker"):
        step = Step.objects.get(subject=referral.subject, kind="half_time")
    assert (step.attempts, step.last_error, step.done_at) == (5, "RuntimeError", None)
    assert step.parked_at


def test_nobody_but_the_system_sees_or_moves_the_steps(world):
    world.referral()
    climb()
    with world.acting("peel-cas"), pytest.raises(Exception, match="permission denied"):
        Step.objects.count()
