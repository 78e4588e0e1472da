"""How lines of the registers go when their time is over, with what entries say of them."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import BooleanField, F, Func, Q, QuerySet, TextField, Value
from django.db.models.functions import Concat

from audit import disposal
from coordination.disposing import Disposer
from coordination.models import AccessRequest, Breach, LegalProcess
from coordination.retention import Rule


def _owed(kind: str) -> Func:
    """Ask whether a follower still owes an effect of an entry about a line."""
    return Func(
        Concat(Value(f"{kind}:"), "reference", output_field=TextField()),
        template="audit_is_owed(array[%(expressions)s])",
        output_field=BooleanField(),
    )


def _over(model: Any, before: dt.datetime, since: str) -> "QuerySet[Any]":
    """Return the lines that were over before the day of a moment, oldest first."""
    rows: QuerySet[Any] = model.objects.filter(**{f"{since}__lt": before.date()})
    return rows.exclude(Q(_owed(model.kind_of_line))).order_by("pk")


def _requests_due(before: dt.datetime) -> "QuerySet[Any]":
    """Return those that no hold keeps with their case."""
    held = Func(F("case_reference"), function="case_is_held", output_field=BooleanField())
    return _over(AccessRequest, before, "answered_on").exclude(Q(held))


def _processes_due(before: dt.datetime) -> "QuerySet[Any]":
    """Return those whose own hold, if they set one, is over."""
    held = Q(hold__isnull=False, hold__lifted_at=None)
    held &= Q(hold__until=None) | Q(hold__until__gte=before)
    return _over(LegalProcess, before, "answered_on").exclude(held)


def _dispose(lines: Sequence[Any], rule: Rule, at: dt.datetime) -> None:
    disposal.certify(
        record_class=rule.code,
        period=rule.period,
        count=len(lines),
        references=[line.reference for line in lines],
        entries=disposal.entries_about([line.subject for line in lines]),
        at=at,
    )
    type(lines[0]).objects.filter(pk__in=[line.pk for line in lines]).delete()


REQUESTS = Disposer(_requests_due, _dispose)
PROCESSES = Disposer(_processes_due, _dispose)
BREACHES = Disposer(lambda before: _over(Breach, before, "closed_on"), _dispose)
