"""Consents of a case through the API; GET of `withdraw` says what it would do."""

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.record import record
from audit.verbs import Verb
from cases.actions.consents import ConsentGiven, record_consent
from cases.models import Case, Consent
from coordination.access import Actor
from coordination.http import visible_or_404
from coordination.rest import (
    IDEMPOTENCY_KEY,
    CodeField,
    CodesField,
    MomentField,
    StrictSerializer,
    create_once,
    read_input,
    require_view,
    version_of,
)
from referrals import consents
from referrals.actions.consenting import withdraw_consent
from referrals.consents import effect_out
from referrals.effects import effect_of
from referrals.serializers import NothingIn

_MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, required=True)


class ConsentIn(StrictSerializer):
    kind = CodeField("consent_basis")
    audience = CodesField("organisation_kind", allow_empty=False)
    services = CodesField(
        "service_need", required=False, help_text="none: all that the person needs"
    )
    until = MomentField()
    given_on = serializers.DateField(required=False, help_text="today, where it is not said")
    form = CodeField("consent_form")


class ConsentOut(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    version = serializers.IntegerField()
    kind = serializers.CharField()
    services = serializers.ListField(child=serializers.CharField())
    audience = serializers.ListField(child=serializers.CharField())
    given_on = serializers.DateField()
    until = serializers.DateTimeField()
    form = serializers.CharField()
    recorded_by = serializers.CharField(source="desk.slug")
    recorded_at = serializers.DateTimeField()
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    moved_at = serializers.DateTimeField(
        allow_null=True, help_text="recorded anew on the case that is the same person"
    )
    in_force = serializers.SerializerMethodField()

    def get_in_force(self, consent: Consent) -> bool | None:
        """Return nothing to a desk that led the case: what came of it since is the lead's."""
        return None if consent.is_of_before else consent.stands(at=timezone.now())


class StillOut(serializers.Serializer[Any]):
    """A desk that loses something, and what it sees the person through all the same."""

    desk = serializers.CharField()
    through = serializers.ListField(child=serializers.CharField())


class EffectOut(serializers.Serializer[Any]):
    """Referrals and hand-offs by reference, desks by slug."""

    returned = serializers.ListField(child=serializers.CharField())
    kept = serializers.ListField(child=serializers.CharField())
    closed = serializers.ListField(child=serializers.CharField())
    drafts = serializers.ListField(child=serializers.CharField())
    handoffs = serializers.ListField(child=serializers.CharField())
    desks_losing_access = serializers.ListField(child=serializers.CharField())
    desks_still_seeing = StillOut(many=True)
    desks_keeping_the_minimum = serializers.ListField(child=serializers.CharField())


class ConsentsView(APIView):
    """Of a case; the desk that leads it sees them, others an empty list."""

    @extend_schema(responses=ConsentOut(many=True), operation_id="consents_list")
    def get(self, request: Request, reference: str) -> Response:
        actor = require_view(request, "cases.view_case")
        case = _case(actor, reference)
        record(Verb.CASE_VIEWED, subject=case.subject, at=timezone.now())
        found = consents.read(case, actor)
        return Response(
            {"next": None, "previous": None, "results": ConsentOut(found, many=True).data}
        )

    @extend_schema(
        request=ConsentIn,
        responses={201: ConsentOut},
        operation_id="consents_record",
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> Response:
        actor = require_view(request, "cases.record_consent")
        case = _case(actor, reference)

        def create() -> str:
            given = read_input(ConsentIn, request)
            made = record_consent(
                actor=actor,
                case=case,
                given=ConsentGiven(
                    kind=given["kind"],
                    audience=given["audience"],
                    services=given.get("services", []),
                    until=given["until"],
                    given_on=given.get("given_on", timezone.localdate()),
                    form=given["form"],
                ),
                at=timezone.now(),
            )
            return str(made.number)

        def show(number: str) -> dict[str, Any]:
            return dict(
                ConsentOut(get_object_or_404(_visible(actor), case=case, number=number)).data
            )

        route = f"api:consents:{case.reference}"
        return create_once(request, route=route, create=create, show=show)


class WithdrawConsentView(APIView):
    @extend_schema(responses=EffectOut, operation_id="consents_withdraw_effect")
    def get(self, request: Request, reference: str, number: int) -> Response:
        actor = require_view(request, "cases.withdraw_consent")
        case = _case(actor, reference)
        consent = get_object_or_404(_visible(actor), case=case, number=number)
        if case.lead_desk_id not in actor.desk_ids:
            raise Http404
        record(Verb.CASE_VIEWED, subject=case.subject, at=timezone.now())
        effect = effect_of(consent, at=timezone.now())
        return Response(effect_out(effect), headers={"ETag": f'"{consent.version}"'})

    @extend_schema(
        request=NothingIn,
        responses=EffectOut,
        operation_id="consents_withdraw",
        parameters=[_MATCH],
    )
    def post(self, request: Request, reference: str, number: int) -> Response:
        actor = require_view(request, "cases.withdraw_consent")
        consent = get_object_or_404(_visible(actor), case=_case(actor, reference), number=number)
        version = version_of(request)
        read_input(NothingIn, request)
        now = timezone.now()
        done = withdraw_consent(consent=consent, actor=actor, version=version, at=now)
        return Response(effect_out(done), headers={"ETag": f'"{consent.version + 1}"'})


def _case(actor: Actor, reference: str) -> Case:
    return visible_or_404(Case.objects.visible_to(actor), reference)


def _visible(actor: Actor) -> Any:
    return Consent.objects.visible_to(actor).select_related("desk", "case")
