"""A day at one desk with a fast clock: every step at its time, and nobody is told of it twice."""

import datetime as dt
from collections import Counter
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.core import mail
from django.db import connection
from django.utils import timezone

from audit import followers
from audit.models import Entry, Pending
from audit.record import recording_as
from cases.actions.opening import open_case
from coordination import steps
from coordination.models import Step, User
from coordination.roles import Role
from notifications import actions, mailing
from notifications.models import Delivery, Notice
from referrals import clock
from referrals.actions import answering, assigning, sending
from referrals.actions.drafting import BasisGiven, draft_referral
from referrals.ladder import REMINDERS, RUNGS, UNSEEN_AFTER
from referrals.models import Referral
from tests import database
from tests.world import FACTS

MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)
TICK, DAY = 5 * MINUTE, 24 * HOUR
PEEL, OTTAWA = "peel-cas", "ottawa-cas"
ANSWERS = {
    "see": (OTTAWA, assigning.see_referral, {}),
    "accept": (OTTAWA, answering.accept_referral, {}),
    "decline": (OTTAWA, answering.decline_referral, {"reason": "no_capacity"}),
    "ask": (OTTAWA, answering.ask_referral, {"questions": ["language"]}),
    "withdraw": (PEEL, sending.withdraw_referral, {"reason": "found_elsewhere"}),
}
PLAN = [
    # urgency, hours after which it is sent, and what happens how many hours after that
    ("immediate", 0.0, {}),
    ("immediate", 1.0, {0.1: "see"}),
    ("immediate", 6.0, {}),
    ("immediate", 20.0, {0.4: "accept"}),
    ("crisis", 0.5, {}),
    ("crisis", 1.5, {5.0: "accept"}),
    ("crisis", 7.0, {2.0: "decline"}),
    ("urgent", 0.0, {}),
    ("urgent", 2.0, {13.0: "accept"}),
    ("urgent", 4.0, {1.0: "ask"}),
    ("urgent", 5.0, {16.0: "withdraw"}),
    ("priority", 3.0, {}),
    ("planned", 8.0, {6.0: "accept"}),
]
QUIET = (5 * HOUR, 10 * HOUR)
"""When the people of the desk do not want to be woken, after the day's start."""

VERBS = {str(each.event): each for each in (*RUNGS, *REMINDERS)}


class Day:
    """The clock, the referrals, and what each ought to have said by the end."""

    def __init__(self, world):
        self.world, self.start = world, timezone.now() - DAY - HOUR
        self.at = self.start
        self.expected, self.mails, self.due = set(), [], {}

    @contextmanager
    def acting(self, desk):
        """Act at the day's time, as what is loaded does."""
        with (
            database.as_role("worker"),
            recording_as("seed"),
            self.world.acting(desk) as actor,
        ):
            with connection.cursor() as cursor:
                cursor.execute("select set_config('relay.moment', %s, true)", [self.at.isoformat()])
            yield actor

    def send(self, urgency):
        with self.acting(PEEL) as actor:
            facts = {"trafficking_status": "suspected"}
            case = open_case(actor=actor, facts=FACTS, lead_facts=facts, at=self.at)
            basis = BasisGiven("express_informed", ["cas"], self.at + 90 * DAY, form="spoken")
            target = self.world.desks[OTTAWA]
            referral = draft_referral(
                actor=actor,
                case=case,
                to=target,
                services=("emergency_shelter",),
                urgency=urgency,
                basis=basis,
                at=self.at,
            )
            referral = send_now(referral, actor, self.at)
        self.began(referral)
        if urgency == "immediate":
            self.expects(referral, "unseen", self.at + UNSEEN_AFTER)
        return referral

    def answer(self, referral, what):
        desk, action, said = ANSWERS[what]
        with self.acting(desk) as actor:
            action(referral=Referral.objects.get(pk=referral.pk), actor=actor, at=self.at, **said)
        self.forget(referral, only_unseen=what == "see")
        self.began(referral)

    def began(self, referral):
        """Expect the rungs of the clock that runs now."""
        with database.as_role("worker"):
            referral = Referral.objects.get(pk=referral.pk)
        since = clock.started_at(referral)
        if referral.status in {"declined", "withdrawn"} or since is None:
            return
        for rung in RUNGS:
            moment = since + (referral.due_at - since) * rung.share
            if moment > self.at or since == self.at:
                self.expects(referral, rung.kind, moment)

    def expects(self, referral, kind, moment):
        self.expected.add((referral.subject, kind, moment))

    def forget(self, referral, *, only_unseen):
        self.expected -= {
            (subject, kind, moment)
            for subject, kind, moment in self.expected
            if subject == referral.subject
            and moment > self.at - TICK
            and (kind == "unseen" or not only_unseen)
        }

    def tick(self):
        """Do what beat has done every five seconds, every five minutes."""
        with database.as_role("worker"), recording_as("seed"):
            self.follow()
            if steps.climb(at=self.at):
                self.follow()
            waiting = Delivery.objects.filter(status="waiting", due_at__lte=self.at)
            self.due |= dict(waiting.values_list("pk", "due_at"))
            before = len(mail.outbox)
            if waiting.exists():
                mailing.send_due(at=self.at)
            self.mails += [(self.at, each.to[0]) for each in mail.outbox[before:]]

    @staticmethod
    def follow():
        if Pending.objects.exists():
            for name in settings.RECORD_FOLLOWERS:
                followers.drain(name)
        assert not Pending.objects.exists(), Counter(
            Pending.objects.values_list("follower", "last_error")
        )


def send_now(referral, actor, at):
    return sending.send_referral(referral=referral, actor=actor, at=at)


@pytest.fixture
def day(world, settings):
    settings.MAIL, settings.PUBLIC_URL = True, "https://relay.example"
    for desk in (PEEL, OTTAWA):
        world.user(desk, Role.LEAD)
    world.user("office", Role.COORDINATOR)
    with database.as_role("worker"):
        for person in world.people.values():
            User.objects.filter(pk=person.pk).update(email=f"{person.username}@agency.example")
    found = Day(world)
    start, end = (timezone.localtime(found.start + each).time() for each in QUIET)
    for role in (Role.WORKER, Role.LEAD):
        with world.acting(OTTAWA, role) as actor:
            actions.set_mail(actor=actor, moments={}, quiet=(start, end))
    return found


def run(day):
    """Let the day pass."""
    todo = []
    for urgency, hours, answers in PLAN:
        todo.append((day.start + hours * HOUR, urgency, answers))
    going = []
    for tick in range(int(DAY / TICK) + 1):
        day.at = day.start + tick * TICK
        for sent_at, urgency, answers in [each for each in todo if each[0] <= day.at]:
            todo.remove((sent_at, urgency, answers))
            referral = day.send(urgency)
            going += [(day.at + after * HOUR, referral, what) for after, what in answers.items()]
        for moment, referral, what in [each for each in going if each[0] <= day.at]:
            going.remove((moment, referral, what))
            day.answer(referral, what)
        day.tick()


def test_a_day_at_one_desk(day):
    """R22 of the fault matrix: at each step somebody is told, in time, and once."""
    run(day)
    end = day.at
    with database.as_role("worker"):
        entries = list(
            Entry.objects.filter(verb__in=VERBS).values_list("pk", "subject", "verb", "occurred_at")
        )
        notices = list(Notice.objects.values_list("entry_id", "recipient_id"))
        deliveries = list(Delivery.objects.select_related("recipient"))
        assert not Step.objects.filter(done_at=None, due_at__lte=end).exists()
    said = sorted((subject, VERBS[verb].kind, at) for _pk, subject, verb, at in entries)
    expected = sorted(each for each in day.expected if each[-1] <= end)
    assert [each[:2] for each in said] == [each[:2] for each in expected], "each step, once"
    late = [told[-1] - asked[-1] for told, asked in zip(said, expected, strict=True)]
    assert dt.timedelta() <= min(late) <= max(late) <= TICK
    assert {kind for _subject, kind, _at in said} == {
        "unseen",
        "half_time",
        "three_quarters",
        "overdue",
    }

    assert {pk for pk, *_ in entries} <= {entry for entry, _person in notices}, "somebody is told"
    assert len(notices) == len(set(notices))

    assert {each.status for each in deliveries if each.due_at <= end} <= {"sent", "void"}
    for each in deliveries:
        if each.status == "sent":
            assert dt.timedelta() <= each.sent_at - day.due[each.pk] <= TICK
    assert max(Counter(day.mails).values()) == 1, "what is due together is one mail"
    quiet = [to for at, to in day.mails if QUIET[0] < at - day.start < QUIET[1]]
    worker, lead = (f"{OTTAWA}.{role}@agency.example" for role in ("worker", "lead"))
    assert worker not in quiet
    assert lead in quiet, "on duty, for what is immediate"
    print(f"{len(entries)} steps, {len(notices)} notices, {len(day.mails)} mails")
