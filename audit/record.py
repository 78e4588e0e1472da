"""The only way to write the record, and the only way to say who is acting."""

import datetime as dt
import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connection, transaction

from audit import waking
from audit.verbs import Verb

request_id: ContextVar[uuid.UUID | None] = ContextVar("request_id", default=None)
_source: ContextVar[str] = ContextVar("source", default="live")


def set_actor(user_id: int | None, desk_id: int | None = None) -> None:
    """
    Tell the database who acts, until the transaction ends.

    Row-level security and the record both read it, so nothing else may carry identity.

    :raises RuntimeError: outside a transaction, as the setting would outlive the request.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("set_actor() must run inside a transaction.")
    with connection.cursor() as cursor:
        cursor.execute(
            "select set_config('relay.actor', %s, true), set_config('relay.desk', %s, true)",
            [str(user_id or ""), str(desk_id or "")],
        )


@contextmanager
def acting(user_id: int | None, desk_id: int | None = None) -> Iterator[None]:
    """Open a transaction in which this person acts at this desk; for commands, tasks and tests."""
    with transaction.atomic():
        set_actor(user_id, desk_id)
        try:
            yield
        finally:
            if not connection.needs_rollback:
                set_actor(None)


@contextmanager
def recording_as(source: str) -> Iterator[None]:
    """Mark what is recorded inside as "seed" or "import": only then may `at` be in the past."""
    token = _source.set(source)
    try:
        yield
    finally:
        _source.reset(token)


def record(
    verb: Verb,
    *,
    subject: str,
    at: dt.datetime,
    version: int | None = None,
    data: Mapping[str, Any] | None = None,
) -> int:
    """
    Write what happened into the record, in the transaction that makes it happen.

    The actor and the desk are those of `set_actor`. `data` holds codes and references, never names
    or free text. `version` is that of the changed row: the database refuses, at commit, a changed
    case or referral whose version has no entry.

    :raises RuntimeError: outside a transaction, as the entry could then outlive its cause.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("record() must run in the transaction that makes the change.")
    body = json.dumps(dict(data or {}), ensure_ascii=False, sort_keys=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "select audit_append(%s, %s, %s, %s, %s::jsonb, %s, %s)",
            [verb, subject, version, at, body, request_id.get(), _source.get()],
        )
        (entry_id,) = cursor.fetchone()
    waking.wake_after_commit()
    return int(entry_id)
