"""
Waking the followers after a commit.

A wake-up is a hint: the work is owed by rows in PostgreSQL, and beat sweeps them every few seconds.
So a broker that is away, slow or empty may cost a request next to nothing, and loses nothing.
"""

import threading
import time
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import connection, transaction

QUIET_SECONDS = 5.0
"""After a failed wake-up, no other is tried for so long: beat's sweep is as quick."""


class _Broker:
    def __init__(self) -> None:
        self.down_until = 0.0
        self.lock = threading.Lock()


_broker = _Broker()


def wake_after_commit() -> None:
    """Wake every follower once when the current transaction commits."""
    if not any(_wake in hook for hook in connection.run_on_commit):
        transaction.on_commit(_wake, robust=True)


def _wake() -> None:
    # One thread at a time: ten requests must not queue up behind a frozen broker.
    if time.monotonic() < _broker.down_until or not _broker.lock.acquire(blocking=False):
        return
    try:
        for follower in settings.RECORD_FOLLOWERS:
            _send(follower)
    except Exception:  # noqa: BLE001  whatever the broker's client raises, the deed is committed
        _broker.down_until = time.monotonic() + QUIET_SECONDS
    finally:
        _broker.lock.release()


def _send(follower: str) -> Any:
    return current_app.send_task(
        "audit.follow", kwargs={"follower": follower}, retry=False, ignore_result=True
    )
