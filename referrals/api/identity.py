"""Indigenous identity through the API, for Indigenous-led desks alone: to others there is none."""

from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.record import record
from audit.verbs import Verb
from cases.actions import identity
from cases.models import Case, IndigenousIdentity
from cases.models.identity import may_hold
from coordination.access import Actor
from coordination.http import visible_or_404
from coordination.rest import (
    IDEMPOTENCY_KEY,
    CodeField,
    StrictSerializer,
    create_once,
    read_input,
    require_view,
    shown_reference,
)
from referrals.serializers import NothingIn

_KEEP = "cases.record_identity"


class IdentityIn(StrictSerializer):
    identities = serializers.MultipleChoiceField(
        choices=identity.OFFERED, allow_empty=False, help_text="of `indigenous_identity`"
    )
    consent_form = CodeField("identity_consent")
    consent_given_on = serializers.DateField(
        required=False, help_text="today, where it is not said"
    )


class IdentityOut(serializers.Serializer[Any]):
    """What is kept; `identities` is empty where nothing is."""

    case = serializers.CharField()
    identities = serializers.ListField(child=serializers.CharField())
    consent_form = serializers.CharField(allow_null=True)
    consent_given_on = serializers.DateField(allow_null=True)
    recorded_by = serializers.CharField(allow_null=True)


class IdentityView(APIView):
    @extend_schema(responses=IdentityOut, operation_id="identity_retrieve")
    def get(self, request: Request, reference: str) -> Response:
        actor = require_view(request, _KEEP)
        case = _load(actor, reference)
        record(Verb.IDENTITY_VIEWED, subject=identity.subject_of(case), at=timezone.now())
        return Response(_shown(actor, case))

    @extend_schema(
        request=IdentityIn,
        responses={201: IdentityOut},
        operation_id="identity_record",
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> Response:
        actor = require_view(request, _KEEP)
        case = _load(actor, reference)

        def create() -> str:
            given = {"consent_given_on": timezone.localdate(), **read_input(IdentityIn, request)}
            given["identities"] = [each for each in identity.OFFERED if each in given["identities"]]
            identity.record_identity(case=case, actor=actor, at=timezone.now(), **given)
            return case.reference

        # A digest of the body would outlive a withdrawal, and three codes are soon tried.
        payload = {"case": case.reference}
        return create_once(
            request,
            route=f"api:identity:{case.reference}",
            create=create,
            show=lambda _made: _shown(actor, case),
            payload=payload,
        )


class WithdrawIdentityView(APIView):
    """Delete it because the person withdraws their consent; it has no version, nothing is left."""

    @extend_schema(request=NothingIn, responses=IdentityOut, operation_id="identity_withdraw")
    def post(self, request: Request, reference: str) -> Response:
        actor = require_view(request, _KEEP)
        case = _load(actor, reference)
        read_input(NothingIn, request)
        identity.withdraw_identity(case=case, actor=actor, at=timezone.now())
        return Response(_shown(actor, case))


def _load(actor: Actor, reference: str) -> Case:
    """:raises Http404: for every desk that may not hold it, as if there were no such address."""
    case = visible_or_404(Case.objects.visible_to(actor), reference)
    if actor.desk is None or not may_hold(case, actor.desk):
        raise Http404
    return case


def _shown(actor: Actor, case: Case) -> dict[str, Any]:
    rows = IndigenousIdentity.objects.visible_to(actor).select_related("desk")
    kept = rows.filter(case=case).first()
    return {
        "case": shown_reference(case.reference),
        "identities": kept.identities if kept else [],
        "consent_form": kept.consent_form if kept else None,
        "consent_given_on": kept.consent_given_on if kept else None,
        "recorded_by": kept.desk.slug if kept else None,
    }
