"""Saying whether the concern about a child was reported to a children's aid society."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases.actions.leading import begin
from cases.models import Case, ChildReport
from coordination import access, vocabularies
from coordination.errors import Invalid

SOCIETIES = ("cas", "cas_indigenous")
"""Kinds of agency that take a concern in, where the others report it."""


@transaction.atomic
def report_case(
    *,
    case: Case,
    actor: access.Actor,
    child_report: str,
    at: dt.datetime,
    version: int | None = None,
) -> Case:
    """
    Record what the lead desk says of its report; what it said before stays in the record.

    :raises NotAllowed, WrongStatus, Stale: see `leading.begin`.
    :raises Invalid: if the answer is not this kind of agency's to give.
    """
    step = begin("report", case=case, actor=actor, at=at, version=version)
    if actor.desk is None or child_report not in answers_for(actor.desk.agency.kind):
        raise Invalid(_("Choose an answer from the list."), field="child_report")
    before = ChildReport.objects.filter(case=step.case).values_list("answer", flat=True).first()
    ChildReport.objects.update_or_create(
        case=step.case,
        defaults={"answer": child_report, "desk": actor.desk, "person": actor.user, "said_at": at},
    )
    return step.make(data={"before": before or "", "after": child_report})


def answers_for(kind: str) -> list[str]:
    """Return the answers that an agency of this kind can give."""
    return [
        each.code
        for each in vocabularies.entries("child_report")
        if kind in each.extra.get("kinds", [kind])
    ]


def is_settled(answer: str) -> bool:
    """Tell whether this answer leaves the worker's list."""
    return bool(answer) and bool(vocabularies.entry("child_report", answer).extra["settled"])
