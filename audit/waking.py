"""
Waking the followers after a commit.

A wake-up is a hint: the work is owed by rows in PostgreSQL, and beat sweeps them every few seconds.
So it is sent by a thread of its own: a broker that is away, slow or frozen costs a request nothing,
and loses nothing.
"""

import os
import threading
import time

from celery import current_app
from django.conf import settings
from django.db import connection, transaction

QUIET_SECONDS = 5.0
"""After a failed wake-up, no other is tried for so long: beat's sweep is as quick."""


class _Waker:
    """One thread a process, started with the first wake-up; many commits are one wake-up."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.wanted = threading.Event()
        self.thread = threading.Thread(target=self._run, name="waker", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        while True:
            self.wanted.wait()
            self.wanted.clear()
            try:
                for follower in settings.RECORD_FOLLOWERS:
                    _send(follower)
            except Exception:  # noqa: BLE001  whatever the broker's client raises: beat sweeps
                time.sleep(QUIET_SECONDS)


_state: dict[str, _Waker] = {}
_starting = threading.Lock()


def wake_after_commit() -> None:
    """Wake every follower once when the current transaction commits."""
    if not any(_wake in hook for hook in connection.run_on_commit):
        transaction.on_commit(_wake, robust=True)


def _wake() -> None:
    with _starting:
        waker = _state.get("waker")
        if waker is None or waker.pid != os.getpid():  # a fork leaves the thread behind
            waker = _state["waker"] = _Waker()
    waker.wanted.set()


def _send(follower: str) -> None:
    current_app.send_task(
        "audit.follow", kwargs={"follower": follower}, retry=False, ignore_result=True
    )
