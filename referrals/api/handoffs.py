"""Hand-offs through the API."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.record import record
from audit.verbs import Verb
from cases.models import Case
from coordination.access import Actor
from coordination.errors import Invalid
from coordination.http import note_refusal, visible_or_404
from coordination.rest import (
    IDEMPOTENCY_KEY,
    CodeField,
    MomentField,
    create_once,
    read_input,
    require_view,
    shown_reference,
    version_of,
)
from referrals.actions import handing_off
from referrals.api.referrals import addressee
from referrals.basis_input import BasisIn, basis_given
from referrals.guard_rails import Said
from referrals.handoff_checks import Checked, Proposal
from referrals.handoff_moves import offered_to, verbs_of
from referrals.handoff_states import HANDOFF_TRANSITIONS
from referrals.handoffs import moving, readable_cases
from referrals.models import Handoff
from referrals.serializers import NothingIn, WithdrawIn, WordsIn, one_target

_MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, required=True)


class HandoffIn(WordsIn):
    child_report = CodeField("child_report", required=False)
    case = serializers.CharField(max_length=20)
    to_desk = serializers.SlugField(required=False, max_length=80)
    to_team = serializers.SlugField(required=False, max_length=80)
    to_agency = serializers.SlugField(required=False, max_length=80)
    to_province = CodeField("province", required=False)
    type = CodeField("handoff_type")
    reason = CodeField("handoff_reason")
    basis = BasisIn()
    consent_confirmed = serializers.BooleanField()
    safety_plan_reviewed = serializers.BooleanField()
    despite_areas = serializers.BooleanField(default=False)
    agreed_by_phone_at = MomentField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return one_target(super().validate(attrs))


class HandoffOut(serializers.Serializer[Any]):
    reference = serializers.CharField()
    version = serializers.IntegerField()
    case = serializers.CharField(allow_null=True)
    status = serializers.CharField()
    type = serializers.CharField()
    reason = serializers.CharField()
    from_desk = serializers.CharField()
    to = serializers.CharField()
    accepting_desk = serializers.CharField(allow_null=True)
    due_at = serializers.DateTimeField()
    actions = serializers.ListField(child=serializers.CharField())


class MovesOut(serializers.Serializer[Any]):
    """An open referral of the case that moves too; which one, only its own desks know."""

    status = serializers.CharField(help_text="sent: waits for an answer; or accepted")
    urgency = serializers.CharField()
    due_at = serializers.DateTimeField(
        allow_null=True, help_text="the hour in which an answer is due; null: none is"
    )


class HandoffWholeOut(HandoffOut):
    needs = serializers.ListField(
        child=serializers.CharField(), allow_null=True, help_text="null: you may not read the case"
    )
    moves = MovesOut(many=True, help_text="while it waits, to whom it is offered")


class DeclineHandoffIn(WordsIn):
    reason = CodeField("decline_reason")


class HandoffsView(APIView):
    @extend_schema(responses=HandoffOut(many=True), operation_id="handoffs_list")
    def get(self, request: Request) -> Response:
        actor = require_view(request, "referrals.view_handoff")
        paginator = self.settings.DEFAULT_PAGINATION_CLASS()
        rows = Handoff.objects.visible_to(actor).with_desks()
        page: list[Handoff] = paginator.paginate_queryset(rows, request, view=self)
        record(
            Verb.HANDOFFS_LISTED,
            subject="box:handoffs",
            at=timezone.now(),
            data={"shown": [each.reference for each in page]},
        )
        response: Response = paginator.get_paginated_response(_listed(page, actor))
        return response

    @extend_schema(
        request=HandoffIn,
        responses={201: HandoffWholeOut},
        operation_id="handoffs_propose",
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> Response:
        actor = require_view(request, "referrals.propose_handoff")

        def create() -> str:
            given = read_input(HandoffIn, request)
            try:
                case = visible_or_404(Case.objects.visible_to(actor), given["case"])
            except Http404:
                note_refusal(request._request, given["case"], 404)
                raise Invalid(
                    _("There is no case with this code that you can open."), field="case"
                ) from None
            return handing_off.propose_handoff(
                actor=actor,
                case=case,
                to=addressee(given),
                proposal=_proposal(given),
                words=given["words"],
                said=Said(given.get("child_report", "")),
                at=timezone.now(),
            ).reference

        def show(reference: str) -> dict[str, Any]:
            return _whole(_visible(actor, reference), actor)

        return create_once(request, route="api:handoffs", create=create, show=show)


class HandoffView(APIView):
    @extend_schema(responses=HandoffWholeOut, operation_id="handoffs_retrieve")
    def get(self, request: Request, reference: str) -> Response:
        actor = require_view(request, "referrals.view_handoff")
        handoff = _visible(actor, reference)
        record(Verb.HANDOFF_VIEWED, subject=handoff.subject, at=timezone.now())
        return _answer(handoff, actor)


_ACTIONS: Mapping[str, tuple[Callable[..., Handoff], type[serializers.Serializer[Any]]]] = {
    "accept": (handing_off.accept_handoff, NothingIn),
    "decline": (handing_off.decline_handoff, DeclineHandoffIn),
    "withdraw": (handing_off.withdraw_handoff, WithdrawIn),
}


def view_of(verb: str) -> Any:
    """Return the view of a verb of `handoff_states.HANDOFF_TRANSITIONS`."""
    action, shape = _ACTIONS[verb]

    class VerbView(APIView):
        @extend_schema(
            request=shape,
            responses={200: HandoffWholeOut, 204: None},
            operation_id=f"handoffs_{verb}",
            parameters=[_MATCH],
        )
        def post(self, request: Request, reference: str) -> Response:
            actor = require_view(request, HANDOFF_TRANSITIONS[verb].permission)
            handoff = _visible(actor, reference)
            version = version_of(request)
            given = read_input(shape, request)
            action(handoff=handoff, actor=actor, version=version, at=timezone.now(), **given)
            if not Handoff.objects.visible_to(actor).filter(pk=handoff.pk).exists():
                return Response(status=204)  # a desk of a team that declined: it is the others'
            return _answer(_visible(actor, reference), actor)

    return VerbView.as_view()


def _proposal(given: dict[str, Any]) -> Proposal:
    return Proposal(
        type=given["type"],
        reason=given["reason"],
        basis=basis_given(given["basis"]),
        checked=Checked(
            consent_confirmed=given["consent_confirmed"],
            safety_plan_reviewed=given["safety_plan_reviewed"],
            despite_areas=given["despite_areas"],
        ),
        agreed_by_phone_at=given.get("agreed_by_phone_at"),
    )


def _visible(actor: Actor, reference: str) -> Handoff:
    return visible_or_404(Handoff.objects.visible_to(actor).with_desks(), reference)


def _answer(handoff: Handoff, actor: Actor) -> Response:
    return Response(_whole(handoff, actor), headers={"ETag": f'"{handoff.version}"'})


def _listed(handoffs: Sequence[Handoff], actor: Actor) -> list[dict[str, Any]]:
    """Return hand-offs as one reader may see them, in the same number of queries however many."""
    cases = readable_cases(handoffs, actor)
    offered = offered_to(handoffs, actor)
    return [_shown(each, actor, cases.get(each.case_id), offered) for each in handoffs]


def _whole(handoff: Handoff, actor: Actor) -> dict[str, Any]:
    """Return one hand-off with what comes along, as its page says it."""
    case = readable_cases([handoff], actor).get(handoff.case_id)
    line = _shown(handoff, actor, case, offered_to([handoff], actor))
    moves = MovesOut(moving(handoff), many=True).data
    return {**line, "needs": case.needs if case else None, "moves": moves}


def _shown(handoff: Handoff, actor: Actor, case: Case | None, offered: set[int]) -> dict[str, Any]:
    to = handoff.to_desk or handoff.to_team or handoff.to_agency
    return {
        "reference": shown_reference(handoff.reference),
        "version": handoff.version,
        "case": shown_reference(case.reference) if case else None,
        "status": handoff.status,
        "type": handoff.type,
        "reason": handoff.reason,
        "from_desk": handoff.from_desk.slug,
        "to": to.slug if to else handoff.to_province,
        "accepting_desk": handoff.accepting_desk.slug if handoff.accepting_desk else None,
        "due_at": handoff.due_at,
        "actions": verbs_of(handoff, actor, at=timezone.now(), offered=offered),
    }
