"""Referrals through the API: boxes, one record, and a view a verb."""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.core import signing
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
from coordination.http import visible_or_404
from coordination.idempotency import Answer
from coordination.models import Desk, Team
from coordination.rest import create_once, read_input, require_view, version_of
from referrals import positions, worklist
from referrals.actions import answering, sending
from referrals.actions.drafting import BasisGiven, draft_referral
from referrals.models import Referral
from referrals.serializers import (
    AnswerIn,
    AskIn,
    DeclineIn,
    NothingIn,
    PageOut,
    ReferralIn,
    ReferralOut,
    WithdrawIn,
    referral_out,
)
from referrals.states import Box, Side

Post = TypeVar("Post", bound=Callable[..., Response])

_KEY = OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, required=True)
_MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, required=True)


class ReferralsView(APIView):
    """The boxes of the caller's desks, and writing a referral."""

    @extend_schema(
        responses=PageOut,
        operation_id="referrals_list",
        parameters=[OpenApiParameter("box", str), OpenApiParameter("cursor", str)],
    )
    def get(self, request: Request) -> Response:
        actor = require_view(request, "referrals.view_referral")
        box = request.query_params.get("box", Box.INBOX)
        if box not in set(Box):
            raise serializers.ValidationError({"box": [_("Choose one of: ") + ", ".join(Box)]})
        try:
            after = positions.read(request.query_params.get("cursor", ""))
        except signing.BadSignature:
            raise serializers.ValidationError(
                {"cursor": [_("Start from the first page.")]}
            ) from None
        now = timezone.now()
        page = worklist.page_of(actor, Box(box), after=after)
        results = [
            referral_out(each, actor, at=now, side=_side_in(box, each, actor))
            for each in page.referrals
        ]
        record(
            Verb.REFERRALS_LISTED,
            subject=f"box:{box}",
            at=now,
            data={"shown": [each.reference for each in page.referrals]},
        )
        following = None
        if page.next:
            query = urlencode({"box": box, "cursor": positions.write(page.next)})
            following = request.build_absolute_uri(f"{request.path}?{query}")
        return Response({"next": following, "previous": None, "results": results})

    @extend_schema(
        request=ReferralIn,
        responses={201: ReferralOut},
        operation_id="referrals_create",
        parameters=[_KEY],
    )
    def post(self, request: Request) -> Response:
        actor = require_view(request, "referrals.draft_referral")

        def create() -> Answer:
            given = read_input(ReferralIn, request)
            return Answer(201, _written(given, actor))

        return create_once(request, route="api:referrals", create=create)


class ReferralView(APIView):
    @extend_schema(responses=ReferralOut, operation_id="referrals_retrieve")
    def get(self, request: Request, reference: str) -> Response:
        actor = require_view(request, "referrals.view_referral")
        referral = _visible(actor, reference)
        now = timezone.now()
        record(Verb.REFERRAL_VIEWED, subject=referral.subject, at=now)
        return _answer(referral, actor)


class VerbView(APIView):
    """One verb of the table: the action that it calls, with the input that it needs."""

    def carry_out(
        self,
        request: Request,
        reference: str,
        action: Callable[..., Referral],
        shape: type[serializers.Serializer[Any]] = NothingIn,
    ) -> Response:
        actor = require_view(request, f"referrals.{action.__name__}")
        referral = _visible(actor, reference)
        version = version_of(request)
        given = self.arguments(read_input(shape, request))
        action(referral=referral, actor=actor, version=version, at=timezone.now(), **given)
        return _answer(_visible(actor, reference), actor)

    def arguments(self, given: dict[str, Any]) -> dict[str, Any]:
        return given


def _described(
    verb: str, shape: type[serializers.Serializer[Any]] = NothingIn
) -> Callable[[Post], Post]:
    describe: Callable[[Post], Post] = extend_schema(
        request=shape,
        responses=ReferralOut,
        operation_id=f"referrals_{verb}",
        parameters=[_MATCH],
    )
    return describe


class SendView(VerbView):
    @_described("send")
    def post(self, request: Request, reference: str) -> Response:
        return self.carry_out(request, reference, sending.send_referral)


class AskView(VerbView):
    @_described("ask", AskIn)
    def post(self, request: Request, reference: str) -> Response:
        return self.carry_out(request, reference, answering.ask_referral, AskIn)


class AnswerView(VerbView):
    @_described("answer", AnswerIn)
    def post(self, request: Request, reference: str) -> Response:
        return self.carry_out(request, reference, sending.answer_referral, AnswerIn)


class AcceptView(VerbView):
    @_described("accept")
    def post(self, request: Request, reference: str) -> Response:
        return self.carry_out(request, reference, answering.accept_referral)


class UndoAcceptView(VerbView):
    @_described("undo_accept")
    def post(self, request: Request, reference: str) -> Response:
        return self.carry_out(request, reference, answering.undo_accept_referral)


class WithdrawView(VerbView):
    @_described("withdraw", WithdrawIn)
    def post(self, request: Request, reference: str) -> Response:
        return self.carry_out(request, reference, sending.withdraw_referral, WithdrawIn)


class DeclineView(VerbView):
    @_described("decline", DeclineIn)
    def post(self, request: Request, reference: str) -> Response:
        return self.carry_out(request, reference, answering.decline_referral, DeclineIn)

    def arguments(self, given: dict[str, Any]) -> dict[str, Any]:
        slug = given.pop("suggested_desk", None)
        desk = Desk.objects.filter(slug=slug).first() if slug else None
        if slug and desk is None:
            raise Invalid(_("There is no such desk."), field="suggested_desk")
        return {**given, "suggested_desk": desk}


def _written(given: dict[str, Any], actor: Actor) -> dict[str, Any]:
    now = timezone.now()
    try:
        case = visible_or_404(Case.objects.visible_to(actor), given["case"])
    except Http404:
        raise Invalid(
            _("There is no case with this code that you can open."), field="case"
        ) from None
    basis = given["basis"]
    referral = draft_referral(
        actor=actor,
        case=case,
        to=_addressee(given),
        services=given["services"],
        urgency=given["urgency"],
        basis=BasisGiven(
            basis["code"], basis["audience"], basis["until"], basis.get("provision", "")
        ),
        at=now,
    )
    if given["send"]:
        sending.send_referral(referral=referral, actor=actor, at=now)
    return referral_out(_visible(actor, referral.reference), actor, at=now)


def _addressee(given: dict[str, Any]) -> Desk | Team:
    found: Desk | Team | None
    if "to_desk" in given:
        found = Desk.objects.filter(slug=given["to_desk"]).first()
    else:
        found = Team.objects.filter(slug=given["to_team"]).first()
    if found is None:
        name = "to_desk" if "to_desk" in given else "to_team"
        raise Invalid(_("There is nobody of this name to send to."), field=name)
    return found


def _visible(actor: Actor, reference: str) -> Referral:
    referral = visible_or_404(Referral.objects.visible_to(actor).with_desks(), reference)
    worklist.attach_cases([referral], actor)
    return referral


def _answer(referral: Referral, actor: Actor) -> Response:
    body = referral_out(referral, actor, at=timezone.now())
    return Response(body, headers={"ETag": f'"{referral.version}"'})


def _side_in(box: str, referral: Referral, actor: Actor) -> Side | None:
    if actor.acts_for(referral.from_desk_id):
        return Side.SENDER
    answering_here = box in {Box.INBOX, Box.WAITING, Box.ACTIVE}
    mine = referral.to_desk_id is None or actor.acts_for(referral.to_desk_id)
    return Side.RECEIVER if answering_here and mine else None
