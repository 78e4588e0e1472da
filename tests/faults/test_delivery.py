"""R3, R6, R7 of the fault matrix: whatever dies, each notice is made once; requests never wait."""

import contextlib
import json
import random
import subprocess
import threading
import time
import urllib.error
import urllib.request
import uuid

import pytest

from audit.models import Entry, Pending
from audit.verbs import Verb
from notifications.models import Notice
from notifications.rules import RULES
from tests import database

pytestmark = pytest.mark.slow

KILLS = 20
SETTLE_SECONDS = 60
CASE = {
    "age_band": "18_20",
    "gender_identity": "woman_girl",
    "situation": "current",
    "service_language": "en",
}


class Load:
    """Sends referrals through HTTP until told to stop, and counts the answers."""

    def __init__(self, relay, token):
        self.relay = relay
        self.token = token
        self.sent, self.faults, self.slowest = [], [], 0.0
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_error):
        self.stopping.set()
        self.thread.join()

    def _run(self):
        while not self.stopping.is_set():
            self.send_one()

    def send_one(self):
        case = self._post("cases", CASE)
        if case is None:
            return
        body = {
            "case": case["reference"],
            "to_desk": "ottawa-cas",
            "services": ["emergency_shelter"],
            "urgency": "urgent",
            "basis": {
                "code": "express_informed",
                "audience": ["cas"],
                "form": "spoken",
                "until": "2099-12-31",
            },
        }
        if referral := self._post("referrals", body):
            self.sent.append(referral["reference"].replace("-", ""))

    def _post(self, path, body):
        request = urllib.request.Request(
            f"{self.relay.url}/api/v1/{path}",
            json.dumps(body).encode(),
            {
                "Content-Type": "application/json",
                "Authorization": f"Token {self.token}",
                "Idempotency-Key": str(uuid.uuid4()),
            },
        )
        started = time.monotonic()
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            self.faults.append(error.code)
        except OSError as error:
            self.faults.append(repr(error))
        finally:
            self.slowest = max(self.slowest, time.monotonic() - started)
        return None


def owed():
    return Pending.objects.filter(parked_at=None).count()


def settle():
    until = time.monotonic() + SETTLE_SECONDS
    while owed() and time.monotonic() < until:
        time.sleep(0.2)
    assert owed() == 0


def assert_each_notice_once(references):
    told = [str(verb) for verb in RULES]
    entries = Entry.objects.filter(verb__in=told).count()
    assert Entry.objects.filter(verb=Verb.REFERRAL_SENT).count() == len(references)
    notices = list(Notice.objects.values_list("entry_id", "recipient_id"))
    assert len(notices) == len(set(notices)) == entries, "one worker sits at the receiving desk"
    assert not Pending.objects.exists(), "nothing is parked"


def test_twenty_kills_of_worker_and_broker_lose_and_double_nothing(world, live_relay):
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    with Load(live_relay, world.token("peel-cas")) as load:
        for turn in range(KILLS):
            time.sleep(chance.uniform(0.2, 0.8))
            if turn % 2:
                live_relay.kill("worker")
                live_relay.start_worker()
            else:
                live_relay.kill_broker()
                time.sleep(chance.uniform(0, 0.5))
                live_relay.valkey.start()
    assert load.faults == []
    assert len(load.sent) > KILLS
    with database.as_role("worker"):
        settle()
        assert_each_notice_once(load.sent)
    print(f"{len(load.sent)} referrals, {KILLS} kills, slowest request {load.slowest:.2f} s")


def test_a_web_process_killed_right_after_the_commit_loses_nothing(world, live_relay):
    with Load(live_relay, world.token("peel-cas")) as load:
        for _ in range(3):
            time.sleep(0.7)
            live_relay.kill("web")
            live_relay.start_web()
            live_relay._wait()
    with database.as_role("worker"):
        settle()
        sent = list(Entry.objects.filter(verb=Verb.REFERRAL_SENT).values_list("subject", flat=True))
        answered = {f"referral:{reference}" for reference in load.sent}
        assert answered <= set(sent), "every answer that was given is kept"
        assert_each_notice_once(sent)


def test_an_emptied_broker_loses_nothing(world, live_relay):
    live_relay.kill("worker")
    live_relay.kill("beat")
    with Load(live_relay, world.token("peel-cas")) as load:
        time.sleep(4)
    client = subprocess.run(
        [
            "python3",
            "-c",
            "import socket,sys; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);"
            " s.sendall(b'FLUSHALL\\r\\n'); print(s.recv(20))",
            str(live_relay.valkey.socket),
        ],
        capture_output=True,
        check=True,
    )
    assert b"+OK" in client.stdout
    live_relay.start_worker()
    live_relay.start_beat()
    with database.as_role("worker"):
        settle()
        assert_each_notice_once(load.sent)


def test_requests_do_not_wait_for_a_broker_that_is_away(world, live_relay):
    live_relay.kill_broker()
    with Load(live_relay, world.token("peel-cas")) as load:
        time.sleep(4)
    assert load.faults == []
    assert load.slowest < 3
    with contextlib.suppress(FileNotFoundError):
        live_relay.valkey.start()
    with database.as_role("worker"):
        settle()
        assert_each_notice_once(load.sent)
