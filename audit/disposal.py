"""Disposing of what entries say, with a certificate; that something happened stays recorded."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Subquery

from audit.models import Entry
from audit.record import record
from audit.verbs import Verb

KEPT = (Verb.RETENTION_DISPOSED, Verb.CASE_DISPOSED, Verb.WORDS_DISPOSED)
"""What says that something was disposed of stays; `audit_dispose` names the same ones."""


def entries_about(subjects: Sequence[str]) -> list[int]:
    """Return the entries about these subjects whose bodies are still there."""
    found = Entry.objects.filter(subject__in=subjects, body__isnull=False).exclude(verb__in=KEPT)
    return list(found.order_by("pk").values_list("pk", flat=True))


def last_said(subject: Any, verbs: Sequence[Verb]) -> Subquery:
    """Return when one of these events was last said of a subject of the outer query."""
    found = Entry.objects.filter(subject=subject, verb__in=verbs).order_by("-pk")
    return Subquery(found.values("occurred_at")[:1])


def certify(
    *,
    record_class: str,
    period: str,
    count: int,
    at: dt.datetime,
    references: Sequence[str] = (),
    entries: Sequence[int] = (),
) -> int:
    """
    Write the certificate of a disposal, delete the bodies of `entries`, return the certificate.

    `period` is how long the class is kept, as "24 months"; `count` how many objects went.
    """
    ids = list(entries)
    with connection.cursor() as cursor:
        cursor.execute("select audit_digest(%s)", [ids])
        (digest,) = cursor.fetchone()
    certificate = record(
        Verb.RETENTION_DISPOSED,
        subject=f"retention:{record_class}",
        at=at,
        data={
            "class": record_class,
            "period": period,
            "count": count,
            "references": sorted(references),
            "entries": len(ids),
            "digest": digest,
        },
    )
    if ids:
        with connection.cursor() as cursor:
            cursor.execute("select audit_dispose(%s, %s)", [ids, certificate])
    return certificate
