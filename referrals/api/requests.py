"""What persons ask through the API: written down on a case, answered by its lead or the officer."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cases.actions.requesting import answer_request, open_request, requests_of
from cases.models import Case
from coordination.access import Actor
from coordination.http import visible_or_404
from coordination.models import AccessRequest
from coordination.registers import KEEP
from coordination.registers_api import MATCH, LineIn, LineOut, line_of, page_of
from coordination.rest import (
    IDEMPOTENCY_KEY,
    CodeField,
    StrictSerializer,
    actor_of,
    create_once,
    read_input,
    require_view,
    shown_reference,
    version_of,
)

_ANSWER = "cases.answer_request"


class RequestIn(LineIn):
    kind = CodeField("request_kind")


class RequestOut(LineOut):
    case = serializers.SerializerMethodField()
    kind = serializers.CharField()
    due_on = serializers.DateField()
    outcome = serializers.CharField()
    answered_on = serializers.DateField(allow_null=True)

    def get_case(self, asked: AccessRequest) -> str:
        return shown_reference(asked.case_reference)


class OutcomeIn(StrictSerializer):
    outcome = CodeField("request_outcome")


class RequestsView(APIView):
    """Those about cases that one's desks lead; for the privacy officer, all."""

    @extend_schema(responses=RequestOut(many=True), operation_id="requests_list")
    def get(self, request: Request) -> Response:
        return page_of(self, request, requests_of(_answering(request)), RequestOut)


class CaseRequestsView(APIView):
    @extend_schema(
        request=RequestIn,
        responses={201: RequestOut},
        operation_id="requests_open",
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> Response:
        actor = require_view(request, "cases.open_request")
        case = visible_or_404(Case.objects.visible_to(actor), reference)

        def create() -> str:
            given = read_input(RequestIn, request)
            return open_request(actor=actor, case=case, at=timezone.now(), **given).reference

        def show(made: str) -> dict[str, Any]:
            return dict(RequestOut(visible_or_404(requests_of(actor), made)).data)

        route = f"api:requests:{case.reference}"
        return create_once(request, route=route, create=create, show=show)


class AnswerRequestView(APIView):
    @extend_schema(
        request=OutcomeIn,
        responses=RequestOut,
        operation_id="requests_answer",
        parameters=[MATCH],
    )
    def post(self, request: Request, reference: str) -> Response:
        actor = _answering(request)
        asked = visible_or_404(requests_of(actor), reference)
        version = version_of(request)
        given = read_input(OutcomeIn, request)
        answered = answer_request(
            actor=actor, request=asked, at=timezone.now(), version=version, **given
        )
        return line_of(answered, RequestOut)


def _answering(request: Request) -> Actor:
    """:raises NotAllowed: unless the role answers what persons ask."""
    actor = actor_of(request)
    if not actor.may(KEEP):
        return require_view(request, _ANSWER)
    return actor
