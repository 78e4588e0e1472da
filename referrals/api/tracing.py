"""Through the API: which desks can see something, why, until when; and who could before."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.record import record
from audit.verbs import Verb
from cases.models import Case, CaseGrant
from coordination.access import Actor, grants_on
from coordination.http import visible_or_404
from coordination.models import AccessSpan, Grant
from coordination.references import BadReference, parse
from coordination.rest import CodeField, StrictSerializer, read_input, require_view, shown_reference
from referrals import tracing
from referrals.actions.tracing import trace_access
from referrals.api.referrals import visible
from referrals.models import Handoff, HandoffGrant, ReferralGrant
from referrals.states import Side
from referrals.tracing_forms import first_moment

_OBJECT = OpenApiTypes.OBJECT
_BETWEEN = [
    OpenApiParameter("from", OpenApiTypes.DATE, description="with `to`: who could see it then"),
    OpenApiParameter("to", OpenApiTypes.DATE, description="this day included"),
]


_TRACED = [OpenApiParameter("case", str, description="the case's code"), *_BETWEEN]
_ASKED = ("case", "from", "to")


class BetweenIn(StrictSerializer):
    """From a day to a day, both included; the names are words of Python."""

    def get_fields(self) -> dict[str, Any]:
        days = {"from": serializers.DateField(), "to": serializers.DateField()}
        return {**super().get_fields(), **days}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        begins, ends = attrs.pop("from"), attrs.pop("to") + dt.timedelta(days=1)
        return {**attrs, "starts": first_moment(begins), "ends": first_moment(ends)}


class AskedIn(BetweenIn):
    case = serializers.CharField(max_length=20)


class TraceIn(AskedIn):
    purpose = CodeField("trace_purpose")


class CaseAccessView(APIView):
    @extend_schema(responses=_OBJECT, operation_id="cases_access", parameters=_BETWEEN)
    def get(self, request: Request, reference: str) -> Response:
        actor = require_view(request, "cases.view_case")
        case = visible_or_404(Case.objects.visible_to(actor), reference)
        record(Verb.CASE_VIEWED, subject=case.subject, at=timezone.now())
        if span := _asked(request):
            leads = case.lead_desk_id in actor.desk_ids
            return Response(
                _told(case.reference, actor, span, seen=None if leads else actor.desk_ids)
            )
        return Response(_grants(CaseGrant, case.pk))


class ReferralAccessView(APIView):
    @extend_schema(responses=_OBJECT, operation_id="referrals_access", parameters=_BETWEEN)
    def get(self, request: Request, reference: str) -> Response:
        actor = require_view(request, "referrals.view_referral")
        referral = visible(actor, reference)
        record(Verb.REFERRAL_VIEWED, subject=referral.subject, at=timezone.now())
        # A desk that was sent it may learn of its sender and of itself, not of who else was asked.
        seen = None if referral.from_desk_id in actor.desk_ids else actor.desk_ids
        if span := _asked(request):
            return Response(_told_of(referral.subject, actor, span, seen=seen))
        return Response(_grants(ReferralGrant, referral.pk, seen=seen))


class HandoffAccessView(APIView):
    @extend_schema(responses=_OBJECT, operation_id="handoffs_access", parameters=_BETWEEN)
    def get(self, request: Request, reference: str) -> Response:
        actor = require_view(request, "referrals.view_handoff")
        handoff = visible_or_404(Handoff.objects.visible_to(actor), reference)
        record(Verb.HANDOFF_VIEWED, subject=handoff.subject, at=timezone.now())
        seen = None if handoff.from_desk_id in actor.desk_ids else actor.desk_ids
        if span := _asked(request):
            return Response(_told_of(handoff.subject, actor, span, seen=seen))
        return Response(_grants(HandoffGrant, handoff.pk, seen=seen))


class TraceView(APIView):
    """
    For an auditor: who could see a case; no fact of it is shown.

    First the purpose is recorded, with POST; then GET answers for ten minutes.
    """

    @extend_schema(request=TraceIn, responses=_OBJECT, operation_id="trace_say_why")
    def post(self, request: Request) -> Response:
        actor = require_view(request, "coordination.trace_access")
        given = read_input(TraceIn, request)
        code = _code(given["case"])
        span = {"starts": given["starts"], "ends": given["ends"]}
        trace_access(
            actor=actor, case_reference=code, purpose=given["purpose"], at=timezone.now(), **span
        )
        asked = {name: request.data[name] for name in ("case", "from", "to")}
        answer = f"{reverse('api:trace')}?{urlencode(asked)}"
        return Response({"answer": answer}, status=201, headers={"Location": answer})

    @extend_schema(responses=_OBJECT, operation_id="trace", parameters=_TRACED)
    def get(self, request: Request) -> Response:
        actor = require_view(request, "coordination.trace_access")
        shape = AskedIn(data={name: request.GET[name] for name in _ASKED if name in request.GET})
        shape.is_valid(raise_exception=True)
        given = shape.validated_data
        code = _code(given["case"])
        if not AccessSpan.objects.visible_to(actor).filter(case_reference=code).exists():
            raise Http404
        return Response(_told(code, actor, {"starts": given["starts"], "ends": given["ends"]}))


def _code(given: str) -> str:
    try:
        return parse(given)
    except BadReference:
        raise Http404 from None


def _asked(request: Request) -> dict[str, dt.datetime] | None:
    """Return the time that the address asks about, if it does."""
    given = {name: request.GET[name] for name in ("from", "to") if name in request.GET}
    if not given:
        return None
    shape = BetweenIn(data=given)
    shape.is_valid(raise_exception=True)
    return dict(shape.validated_data)


def _told_of(
    subject: str, actor: Actor, span: Mapping[str, dt.datetime], *, seen: list[int] | None
) -> dict[str, Any]:
    """Return the periods of one referral or hand-off; its spans say whose history it belongs to."""
    spans = AccessSpan.objects.visible_to(actor).filter(subject=subject).order_by("pk")
    first = spans.first()
    code = first.case_reference if first else ""
    return _told(code, actor, span, subject=subject, seen=seen)


def _told(
    code: str,
    actor: Actor,
    span: Mapping[str, dt.datetime],
    *,
    subject: str | None = None,
    seen: list[int] | None = None,
) -> dict[str, Any]:
    """Return periods and looks; `seen` are the desks that may be named beside the sender."""
    periods = [
        each
        for each in tracing.periods_of(code, actor, subject=subject, **span)
        if seen is None or each.desk.pk in seen
    ]
    subjects = {each.subject for each in periods}
    looks = tracing.looks_at(code, subjects, **span) if seen is None else []
    return {
        "next": None,
        "previous": None,
        "results": [
            {
                "of": each.kind,
                "reference": shown_reference(each.reference),
                "desk": each.desk.slug,
                "kind": each.desk.agency.kind,
                "reason": each.reason,
                "reach": each.reach,
                "from": each.since,
                "until": each.until,
            }
            for each in periods
        ],
        "looks": [
            {
                "reference": shown_reference(each.reference),
                "desk": each.desk.slug,
                "number": each.number,
                "last_at": each.last_at,
            }
            for each in looks
        ],
    }


def _grants(grants: type[Grant], key: int, seen: list[int] | None = None) -> dict[str, Any]:
    """Return the grants in force; `seen` are the desks that may be named beside the sender."""
    results = [
        {
            "desk": grant.group.desk.slug,
            "reason": grant.reason,
            "until": grant.until,
        }
        for grant in grants_on(grants, key)
        if seen is None or grant.group_id in seen or grant.reason == Side.SENDER
    ]
    return {"next": None, "previous": None, "results": results}
