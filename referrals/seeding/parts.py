"""
Seeding on two cores: each part in a process and a transaction of its own, committed together.

A part that is written waits for the others; if one fails, or the command is stopped, none commits.
"""

import datetime as dt
import multiprocessing
from collections.abc import Iterator
from multiprocessing.connection import Connection, wait

import django
from django.db import transaction

PARTS = 2
_COMMIT = "commit"


class SeedingFailed(Exception):
    """A part ended before it was written; nothing was kept."""


def seed_in_parts(*, count: int, now: dt.datetime) -> Iterator[int]:
    """
    Write about `count` referrals in all, and yield how many are written so far.

    :raises SeedingFailed: if a part fails; then nothing is kept.
    """
    context = multiprocessing.get_context("spawn")
    written: dict[Connection, int] = {}
    children = []
    for part in range(PARTS):
        ours, theirs = context.Pipe()
        child = context.Process(target=_write, args=(theirs, count, now, part), daemon=True)
        child.start()
        theirs.close()
        written[ours] = 0
        children.append(child)
    try:
        waiting = set(written)
        while waiting:
            for pipe in (each for each in waiting.copy() if each in wait(waiting)):
                told = _receive(pipe)
                if told is None:
                    waiting.discard(pipe)
                else:
                    written[pipe] = told
            yield sum(written.values())
        for pipe in written:
            pipe.send(_COMMIT)
        for child in children:
            child.join()
            if child.exitcode:
                raise SeedingFailed
    finally:
        for pipe in written:
            pipe.close()


def _receive(pipe: Connection) -> int | None:
    """Return how many a part has written, or None when it is done."""
    try:
        told: int | None = pipe.recv()
    except EOFError:
        raise SeedingFailed from None
    return told


def _write(pipe: Connection, count: int, now: dt.datetime, part: int) -> None:
    """Write one part in this process; commit when told to, else leave nothing."""
    django.setup()
    from referrals.seeding.year import seed  # only now: the apps are ready

    with transaction.atomic():
        for done in seed(count=count, now=now, part=part, parts=PARTS):
            pipe.send(done)
        pipe.send(None)
        if pipe.recv() != _COMMIT:  # or an EOFError, when the parent is gone
            raise SeedingFailed
