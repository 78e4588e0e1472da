"""
R1 to R12, R21 and R25 of the fault matrix, on real processes: nothing is lost or done twice.

Each row in its reduced form; `make chaos` runs the long one. What is so afterwards: see `verdict`.
"""

import random
import signal
import time
import urllib.request

import pytest
from django.test import Client

from audit.models import Gauge, Pending
from config import env
from config.celery import app
from tests import database
from tests.faults.load import NO_ANSWER
from tests.faults.rig import WORKERS
from tests.faults.verdict import settle, verify_all

pytestmark = pytest.mark.slow

KILLS = 20
PATIENCE = 3
"""Seconds: no request takes longer because a broker is away, full or frozen."""

FROZEN = 9
"""Seconds: longer than a worker goes on asking a broker to hear that a message is done."""

RECOVERED = 60
"""Seconds until nothing is owed any more."""

AWAY = {503, NO_ANSWER}
"""What a request may be answered while PostgreSQL is away; each 503 says when to come back."""


@pytest.fixture
def chance():
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    return random.Random(seed)


def says_late(rig):
    """Tell whether the page that everybody can see says that people are told late."""
    client = Client()
    client.force_login(rig.world.user("peel-cas"))
    cookie = "; ".join(f"{name}={each.value}" for name, each in client.cookies.items())
    request = urllib.request.Request(f"{rig.url}/en/status/", headers={"Cookie": cookie})
    with urllib.request.urlopen(request, timeout=10) as page:
        return "Notifications are delayed since" in page.read().decode()


def wait_until(is_so, seconds):
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.2)


def test_r1_r2_r7_twenty_kills_lose_and_double_nothing_and_no_request_fails(rig, chance):
    kills = [rig.renew, rig.kill_child, rig.renew_broker]
    with rig.load() as load:
        for turn in range(KILLS):
            time.sleep(chance.uniform(0.1, 0.6))
            kill = kills[turn % 3]
            kill(*([] if kill == rig.renew_broker else [chance.choice(WORKERS)]))
        wait_until(lambda: len(load.references) > KILLS, 60)
    assert settle() < RECOVERED
    verify_all(load, rig.sink)
    assert not load.faults
    assert load.slowest < PATIENCE


def test_r2_what_kills_its_process_is_parked_and_holds_up_no_other(rig):
    with rig.load(threads=1) as load:
        wait_until(lambda: load.references, 10)
    settle()
    poison = rig.world.referral()
    rig.lay("poison", poison.subject)
    with rig.load(threads=1) as more:
        wait_until(lambda: more.references, 10)
    with database.as_role("worker"):
        wait_until(lambda: Pending.objects.exclude(parked_at=None).exists(), 60)
        settle()
        left = Pending.objects.select_related("entry").all()
        assert {row.entry.subject for row in left} == {poison.subject}
        assert {(row.follower_id, row.attempts, row.last_error) for row in left} == {
            ("pace", 3, "ProcessDied")
        }


def test_r3_r4_r5_a_process_that_dies_at_an_exact_place_loses_and_doubles_nothing(rig):
    """Before it wakes anybody, after that, before it says that it is done, after a mail left."""
    with rig.load() as load:
        for point in (
            "after_commit_before_publish",
            "after_publish",
            "after_effect_before_ack",
            "after_mail_before_mark",
        ):
            rig.lay(point)
            rig.wait_until_sprung(point)
        rig.renew("web")
        sent = len(load.references)
        wait_until(lambda: len(load.references) > sent, 30)
    settle()
    figures = verify_all(load, rig.sink)
    # What it told may be over before it is sent again: then nothing is left to say.
    assert figures["mails twice"] + figures["mails not sent again"] == 1


def test_r6_a_broker_that_is_emptied_loses_nothing(rig):
    for name in WORKERS:
        rig.kill(name)
    with rig.load() as load:
        wait_until(lambda: len(load.references) > 10, 30)
    assert rig.broker().llen("celery") > 0
    rig.broker().flushall()
    rig.start_what_ended()
    assert settle() < RECOVERED
    verify_all(load, rig.sink)


def test_r8_a_broker_that_is_away_costs_a_request_nothing_and_everybody_is_told(rig):
    wait_until(Gauge.objects.exists, 20)
    rig.kill_broker()
    with rig.load() as load:
        wait_until(lambda: says_late(rig), 30)
    rig.valkey.start()
    assert not load.faults
    assert load.slowest < PATIENCE
    assert settle() < RECOVERED
    verify_all(load, rig.sink)
    wait_until(lambda: not says_late(rig), 10)


def test_r9_a_broker_that_is_full_costs_a_request_nothing(rig):
    with rig.load() as load:
        rig.broker().config_set("maxmemory", "1mb")
        time.sleep(2)
        rig.broker().config_set("maxmemory", "128mb")
    assert not load.faults
    assert load.slowest < PATIENCE
    # A worker ends when its broker takes nothing, in its own time.
    assert settle(supervise=rig.start_what_ended) < RECOVERED
    verify_all(load, rig.sink)


def test_r10_a_broker_that_is_frozen_holds_no_request_and_no_worker_for_good(rig):
    rig.kill(WORKERS[1])
    with rig.load() as load:
        wait_until(lambda: load.references, 20)
        rig.valkey.process.send_signal(signal.SIGSTOP)
        time.sleep(FROZEN)
        rig.valkey.process.send_signal(signal.SIGCONT)
    assert not load.faults
    assert load.slowest < PATIENCE
    settle()
    verify_all(load, rig.sink)


def test_r11_postgresql_that_is_restarted_keeps_what_was_answered(rig):
    with rig.load() as load:
        for how in ("fast", "immediate", "killed"):
            time.sleep(0.5)
            rig.postgres.restart(how)
            answered = len(load.done)
            wait_until(lambda answered=answered: len(load.done) > answered, 30)
    assert set(load.faults) <= AWAY
    settle()
    verify_all(load, rig.sink)


def test_r12_a_backend_that_is_killed_is_replaced_within_seconds(rig):
    with rig.load() as load:
        for _ in range(2):
            time.sleep(0.5)
            rig.postgres.kill_backend()
            answered, killed_at = len(load.done), time.monotonic()
            wait_until(lambda answered=answered: len(load.done) > answered, 30)
            print(f"answers again after {time.monotonic() - killed_at:.1f} s")
    assert set(load.faults) <= AWAY
    settle()
    verify_all(load, rig.sink)


def test_r21_workers_that_are_frozen_are_noticed(rig):
    wait_until(Gauge.objects.exists, 20)
    wait_until(lambda: not says_late(rig), 20)
    for name in WORKERS:
        rig.freeze(name)
    frozen_at = time.monotonic()
    wait_until(lambda: says_late(rig), 30)
    print(f"alarm after {time.monotonic() - frozen_at:.1f} s; people are late after 3 s here")
    for name in WORKERS:
        rig.thaw(name)
    wait_until(lambda: not says_late(rig), 20)


def test_r25_a_worker_that_is_older_than_its_messages_goes_on(rig):
    """Arguments are names only: what a worker does not know is left out, and rows are swept."""
    with app.connection_for_write(env.broker(rig.redis_url)) as broker, rig.load(threads=1) as load:
        for task, arguments in [
            ("audit.follow", {"follower": "of_tomorrow"}),
            ("audit.follow", {"follower": "notify", "shape": 2}),
            ("audit.sweep", {"name": "of_tomorrow"}),
            ("audit.of_tomorrow", {}),
        ] * 3:
            app.send_task(task, kwargs=arguments, connection=broker)
        wait_until(lambda: len(load.references) > 2, 20)
    settle()
    verify_all(load, rig.sink)
    assert rig.processes["worker"].poll() is None
