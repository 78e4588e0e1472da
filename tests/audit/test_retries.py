"""A row that fails waits, one that ends its process goes last, and no other waits for either."""

import datetime as dt

import pytest
import time_machine
from django.conf import settings
from django.db import OperationalError, connection
from django.db.models.functions import Now
from django.utils import timezone

from audit import followers, sweeps
from audit.models import Pending
from audit.record import recording_as
from coordination import steps
from coordination.models import Step
from tests import database

HOURS = dt.timedelta(hours=1)


class Killed(BaseException):
    """Stands for the end of the process: nothing of ours catches it."""


@pytest.fixture
def bad(world, monkeypatch):
    """The subject of a referral; `bad.does` happens to whoever plans its steps."""

    class Bad:
        subject = world.referral().subject
        met = 0

        @staticmethod
        def does():
            raise Killed

        def plan(self, entry):
            if entry.subject == self.subject and entry.verb == "referral.sent":
                self.met += 1
                self.does()
            steps.plan(entry)

    found = Bad()
    world.referral()
    monkeypatch.setitem(settings.RECORD_FOLLOWERS, "ladder", f"{__name__}.plan")
    monkeypatch.setitem(globals(), "plan", found.plan)
    return found


def row(bad):
    rows = Pending.objects.filter(follower="ladder", entry__subject=bad.subject)
    return rows.filter(entry__verb="referral.sent").first()


def turn():
    """Let every row rest long enough, and follow; tell whether the process lived."""
    Pending.objects.update(again_at=Now())
    try:
        followers.drain("ladder")
    except Killed:
        return False
    return True


def test_what_ends_its_process_holds_up_no_other_and_is_parked_after_three(world, bad):
    with database.as_role("worker"):
        assert [turn() for _ in range(6)] == [False, False, False, False, True, True]
        assert bad.met == 4, "once among others, three times alone"
        (left,) = Pending.objects.filter(follower="ladder")
        assert (left.entry.subject, left.attempts, left.last_error) == (
            bad.subject,
            3,
            "ProcessDied",
        )
        assert left.parked_at


def test_what_was_there_when_a_process_died_is_done_once_it_has_rested(world, bad):
    with database.as_role("worker"):
        assert not turn()
        assert followers.drain("ladder") == 0, "all of it rests"
        bad.does = lambda: None
        assert turn()
        assert not Pending.objects.filter(follower="ladder").exists()


def test_an_error_that_passes_waits_and_does_not_count(world, bad):
    def deadlock():
        raise OperationalError

    bad.does = deadlock
    with database.as_role("worker"):
        for _ in range(7):
            assert turn()
            left = row(bad)
            assert (left.attempts, left.last_error, left.parked_at) == (0, "OperationalError", None)
            assert left.again_at > timezone.now() + dt.timedelta(seconds=3)
        bad.does = lambda: None
        assert turn()
        assert row(bad) is None


@pytest.mark.parametrize("times", [1, 6])
def test_a_connection_that_is_lost_does_not_count(world, bad, times):
    def lose():
        with database.as_superuser() as admin:
            admin.execute(
                "select pg_terminate_backend(%s)", [connection.connection.info.backend_pid]
            )
        Pending.objects.count()

    bad.does = lose
    with database.as_role("worker"):
        for _ in range(times):
            assert turn()
            assert (row(bad).attempts, row(bad).parked_at) == (0, None)
        bad.does = lambda: None
        assert turn()
        assert row(bad) is None


def test_what_fails_is_parked_after_five_and_rests_longer_each_time(world, bad):
    def fails():
        raise ValueError

    bad.does = fails
    rests = []
    with database.as_role("worker"):
        for _ in range(6):
            assert turn()
            rests.append(round((row(bad).again_at - timezone.now()).total_seconds()))
        assert rests[:4] == settings.RETRY_SECONDS
        assert (row(bad).attempts, row(bad).last_error) == (5, "ValueError")
        assert row(bad).parked_at


def test_a_step_that_ends_its_process_holds_up_no_other(world, bad, monkeypatch):
    def killed(*_args, **_kwargs):
        raise Killed

    bad.does = lambda: None
    at, deaths = timezone.now() + 13 * HOURS, 0
    with database.as_role("worker"):
        followers.drain("ladder")
        carry_out = steps.ladder_of(bad.subject).carry_out
        monkeypatch.setattr(
            "referrals.ladder._Referrals.carry_out",
            lambda self, reference, *args, **kwargs: (
                killed()
                if bad.subject.endswith(reference)
                else carry_out(reference, *args, **kwargs)
            ),
        )
        for minutes in range(10):
            try:
                with recording_as("seed"):
                    steps.climb(at=at + dt.timedelta(minutes=minutes))
            except Killed:
                deaths += 1
        (left,) = Step.objects.filter(done_at=None, due_at__lte=at)
        assert deaths == 3
        assert left.subject == bad.subject
        assert left.parked_at


@pytest.mark.parametrize("off", [13 * HOURS, -13 * HOURS])
def test_a_worker_whose_clock_is_wrong_does_nothing_early_or_late(world, off):
    """R17: what is due is asked of PostgreSQL."""
    world.referral()
    with database.as_role("worker"):
        followers.drain("ladder")
        due = Step.objects.order_by("due_at").first()
        with time_machine.travel(timezone.now() + off):
            assert sweeps.sweep("ladder") == 0
        Step.objects.filter(pk=due.pk).update(due_at=timezone.now() - HOURS)
        with time_machine.travel(timezone.now() + off):
            assert sweeps.sweep("ladder") == 1


def test_a_sweep_goes_on_past_what_fails(world):
    met = []

    def act(row):
        met.append(row)
        if len(met) == 1:
            raise ValueError

    rows = list(world.people.values())[:3]
    sweeps.each(rows, act)
    assert met == rows
