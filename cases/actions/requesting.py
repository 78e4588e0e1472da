"""The person asks to see or to correct what is recorded, through the desk that leads their case."""

import datetime as dt

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.record import record
from audit.verbs import Verb
from cases.models import Case
from coordination import access, vocabularies
from coordination.errors import NotAllowed, WrongStatus
from coordination.models import AccessRequest
from coordination.registers import KEEP, Said, insert_line, require_version

ANSWERED_WITHIN = dt.timedelta(days=30)


@transaction.atomic
def open_request(
    *,
    actor: access.Actor,
    case: Case,
    kind: str,
    received_on: dt.date,
    at: dt.datetime,
    said: Said | None = None,
) -> AccessRequest:
    """
    Write down what the person asks. It is due within 30 days, and the case is kept until then.

    :raises NotAllowed: if the role cannot, or the acting desk does not lead the case.
    :raises Identifying, Invalid: if the words identify, or the day is still to come.
    """
    desk = access.require(actor, "cases.open_request")
    if case.lead_desk_id != desk.pk:
        raise NotAllowed(_("Only the desk that leads this case does this."))
    vocabularies.entry("request_kind", kind)
    request = AccessRequest(
        case_reference=case.reference, kind=kind, due_on=received_on + ANSWERED_WITHIN
    )
    insert_line(request, actor=actor, received_on=received_on, said=said, at=at)
    record(
        Verb.REQUEST_OPENED,
        subject=request.subject,
        at=at,
        data={"case": case.reference, "kind": kind, "due": request.due_on.isoformat()},
    )
    return request


@transaction.atomic
def answer_request(
    *,
    actor: access.Actor,
    request: AccessRequest,
    outcome: str,
    at: dt.datetime,
    version: int | None = None,
) -> AccessRequest:
    """
    Write down how it was answered: by the desk that leads the case, or the privacy officer.

    :raises NotAllowed: if the role at the acting desk cannot.
    :raises WrongStatus: if it was answered before.
    :raises Stale: if `version` is another one.
    """
    access.require(actor, KEEP if actor.may(KEEP) else "cases.answer_request")
    vocabularies.entry("request_outcome", outcome)
    answered = (
        requests_of(actor)
        .filter(pk=request.pk, outcome="")
        .update(
            outcome=outcome,
            answered_on=timezone.localdate(at),
            answered_by=actor.user,
            version=F("version") + 1,
        )
    )
    if not answered:
        raise WrongStatus(_("This was answered before."))
    require_version(request, version)
    request.refresh_from_db()
    record(
        Verb.REQUEST_ANSWERED,
        subject=request.subject,
        at=at,
        data={"case": request.case_reference, "kind": request.kind, "outcome": outcome},
    )
    return request


def requests_of(actor: access.Actor) -> QuerySet[AccessRequest]:
    """Return the requests about cases that one's desks lead; for the privacy officer, all."""
    rows = AccessRequest.objects.order_by("-pk")
    if actor.may(KEEP):
        return rows
    led = Case.objects.visible_to(actor).filter(lead_desk_id__in=actor.desk_ids)
    return rows.filter(case_reference__in=led.values("reference"))
