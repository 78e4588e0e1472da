"""How long things are kept, and legal holds, through the API."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from coordination import holds, retention
from coordination.errors import Invalid
from coordination.http import visible_or_404
from coordination.models import Agency, Desk, LegalHold
from coordination.rest import (
    IDEMPOTENCY_KEY,
    CodeField,
    MomentField,
    StrictSerializer,
    create_once,
    read_input,
    require_view,
    shown_reference,
)


class RuleOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    length = serializers.IntegerField()
    unit = serializers.CharField()
    label_en = serializers.CharField(source="entry.en")
    label_fr = serializers.CharField(source="entry.fr")


class RetentionView(APIView):
    @extend_schema(responses=RuleOut(many=True), operation_id="retention_list")
    def get(self, request: Request) -> Response:
        require_view(request, "coordination.view_network")
        results = RuleOut(retention.rules(at=timezone.now()), many=True).data
        return Response({"next": None, "previous": None, "results": results})


class HoldIn(StrictSerializer):
    """Exactly one of `case`, `desk` and `agency`."""

    case = serializers.CharField(required=False, max_length=20)
    desk = serializers.SlugField(required=False)
    agency = serializers.SlugField(required=False)
    reason = CodeField("hold_reason")
    until = MomentField(required=False)
    words = serializers.CharField(required=False, allow_blank=True, max_length=2_000)
    keep = serializers.DictField(child=CodeField("keep_reason"), required=False)


class HoldOut(serializers.Serializer[Any]):
    reference = serializers.SerializerMethodField()
    case = serializers.SerializerMethodField()
    desk = serializers.CharField(source="desk.slug", default=None, allow_null=True)
    agency = serializers.CharField(source="agency.slug", default=None, allow_null=True)
    reason = serializers.CharField()
    words = serializers.CharField()
    set_at = serializers.DateTimeField()
    until = serializers.DateTimeField(allow_null=True)
    lifted_at = serializers.DateTimeField(allow_null=True)
    lift_reason = serializers.CharField()

    def get_reference(self, hold: LegalHold) -> str:
        return shown_reference(hold.reference)

    def get_case(self, hold: LegalHold) -> str | None:
        return shown_reference(hold.case_reference) if hold.case_reference else None


class LiftIn(StrictSerializer):
    reason = CodeField("hold_lift_reason")


class HoldsView(APIView):
    @extend_schema(responses=HoldOut(many=True), operation_id="holds_list")
    def get(self, request: Request) -> Response:
        actor = require_view(request, holds.SET_HOLD)
        paginator = self.settings.DEFAULT_PAGINATION_CLASS()
        page = paginator.paginate_queryset(holds.holds_of(actor), request, view=self)
        response: Response = paginator.get_paginated_response(HoldOut(page, many=True).data)
        return response

    @extend_schema(
        request=HoldIn,
        responses={201: HoldOut},
        operation_id="holds_create",
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> Response:
        actor = require_view(request, holds.SET_HOLD)

        def create() -> str:
            given = read_input(HoldIn, request)
            of = _named(given)
            return holds.set_hold(actor=actor, of=of, at=timezone.now(), **given).reference

        def show(reference: str) -> dict[str, Any]:
            return dict(HoldOut(visible_or_404(holds.holds_of(actor), reference)).data)

        return create_once(request, route="api:holds", create=create, show=show)


class LiftHoldView(APIView):
    @extend_schema(request=LiftIn, responses=HoldOut, operation_id="holds_lift")
    def post(self, request: Request, reference: str) -> Response:
        actor = require_view(request, holds.SET_HOLD)
        hold = visible_or_404(holds.holds_of(actor), reference)
        given = read_input(LiftIn, request)
        lifted = holds.lift_hold(actor=actor, hold=hold, at=timezone.now(), **given)
        return Response(HoldOut(lifted).data)


def _named(given: dict[str, Any]) -> str | Desk | Agency:
    """
    Take out of the input what the hold names.

    :raises Invalid: unless it is exactly one thing that there is.
    """
    case, desk, agency = (given.pop(name, None) for name in ("case", "desk", "agency"))
    if sum(map(bool, (case, desk, agency))) != 1:
        raise Invalid(_("Name one thing: a case, a desk or an agency."), field="case")
    named: str | Desk | Agency = str(case)
    if desk:
        named = _found(Desk.objects.all(), desk, "desk")
    elif agency:
        named = _found(Agency.objects.all(), agency, "agency")
    return named


def _found(rows: Any, slug: str, field: str) -> Any:
    found = rows.filter(slug=slug).first()
    if found is None:
        raise Invalid(_("Choose from the list."), field=field)
    return found
