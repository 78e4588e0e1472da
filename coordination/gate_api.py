"""The Office's patterns of the identifier gate through the API: listed, added, retired."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from coordination.gate.finding import Answer
from coordination.patterns import MANAGE, add_pattern, added, retire_pattern
from coordination.rest import (
    IDEMPOTENCY_KEY,
    StrictSerializer,
    create_once,
    read_input,
    require_view,
)


class PatternIn(StrictSerializer):
    """`finds` and `passes` are tried and not kept."""

    label_en = serializers.CharField(max_length=80)
    label_fr = serializers.CharField(max_length=80)
    regex = serializers.CharField(max_length=300, trim_whitespace=False)
    answer = serializers.ChoiceField(
        choices=[str(each) for each in Answer],
        error_messages={"invalid_choice": _("This is not a code of its vocabulary.")},
    )
    finds = serializers.CharField(max_length=280)
    passes = serializers.CharField(max_length=280)


class PatternOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    label_en = serializers.CharField()
    label_fr = serializers.CharField()
    regex = serializers.CharField()
    answer = serializers.CharField()
    added_at = serializers.DateTimeField()


class PatternsView(APIView):
    @extend_schema(responses=PatternOut(many=True), operation_id="patterns_list")
    def get(self, request: Request) -> Response:
        require_view(request, MANAGE)
        results = PatternOut(added(), many=True).data
        return Response({"next": None, "previous": None, "results": results})

    @extend_schema(
        request=PatternIn,
        responses={201: PatternOut},
        operation_id="patterns_create",
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> Response:
        actor = require_view(request, MANAGE)

        def create() -> str:
            given = read_input(PatternIn, request)
            return add_pattern(actor=actor, at=timezone.now(), **given).code

        def show(code: str) -> dict[str, Any]:
            return dict(PatternOut(get_object_or_404(added(), code=code)).data)

        return create_once(request, route="api:patterns", create=create, show=show)


class RetirePatternView(APIView):
    @extend_schema(request=None, responses={204: None}, operation_id="patterns_retire")
    def post(self, request: Request, code: str) -> Response:
        actor = require_view(request, MANAGE)
        pattern = get_object_or_404(added(), code=code)
        retire_pattern(actor=actor, pattern=pattern, at=timezone.now())
        return Response(status=204)
