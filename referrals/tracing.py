"""
Who could see a case between two moments, and what goes with it: each desk, why, and who looked.

Worked out from the spans that grants leave behind; no fact of the person is among them.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from django.db import connection

from coordination.access import Actor
from coordination.models import AccessSpan, Desk


@dataclass(frozen=True)
class Period:
    """A time in which a desk could see something for one reason; `until` None: it still can."""

    subject: str
    desk: Desk
    reason: str
    source: str
    reach: str
    """What could be seen: a code of `access_reach`."""

    since: dt.datetime
    until: dt.datetime | None

    @property
    def reference(self) -> str:
        return self.subject.partition(":")[2]

    @property
    def kind(self) -> str:
        return self.subject.partition(":")[0]


@dataclass(frozen=True)
class Looks:
    """How often a desk looked at something in the time asked about, and when last."""

    subject: str
    desk: Desk
    number: int
    last_at: dt.datetime

    @property
    def reference(self) -> str:
        return self.subject.partition(":")[2]


def periods_of(
    case_reference: str,
    actor: Actor,
    *,
    starts: dt.datetime,
    ends: dt.datetime,
    subject: str | None = None,
) -> list[Period]:
    """Return what overlaps the time from `starts` to before `ends`, oldest first."""
    rows = AccessSpan.objects.visible_to(actor).filter(
        case_reference=case_reference, **({"subject": subject} if subject else {})
    )
    ordered = rows.select_related("desk__agency", "desk__team").order_by(
        "subject", "desk_id", "reason", "source", "pk"
    )
    found = [
        period
        for _key, spans in groupby(
            ordered, lambda span: (span.subject, span.desk_id, span.reason, span.source)
        )
        for period in _periods(list(spans))
        if period.since < ends and (period.until is None or period.until > starts)
    ]
    return sorted(found, key=lambda period: period.since)


def _periods(spans: Sequence[AccessSpan]) -> Iterable[Period]:
    """
    Join the spans of one grant: each holds until its end or the next one, renewals go on.

    Where more or less could be seen from then on, another period begins.
    """
    current: Period | None = None
    following = [*(span.since for span in spans[1:]), None]
    for span, replaced_at in zip(spans, following, strict=True):
        ends = [each for each in (span.until, replaced_at) if each is not None]
        until = min(ends) if ends else None
        if until is not None and until <= span.since:
            continue  # this is how an end looks
        reach = _reach(span)
        joins = current and current.until is not None and current.until >= span.since
        if current and joins and current.reach == reach:
            current = replace(current, until=until)
            continue
        if current:
            yield current
        current = Period(
            span.subject, span.desk, span.reason, span.source, reach, span.since, until
        )
    if current:
        yield current


def _reach(span: AccessSpan) -> str:
    kind = span.subject.partition(":")[0]
    if kind != "case":
        return kind
    if span.opens_page:
        return "case_page"
    return "minimum" if span.is_minimum else "task_facts"


def looks_at(
    case_reference: str, subjects: Iterable[str], *, starts: dt.datetime, ends: dt.datetime
) -> list[Looks]:
    """Return who looked at these in that time, last first; the database says who may ask."""
    rows = []
    with connection.cursor() as cursor:
        for subject in sorted(set(subjects)):
            cursor.execute(
                "select %s, desk_id, looks, last_at from looks_at(%s, %s, %s, %s)",
                [subject, case_reference, subject, starts, ends],
            )
            rows += cursor.fetchall()
    desks = Desk.objects.select_related("agency", "team").in_bulk({row[1] for row in rows})
    found = [Looks(subject, desks[desk], number, last) for subject, desk, number, last in rows]
    return sorted(found, key=lambda each: each.last_at, reverse=True)
