"""Through the API: what happened to a case or a referral, and who led it."""

from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.record import record
from audit.verbs import OWN_BUSINESS, Verb
from cases.models import Case, Note
from coordination import history
from coordination.access import Actor
from coordination.http import visible_or_404
from coordination.rest import require_view, shown_reference
from referrals.api.referrals import visible
from referrals.passing import passings_of

_OBJECT = OpenApiTypes.OBJECT


class ReferralTimelineView(APIView):
    @extend_schema(responses=_OBJECT, operation_id="referrals_timeline")
    def get(self, request: Request, reference: str) -> Response:
        actor = require_view(request, "referrals.view_referral")
        referral = visible(actor, reference)
        record(Verb.REFERRAL_VIEWED, subject=referral.subject, at=timezone.now())
        sends = referral.from_desk_id in actor.desk_ids
        return Response(_events(referral.subject, actor, whole=sends))


class CaseTimelineView(APIView):
    """Of the case itself; the lead desk sees it, others an empty list."""

    @extend_schema(responses=_OBJECT, operation_id="cases_timeline")
    def get(self, request: Request, reference: str) -> Response:
        actor = require_view(request, "cases.view_case")
        case = visible_or_404(Case.objects.visible_to(actor), reference)
        record(Verb.CASE_VIEWED, subject=case.subject, at=timezone.now())
        return Response(_events(case.subject, actor, whole=True))


class CaseLeadsView(APIView):
    """Who led a case, newest first; the lead desk sees it, others an empty list."""

    @extend_schema(responses=_OBJECT, operation_id="cases_leads")
    def get(self, request: Request, reference: str) -> Response:
        actor = require_view(request, "cases.view_case")
        case = visible_or_404(Case.objects.visible_to(actor), reference)
        record(Verb.CASE_VIEWED, subject=case.subject, at=timezone.now())
        results = [
            {
                "at": each.at,
                "from_desk": each.from_desk.slug,
                "to_desk": each.to_desk.slug,
                "type": each.type or None,
                "handoff": shown_reference(each.reference) if each.reference else None,
            }
            for each in passings_of(case, actor)
        ]
        return Response({"next": None, "previous": None, "results": results})


TOLD = frozenset(
    {
        *("before", "after", "reason", "suggested", "questions", "answers", "outcomes", "method"),
        *("both", "minutes", "responsible", "reported", "review_at", "doors", "remaining"),
        *("agreed_by_phone_at", "services", "urgency", "audience"),
    }
)
"""Of an entry, what both sides may read; the rest says where the need came from or went."""


def _events(subject: str, actor: Actor, *, whole: bool) -> dict[str, Any]:
    """Return events newest first; who works on it is a desk's own business."""
    said = Note.objects.visible_to(actor).texts_about(subject)
    results = [
        {
            "verb": event.verb,
            "at": event.at,
            "by": event.by,
            "data": {
                name: value
                for name, value in event.data.items()
                if name != "note" and (whole or name in TOLD)
            },
            "said": said.get(event.data.get("note", 0)),
        }
        for event in history.events_of(subject, actor)
        if (event.verb not in OWN_BUSINESS or event.desk_id in actor.desk_ids)
        and (event.verb != Verb.NOTE_ADDED or event.data.get("note") in said)
        and (whole or event.verb != Verb.REFERRAL_REROUTED)
    ]
    return {"next": None, "previous": None, "results": results}
