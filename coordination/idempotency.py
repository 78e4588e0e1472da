"""A creating request sent twice creates once: by key, for forms and for the API alike."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from coordination.access import Actor
from coordination.errors import Refused
from coordination.models import IdempotentAnswer


class StillRunning(Refused):
    """The first request with this key has not finished: 409."""


class KeyReused(Refused):
    """This key came before with another body: 422."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: dict[str, Any]


def answered(actor: Actor, *, route: str, key: str) -> Answer | None:
    """Return what this person's request with this key was answered, if it came."""
    kept = _kept(actor, route, _digest(key))
    return Answer(kept.status, kept.body) if kept else None


def once(
    actor: Actor,
    *,
    route: str,
    key: str,
    payload: Mapping[str, Any],
    create: Callable[[], Answer],
    waits: bool = False,
) -> Answer:
    """
    Return what `create` answers, or what it answered when this key came first.

    Runs in the caller's transaction, so the answer is kept exactly if the effect is. Keys of
    different people and routes have nothing to do with each other.

    With `waits`, the second one stands in line behind the first and answers the same: what a person
    means who clicked twice.

    :raises StillRunning: while another transaction holds the same key, unless it waits.
    :raises KeyReused: if the key came before with another payload.
    """
    key = _digest(key)
    fingerprint = _digest(json.dumps(payload, sort_keys=True, default=str))
    if not _lock(f"{actor.user.pk}|{route}|{key}", waits=waits):
        raise StillRunning(_("This request is still being worked on. Wait, then look again."))
    kept = _kept(actor, route, key)
    if kept is None:
        answer = create()
        IdempotentAnswer.objects.create(
            user=actor.user,
            route=route,
            key=key,
            fingerprint=fingerprint,
            status=answer.status,
            body=answer.body,
        )
        return answer
    if kept.fingerprint != fingerprint:
        raise KeyReused(_("This Idempotency-Key was used for another request. Use a new one."))
    return Answer(kept.status, kept.body)


def _lock(name: str, *, waits: bool) -> bool:
    """Hold a name until the transaction ends; return whether it is ours."""
    ask = "pg_advisory_xact_lock" if waits else "pg_try_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute(f"select {ask}(hashtextextended(%s, 0))", [name])
        (mine,) = cursor.fetchone()
    return waits or bool(mine)


def _kept(actor: Actor, route: str, digest: str) -> IdempotentAnswer | None:
    return IdempotentAnswer.objects.filter(user=actor.user, route=route, key=digest).first()


def _digest(text: str) -> str:
    """Return what is kept of a key or a body: whoever sends it chooses its letters."""
    return hashlib.sha256(text.encode()).hexdigest()
