"""
Waking the followers after a commit.

A wake-up is a hint: the work is owed by rows in PostgreSQL, and beat sweeps them every few seconds.
So it is sent by a thread of its own: a broker that is away, slow or frozen costs a request nothing,
and loses nothing.
"""

import os
import threading
import time
from functools import partial

from celery import current_app
from django.conf import settings
from django.db import connection, transaction

from audit.failpoints import failpoint

QUIET_SECONDS = 5.0
"""After a failed wake-up, no other is tried for so long: beat's sweep is as quick."""


class _Waker:
    """One thread a process, started with the first wake-up; many commits are one wake-up."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.wanted = threading.Event()
        self.sweeps: set[str] = set()
        self.thread = threading.Thread(target=self._run, name="waker", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        while True:
            self.wanted.wait()
            self.wanted.clear()
            try:
                while self.sweeps:
                    _send_task("audit.sweep", name=self.sweeps.pop())
                for follower in settings.RECORD_FOLLOWERS:
                    _send(follower)
                failpoint("after_publish")
            except Exception:  # noqa: BLE001  whatever the broker's client raises: beat sweeps
                time.sleep(QUIET_SECONDS)


_state: dict[str, _Waker] = {}
_starting = threading.Lock()


def wake_after_commit() -> None:
    """Wake every follower once when the current transaction commits."""
    if not any(_wake in hook for hook in connection.run_on_commit):
        transaction.on_commit(_wake, robust=True)


def sweep_after_commit(name: str) -> None:
    """Have one of `settings.SWEEPS` run as soon as the current transaction commits."""
    transaction.on_commit(partial(_wake, name), robust=True)


def _wake(sweep: str | None = None) -> None:
    failpoint("after_commit_before_publish")
    with _starting:
        waker = _state.get("waker")
        if waker is None or waker.pid != os.getpid():  # a fork leaves the thread behind
            waker = _state["waker"] = _Waker()
    if sweep:
        waker.sweeps.add(sweep)
    waker.wanted.set()


def _send(follower: str) -> None:
    _send_task("audit.follow", follower=follower)


def _send_task(task: str, **kwargs: str) -> None:
    current_app.send_task(task, kwargs=kwargs, retry=False, ignore_result=True)
