"""Through the API: what happened to a case or a referral, and which desks can see it, and why."""

from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.record import record
from audit.verbs import Verb
from cases.models import Case, CaseGrant, Note
from coordination import history
from coordination.access import Actor, grants_on
from coordination.http import visible_or_404
from coordination.models import Grant
from coordination.rest import require_view
from referrals.api.referrals import visible
from referrals.models import ReferralGrant

_OBJECT = OpenApiTypes.OBJECT


class ReferralTimelineView(APIView):
    @extend_schema(responses=_OBJECT, operation_id="referrals_timeline")
    def get(self, request: Request, reference: str) -> Response:
        actor = require_view(request, "referrals.view_referral")
        referral = visible(actor, reference)
        record(Verb.REFERRAL_VIEWED, subject=referral.subject, at=timezone.now())
        return Response(_events(referral.subject, actor))


class ReferralAccessView(APIView):
    @extend_schema(responses=_OBJECT, operation_id="referrals_access")
    def get(self, request: Request, reference: str) -> Response:
        actor = require_view(request, "referrals.view_referral")
        referral = visible(actor, reference)
        record(Verb.REFERRAL_VIEWED, subject=referral.subject, at=timezone.now())
        return Response(_grants(ReferralGrant, referral.pk))


class CaseTimelineView(APIView):
    """Of the case itself; the lead desk sees it, others an empty list."""

    @extend_schema(responses=_OBJECT, operation_id="cases_timeline")
    def get(self, request: Request, reference: str) -> Response:
        actor = require_view(request, "cases.view_case")
        case = visible_or_404(Case.objects.visible_to(actor), reference)
        record(Verb.CASE_VIEWED, subject=case.subject, at=timezone.now())
        return Response(_events(case.subject, actor))


class CaseAccessView(APIView):
    @extend_schema(responses=_OBJECT, operation_id="cases_access")
    def get(self, request: Request, reference: str) -> Response:
        actor = require_view(request, "cases.view_case")
        case = visible_or_404(Case.objects.visible_to(actor), reference)
        record(Verb.CASE_VIEWED, subject=case.subject, at=timezone.now())
        return Response(_grants(CaseGrant, case.pk))


def _events(subject: str, actor: Actor) -> dict[str, Any]:
    """Return events newest first; who works on it is a desk's own business."""
    said = Note.objects.visible_to(actor).texts_about(subject)
    results = [
        {
            "verb": event.verb,
            "at": event.at.isoformat(),
            "by": event.by,
            "data": {name: value for name, value in event.data.items() if name != "note"},
            "said": said.get(event.data.get("note", 0)),
        }
        for event in history.events_of(subject, actor)
        if (event.verb != Verb.REFERRAL_ASSIGNED or event.desk_id in actor.desk_ids)
        and (event.verb != Verb.NOTE_ADDED or event.data.get("note") in said)
    ]
    return {"next": None, "previous": None, "results": results}


def _grants(grants: type[Grant], key: int) -> dict[str, Any]:
    """Return the grants in force that row-level security shows: one's own, or as sender all."""
    results = [
        {
            "desk": grant.group.desk.slug,
            "reason": grant.reason,
            "until": grant.until.isoformat() if grant.until else None,
        }
        for grant in grants_on(grants, key)
    ]
    return {"next": None, "previous": None, "results": results}
