"""R8 and R10 in full, by `make chaos`: a broker that is away for minutes, and one that is frozen."""

import signal
import time

import pytest

from tests.faults.rig import WORKERS
from tests.faults.verdict import settle, verify_all

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(1800)]

PACE = "real"
USUAL, AWAY, FROZEN = 60, 300, 60
"""Seconds of work: with a broker, without one, and with one that takes and answers nothing."""

SLOWER = 1.2
PATIENCE = 3
"""Seconds: no request takes longer."""

RECOVERED = 60


def work(rig, seconds):
    with rig.load() as load:
        time.sleep(seconds)
    return load


def test_r8_five_minutes_without_a_broker_cost_a_request_nothing(rig):
    before = work(rig, USUAL)
    assert settle() < RECOVERED
    rig.kill_broker()
    away = work(rig, AWAY)
    rig.valkey.start()
    settled = settle(3 * RECOVERED, supervise=rig.start_what_ended)
    verify_all(away, rig.sink)
    after = work(rig, USUAL)
    with_broker = max(each.percentile(0.95) for each in (before, after))
    print(
        f"95 % of answers within {with_broker:.2f} s with a broker,"
        f" {away.percentile(0.95):.2f} s without ({len(away.done)} operations, none failed);"
        f" all are told {settled:.1f} s after it came back"
    )
    assert not away.faults
    assert away.percentile(0.95) <= SLOWER * with_broker


def test_r10_a_minute_of_a_frozen_broker_holds_no_request(rig):
    rig.kill(WORKERS[1])
    with rig.load() as load:
        time.sleep(2)
        rig.valkey.process.send_signal(signal.SIGSTOP)
        time.sleep(FROZEN)
        rig.valkey.process.send_signal(signal.SIGCONT)
    print(f"slowest answer {load.slowest:.1f} s, {len(load.done)} operations")
    assert not load.faults
    assert load.slowest < PATIENCE
    assert settle(3 * RECOVERED, supervise=rig.start_what_ended) < 3 * RECOVERED
    verify_all(load, rig.sink)
