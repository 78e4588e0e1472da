"""What two agencies agreed on through the API: everybody reads it, the Office writes it."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from coordination.agreements import SET, end_agreement, in_force, parties, set_agreement
from coordination.models import Agency, Agreement
from coordination.rest import (
    IDEMPOTENCY_KEY,
    CodeField,
    StrictSerializer,
    create_once,
    read_input,
    require_view,
)


class AgreementIn(StrictSerializer):
    """Two agencies by their slugs, in any order."""

    first = serializers.SlugField()
    second = serializers.SlugField()
    urgency = CodeField("urgency")
    target = CodeField("answer_target")


class AgreementOut(serializers.Serializer[Any]):
    first = serializers.CharField(source="first.slug")
    second = serializers.CharField(source="second.slug")
    urgency = serializers.CharField()
    target = serializers.CharField()
    agreed_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class AgreementsView(APIView):
    """Those that hold now. One for an urgency that has one already takes its place."""

    @extend_schema(responses=AgreementOut(many=True), operation_id="agreements_list")
    def get(self, request: Request) -> Response:
        require_view(request, "coordination.view_network")
        results = AgreementOut(in_force(), many=True).data
        return Response({"next": None, "previous": None, "results": results})

    @extend_schema(
        request=AgreementIn,
        responses={201: AgreementOut},
        operation_id="agreements_create",
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> Response:
        actor = require_view(request, SET)

        def create() -> str:
            given = read_input(AgreementIn, request)
            agreement = set_agreement(
                actor=actor,
                agencies=(_agency(given, "first"), _agency(given, "second")),
                urgency=given["urgency"],
                target=given["target"],
                at=timezone.now(),
            )
            return str(agreement.pk)

        def show(key: str) -> dict[str, Any]:
            return dict(AgreementOut(get_object_or_404(Agreement, pk=int(key))).data)

        return create_once(request, route="api:agreements", create=create, show=show)


class EndAgreementView(APIView):
    @extend_schema(request=None, responses={204: None}, operation_id="agreements_end")
    def post(self, request: Request, first: str, second: str, urgency: str) -> Response:
        actor = require_view(request, SET)
        agreement = get_object_or_404(
            Agreement,
            first__slug=first,
            second__slug=second,
            urgency=urgency,
            ended_at=None,
        )
        end_agreement(actor=actor, agreement=agreement, at=timezone.now())
        return Response(status=204)


def _agency(given: dict[str, Any], name: str) -> Agency:
    found = parties().filter(slug=given[name]).first()
    if found is None:
        raise serializers.ValidationError({name: [_("No agency with a desk has this slug.")]})
    return found
