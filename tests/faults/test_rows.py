"""R13, R17, R19, R20 and R26 of the fault matrix: an exact place, a clock, an order, a lock."""

import random
import threading
import time
from contextlib import contextmanager

import psycopg
import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.db.backends.postgresql.base import DatabaseWrapper
from django.db.models.functions import Now
from django.test import Client
from django.utils import timezone

from audit import followers, retries
from audit.models import Entry, Pending
from audit.record import recording_as
from coordination import steps
from coordination.models import Step
from notifications.models import Notice
from notifications.telling import notify
from referrals.actions.answering import accept_referral
from referrals.models import Referral
from tests import database
from tests.faults.verdict import TOLD, one_desk_is_responsible
from tests.referrals.test_ladder import MINUTE

OTTAWA = "ottawa-cas"
HOURS = 60 * MINUTE


class Cut(BaseException):
    """The process ended: PostgreSQL sees a connection that is gone, and nothing of ours goes on."""


@contextmanager
def cut_at(place, monkeypatch):
    """End the process before its statement of this number, a commit being two: before and after."""
    passed = 0

    def pass_by():
        nonlocal passed
        passed += 1
        if passed == place:
            connection.connection.close()
        if passed >= place:
            raise Cut

    def execute(run, sql, params, many, context):
        pass_by()
        return run(sql, params, many, context)

    commit = DatabaseWrapper._commit

    def committing(self):
        pass_by()
        commit(self)
        pass_by()

    with monkeypatch.context() as patch, connection.execute_wrapper(execute):
        patch.setattr(DatabaseWrapper, "_commit", committing)
        patch.setattr(retries, "_AWAY_SECONDS", -1)  # nobody is left to wait
        try:
            yield
        except BaseException:
            if passed < place:
                raise
    connection.close()


def accept(world, referral, token):
    headers = {"Authorization": f"Token {token}", "If-Match": f'"{referral.version}"'}
    path = f"/api/v1/referrals/{referral.reference}/accept"
    client = Client(raise_request_exception=False)
    return client.post(path, "{}", content_type="application/json", headers=headers)


def test_r13_an_acceptance_that_ends_at_any_statement_happened_wholly_or_not_at_all(
    world, monkeypatch
):
    token, referral = world.token(OTTAWA), world.referral()
    places, status = 0, "sent"
    while status == "sent":
        places += 1
        with cut_at(places, monkeypatch):
            accept(world, referral, token)
        with database.as_role("worker"):
            one_desk_is_responsible()
            status = Referral.objects.get(pk=referral.pk).status
            said = Entry.objects.filter(verb="referral.accepted").count()
        assert (status, said) in {("sent", 0), ("accepted", 1)}
    print(f"{places} places")
    assert places > 20
    assert accept(world, referral, token).status_code == 409


def test_r13_a_worker_that_ends_at_any_statement_tells_everybody_once(world, monkeypatch):
    world.referral()
    ended, places = True, 0
    with database.as_role("worker"):
        while ended:
            places += 1
            Pending.objects.all().delete()
            with database.as_superuser() as admin:
                admin.execute(
                    "insert into audit_pending (follower_id, entry_id, attempts, last_error)"
                    " select f.name, e.id, 0, '' from audit_follower f, audit_entry e"
                    " where e.verb = 'referral.sent'"
                )
                admin.execute("delete from notifications_notice; delete from coordination_step")
            ended = False
            with cut_at(places, monkeypatch):
                for name in ("notify", "ladder"):
                    followers.drain(name)
            ended = Pending.objects.filter(follower__in=["notify", "ladder"]).exists()
            follow_again()
            assert not Pending.objects.exists()
            assert (Notice.objects.count(), Step.objects.count()) == (1, 3)
    print(f"{places} places")
    assert places > 20


@pytest.mark.parametrize("off", [HOURS, -HOURS])
def test_r17_a_web_process_whose_clock_is_wrong_changes_nothing_and_is_not_ready(world, off):
    """See test_a_worker_whose_clock_is_wrong_does_nothing_early_or_late for the worker."""
    token, referral = world.token(OTTAWA), world.referral()
    assert Client().get("/readyz").status_code == 200
    with time_machine.travel(timezone.now() + off):
        answer = Client(raise_request_exception=False).get("/readyz")
        assert (answer.status_code, answer.content) == (503, b"the clock is wrong\n")
        assert accept(world, referral, token).status_code >= 400
    with database.as_role("worker"):
        assert Referral.objects.get(pk=referral.pk).status == "sent"


def test_r19_what_is_delivered_again_and_in_any_order_has_one_effect(world):
    chance = random.Random(seed := random.randrange(10**6))
    print(f"seed {seed}")
    for _ in range(4):
        referral = world.referral()
        with world.acting(OTTAWA) as actor:
            accept_referral(referral=referral, actor=actor, at=timezone.now())
    faults, barrier = [], threading.Barrier(5)

    def work():
        barrier.wait()
        try:
            names = list(settings.RECORD_FOLLOWERS)
            for name in chance.sample(names, len(names)):
                followers.drain(name)
        except BaseException as fault:
            faults.append(fault)
        finally:
            connection.close()

    with database.as_role("worker"):
        entries = list(Entry.objects.select_related("body"))
        for row in Pending.objects.all():
            Pending.objects.filter(pk=row.pk).update(attempts=chance.randrange(4))
        threads = [threading.Thread(target=work) for _ in range(5)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        follow_again()  # who waited for another in vain
        once = told(), planned()
        for entry in chance.sample(entries, len(entries)) * 5:
            notify(entry)
            steps.plan(entry)
        assert (told(), planned()) == once
        assert not Pending.objects.exists()
    assert faults == []
    assert len(once[0]) == len(set(once[0]))
    assert len(once[0]) == sum(each.verb in TOLD for each in entries)


def follow_again():
    """Follow everything, what rests too."""
    Pending.objects.update(again_at=Now())
    for name in settings.RECORD_FOLLOWERS:
        followers.drain(name)


def told():
    return sorted(Notice.objects.values_list("entry_id", "recipient_id"))


def planned():
    return sorted(Step.objects.values_list("subject", "kind", "due_at"))


def test_r20_of_two_that_wait_for_each_other_the_one_that_gives_way_comes_again(world):
    referral, going = world.referral(), threading.Event()
    at = timezone.now() + 13 * HOURS
    with database.as_role("worker"):
        followers.drain("ladder")

    def other():
        with psycopg.connect(database.url("worker")) as session:
            session.execute(
                "select from referrals_referral where id = %s for update", [referral.pk]
            )
            going.set()
            time.sleep(0.3)
            session.execute("select from coordination_step for update")

    thread = threading.Thread(target=other)
    with database.as_role("worker"), recording_as("seed"):
        thread.start()
        going.wait()
        assert steps.climb(at=at) == 1
        thread.join()
        step = Step.objects.get(kind="half_time")
        assert (step.attempts, step.last_error, step.done_at) == (0, "OperationalError", None)
        assert steps.climb(at=at) == 0, "it rests"
        assert steps.climb(at=at + MINUTE) == 1
    with database.as_role("worker"):
        assert Entry.objects.filter(verb="referral.half_time").count() == 1


def test_r26_a_migration_that_would_have_to_wait_gives_up_and_holds_up_nobody(world):
    client, slowest, refused = Client(), 0.0, []
    client.force_login(world.user("peel-cas"))
    world.case()
    client.get("/en/cases/")  # what is made at first use is there

    def migrate():
        with database.as_owner() as owner:
            try:
                owner.execute("alter table cases_case add column late int")
            except psycopg.errors.LockNotAvailable as error:
                refused.append(error)

    with psycopg.connect(database.url("app")) as long:
        long.execute("select count(*) from cases_case")
        thread = threading.Thread(target=migrate)
        thread.start()
        while thread.is_alive():
            started = time.monotonic()
            assert client.get("/en/cases/").status_code == 200
            slowest = max(slowest, time.monotonic() - started)
    thread.join()
    assert refused
    assert slowest < 3
    print(f"slowest request {slowest:.1f} s")
