"""A view of the API for each verb of the table: the action that it calls, the input it needs."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from coordination.access import addressable_desks, people_at
from coordination.errors import Invalid
from coordination.rest import read_input, require_view, version_of
from referrals import serializers as shapes
from referrals.actions import answering, assigning, contacting, following, sending, serving
from referrals.api.referrals import addressee, answer_with, visible
from referrals.basis_input import basis_given
from referrals.models import Referral
from referrals.outputs import ReferralOut
from referrals.serializers import AssignIn, NothingIn
from referrals.states import TRANSITIONS

Shape = type[serializers.Serializer[Any]]

_MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, required=True)


def _suggestion(given: dict[str, Any]) -> dict[str, Any]:
    slug = given.pop("suggested_desk", None)
    desk = addressable_desks().filter(slug=slug).first() if slug else None
    if slug and desk is None:
        raise Invalid(_("There is no such desk."), field="suggested_desk")
    return {**given, "suggested_desk": desk}


def _next_door(given: dict[str, Any]) -> dict[str, Any]:
    basis = basis_given(given["basis"]) if "basis" in given else None
    return {
        "to": addressee(given),
        "basis": basis,
        "words": given["words"],
        "said": given["said"],
    }


def _as_given(given: dict[str, Any]) -> dict[str, Any]:
    return given


_ACTIONS: Mapping[
    str, tuple[Callable[..., Referral], Shape, Callable[[dict[str, Any]], dict[str, Any]]]
] = {
    "send": (sending.send_referral, shapes.SaidIn, _as_given),
    "ask": (answering.ask_referral, shapes.AskIn, _as_given),
    "answer": (sending.answer_referral, shapes.AnswerIn, _as_given),
    "accept": (answering.accept_referral, NothingIn, _as_given),
    "undo_accept": (answering.undo_accept_referral, NothingIn, _as_given),
    "decline": (answering.decline_referral, shapes.DeclineIn, _suggestion),
    "withdraw": (sending.withdraw_referral, shapes.WithdrawIn, _as_given),
    "confirm_contact": (contacting.confirm_contact_referral, shapes.ConfirmContactIn, _as_given),
    "start": (serving.start_referral, NothingIn, _as_given),
    "waitlist": (serving.waitlist_referral, shapes.WaitlistIn, _as_given),
    "complete": (serving.complete_referral, shapes.CompleteIn, _as_given),
    "request_withdrawal": (following.request_withdrawal_referral, shapes.WithdrawIn, _as_given),
    "confirm_withdrawal": (serving.confirm_withdrawal_referral, NothingIn, _as_given),
    "give_back": (serving.give_back_referral, shapes.GiveBackIn, _as_given),
    "take_back": (following.take_back_referral, NothingIn, _as_given),
    "reopen": (serving.reopen_referral, shapes.ReopenIn, _as_given),
    "reroute": (following.reroute_referral, shapes.RerouteIn, _next_door),
    "resolve": (following.resolve_referral, shapes.ResolveIn, _as_given),
}


def view_of(verb: str) -> Any:
    """Return the view of a verb of `states.TRANSITIONS`; a re-route answers with the new one."""
    action, shape, arguments = _ACTIONS[verb]

    class VerbView(APIView):
        @extend_schema(
            request=shape,
            responses={200: ReferralOut, **({204: None} if verb == "decline" else {})},
            operation_id=f"referrals_{verb}",
            parameters=[_MATCH],
        )
        def post(self, request: Request, reference: str) -> Response:
            actor = require_view(request, TRANSITIONS[verb].permission)
            referral = visible(actor, reference)
            version = version_of(request)
            given = arguments(read_input(shape, request))
            changed = action(
                referral=referral, actor=actor, version=version, at=timezone.now(), **given
            )
            seen = Referral.objects.visible_to(actor).filter(pk=changed.pk).exists()
            if not seen:  # one desk of a team declined: the others' answer is not its business
                return Response(status=204)
            return answer_with(visible(actor, changed.reference), actor)

    return VerbView.as_view()


class AssignView(APIView):
    """Give a referral to somebody of the acting desk, by user name, or to nobody with null."""

    @extend_schema(request=AssignIn, responses=ReferralOut, operation_id="referrals_assign")
    def post(self, request: Request, reference: str) -> Response:
        actor = require_view(request, "referrals.assign_referral")
        referral = visible(actor, reference)
        username = read_input(AssignIn, request)["to"]
        people = {p.username: p for p in people_at(actor.desk)} if actor.desk else {}
        if username is not None and username not in people:
            raise Invalid(_("Choose somebody who works at your desk."), field="to")
        to = people[username] if username else None
        assigning.assign_referral(referral=referral, actor=actor, to=to, at=timezone.now())
        return answer_with(visible(actor, reference), actor)
