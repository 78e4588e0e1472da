"""The long form, `make chaos`: kills at random moments under load, counted and written down."""

import os
import platform
import random
import signal
import time
from collections import Counter
from pathlib import Path

import pytest
from django.utils import timezone

from tests.faults.load import NO_ANSWER
from tests.faults.rig import WORKERS
from tests.faults.verdict import settle, verify_all

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(3 * 3600)]

KILLS = int(os.environ.get("CHAOS_KILLS", "200"))
OPERATIONS = int(os.environ.get("CHAOS_OPERATIONS", "10000"))
SEED = int(os.environ.get("CHAOS_SEED") or random.randrange(10**6))
MINUTES = float(os.environ.get("CHAOS_MINUTES", "inf"))
"""At most; then all kills have been made, over as many operations as there was time for."""

REPORT = os.environ.get("CHAOS_REPORT")
PACE = "real"
"""Beat and retries as in an installation; the other tests are in haste."""

STUCK = 300
"""Seconds without a single answer after which the run has failed."""

RECOVERED = 60
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"


def kinds(rig, chance):
    """Return what may be done to the processes, by name; each leaves them on their way back."""

    def freeze_broker():
        rig.valkey.process.send_signal(signal.SIGSTOP)
        time.sleep(chance.uniform(1, 12))
        rig.valkey.process.send_signal(signal.SIGCONT)

    def freeze_worker():
        name = chance.choice(WORKERS)
        rig.freeze(name)
        time.sleep(chance.uniform(1, 8))
        rig.thaw(name)

    return {
        "worker, with its pool": lambda: rig.renew(chance.choice(WORKERS)),
        "process of a pool": lambda: rig.kill_child(chance.choice(WORKERS)),
        "web, with its processes": lambda: rig.renew("web"),
        "process of the web": lambda: rig.kill_child("web"),
        "beat": lambda: rig.renew("beat"),
        "broker, emptied": rig.renew_broker,
        "broker, frozen": freeze_broker,
        "worker, frozen": freeze_worker,
        "backend of PostgreSQL": rig.postgres.kill_backend,
        "PostgreSQL, immediate": lambda: rig.postgres.restart("immediate"),
        "PostgreSQL, killed": lambda: rig.postgres.restart("killed"),
    }


def test_chaos(rig):
    chance, done = random.Random(SEED), Counter()
    print(f"seed {SEED}, {KILLS} kills, {OPERATIONS} operations")
    started = time.monotonic()
    with rig.load(seed=SEED, threads=3) as load:
        for kill in range(KILLS):
            wait_for(load, (kill + chance.random()) / KILLS, since=started)
            rig.start_what_ended()
            name, act = chance.choice(list(kinds(rig, chance).items()))
            act()
            done[name] += 1
            if kill % 10 == 9:
                print(f"{kill + 1} kills, {len(load.done)} operations, {dict(load.faults)}")
        wait_for(load, 1, since=started)
        rig.start_what_ended()
    took = time.monotonic() - started
    settled = settle(RECOVERED, supervise=rig.start_what_ended)
    for name in (*WORKERS, "beat"):  # steps come due all the time: nobody climbs while we count
        rig.kill(name)
    figures = verify_all(load, rig.sink)
    load_average = os.getloadavg()[2]
    lines = [
        f"Measured {timezone.localdate()}: {os.cpu_count()} cores ({platform.machine()}),"
        f" load {load_average:.1f} over the last 15 minutes; seed {SEED}.",
        "",
        "| What | Figure |",
        "|---|---|",
        f"| Operations answered with success | {len(load.done)} in {took / 60:.0f} minutes |",
        f"| Kills and freezes | {sum(done.values())} |",
        "| Lost | 0 |",
        "| Done twice | 0 |",
        f"| Notices, each once | {figures['notices']} |",
        f"| Longest until somebody was told | {figures['told after']:.1f} s |",
        f"| Until nothing was owed, after the end | {settled:.1f} s |",
        f"| Longest without any answer of the API | {load.longest_outage:.1f} s |",
        f"| Answers 503 with Retry-After | {load.faults[503]} |",
        f"| Connections without an answer, sent again | {load.faults[599]} |",
        f"| Other answers with an error | {others(load)} |",
        f"| Mails, and those that arrived twice under one id |"
        f" {figures['mails']}, {figures['mails twice']} |",
        f"| Steps of the ladder, each once | {figures['steps']} |",
        f"| Answer times: half, 95 %, slowest | {load.percentile(0.5):.2f} s,"
        f" {load.percentile(0.95):.2f} s, {load.slowest:.1f} s |",
        "",
        "| Killed or frozen | Times |",
        "|---|---|",
        *(f"| {name} | {count} |" for name, count in sorted(done.items())),
    ]
    print("\n".join(lines))
    if REPORT:
        write(Path(REPORT), lines)
    assert figures["told after"] < RECOVERED
    assert not others(load), load.faults


def others(load):
    """Count what was neither success nor away."""
    return sum(n for status, n in load.faults.items() if status not in {503, NO_ANSWER})


def wait_for(load, share, *, since):
    """Wait until a share of the operations was answered, or of the time has passed."""
    answered, moved_at = len(load.done), time.monotonic()
    while len(load.done) < OPERATIONS * share and time.monotonic() - since < MINUTES * 60 * share:
        assert not load.broken, load.broken
        if len(load.done) > answered:
            answered, moved_at = len(load.done), time.monotonic()
        assert time.monotonic() - moved_at < STUCK, "nobody answers any more"
        time.sleep(0.05)


def write(path, lines):
    text = path.read_text(encoding="utf-8")
    before, _begin, rest = text.partition(BEGIN)
    _old, _end, after = rest.partition(END)
    figures = "\n".join(lines)
    path.write_text(f"{before}{BEGIN}\n{figures}\n{END}{after}", encoding="utf-8")
