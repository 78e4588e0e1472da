"""People through the API: for an agency's own systems, which know first who comes and goes."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from coordination import access, people
from coordination.errors import Invalid
from coordination.http import link_to, visible_or_404
from coordination.invitations import invite_person, revoke_invitation
from coordination.models import Desk, Invitation, User
from coordination.rest import (
    IDEMPOTENCY_KEY,
    CodeField,
    StrictSerializer,
    create_once,
    read_input,
    require_view,
    shown_reference,
)
from coordination.roles import Role

_REFERENCE = OpenApiParameter("reference", str, OpenApiParameter.PATH)


class SeatOut(serializers.Serializer[Any]):
    desk = serializers.CharField(source="desk.slug")
    role = serializers.CharField()
    since = serializers.DateTimeField()
    until = serializers.DateTimeField(allow_null=True)


class PersonOut(serializers.Serializer[Any]):
    username = serializers.CharField()
    name = serializers.CharField(source="get_full_name")
    email = serializers.CharField()
    agency = serializers.CharField(source="agency.slug")
    is_active = serializers.BooleanField()
    last_sign_in = serializers.DateTimeField(source="last_login", allow_null=True)
    seats = SeatOut(many=True)


class InvitationOut(serializers.Serializer[Any]):
    reference = serializers.SerializerMethodField()
    desk = serializers.CharField(source="desk.slug")
    role = serializers.CharField()
    email = serializers.CharField()
    expires_at = serializers.DateTimeField()
    is_open = serializers.SerializerMethodField()
    link = serializers.SerializerMethodField(help_text="In the first answer alone.")

    def get_reference(self, invitation: Invitation) -> str:
        return shown_reference(invitation.reference)

    def get_is_open(self, invitation: Invitation) -> bool:
        return invitation.is_open(at=timezone.now())

    def get_link(self, _invitation: Invitation) -> str | None:
        link: str | None = self.context.get("link")
        return link


class SeatIn(StrictSerializer):
    desk = serializers.SlugField()
    role = CodeField("role")


class EndSeatIn(StrictSerializer):
    desk = serializers.SlugField()
    successor = serializers.CharField(required=False, allow_null=True, max_length=80)


class DeactivateIn(StrictSerializer):
    successors = serializers.DictField(
        child=serializers.CharField(max_length=80), required=False, default=dict
    )


class InvitationIn(SeatIn):
    email = serializers.EmailField()
    language = serializers.ChoiceField(choices=["en", "fr"])


class PeopleView(APIView):
    @extend_schema(responses=PersonOut(many=True), operation_id="people_list")
    def get(self, request: Request) -> Response:
        actor = require_view(request, people.MANAGE)
        rows = people.people_of(actor).prefetch_related(people.seats()).order_by("pk")
        paginator = self.settings.DEFAULT_PAGINATION_CLASS()
        page = paginator.paginate_queryset(rows, request, view=self)
        response: Response = paginator.get_paginated_response(PersonOut(page, many=True).data)
        return response


class PersonView(APIView):
    @extend_schema(responses=PersonOut, operation_id="people_retrieve")
    def get(self, request: Request, username: str) -> Response:
        actor = require_view(request, people.MANAGE)
        return Response(PersonOut(_person(actor, username)).data)


class SeatView(APIView):
    """Give a desk, or another role at one."""

    @extend_schema(request=SeatIn, responses=PersonOut, operation_id="people_seat")
    def post(self, request: Request, username: str) -> Response:
        actor = require_view(request, people.MANAGE)
        person = _person(actor, username)
        given = read_input(SeatIn, request)
        people.seat_person(
            actor=actor,
            person=person,
            desk=_desk(given["desk"]),
            role=Role(given["role"]),
            at=timezone.now(),
        )
        return Response(PersonOut(people.fresh(person)).data)


class EndSeatView(APIView):
    @extend_schema(request=EndSeatIn, responses=PersonOut, operation_id="people_end_seat")
    def post(self, request: Request, username: str) -> Response:
        actor = require_view(request, people.MANAGE)
        person = _person(actor, username)
        given = read_input(EndSeatIn, request)
        people.end_seat(
            actor=actor,
            person=person,
            desk=_desk(given["desk"]),
            successor=_successor(given.get("successor"), field="successor"),
            at=timezone.now(),
        )
        return Response(PersonOut(people.fresh(person)).data)


class DeactivateView(APIView):
    """End every seat and the account; `successors` says by desk who takes over."""

    @extend_schema(request=DeactivateIn, responses=PersonOut, operation_id="people_deactivate")
    def post(self, request: Request, username: str) -> Response:
        actor = require_view(request, people.MANAGE)
        person = _person(actor, username)
        given = read_input(DeactivateIn, request)
        people.deactivate_person(
            actor=actor,
            person=person,
            successors={
                desk: _successor(name, field="successors")
                for desk, name in given["successors"].items()
            },
            at=timezone.now(),
        )
        return Response(PersonOut(people.fresh(person)).data)


class InvitationsView(APIView):
    @extend_schema(responses=InvitationOut(many=True), operation_id="invitations_list")
    def get(self, request: Request) -> Response:
        actor = require_view(request, people.MANAGE)
        rows = _invitations(actor).order_by("pk")
        paginator = self.settings.DEFAULT_PAGINATION_CLASS()
        page = paginator.paginate_queryset(rows, request, view=self)
        response: Response = paginator.get_paginated_response(InvitationOut(page, many=True).data)
        return response

    @extend_schema(
        request=InvitationIn,
        responses={201: InvitationOut},
        parameters=[IDEMPOTENCY_KEY],
        operation_id="invitations_create",
    )
    def post(self, request: Request) -> Response:
        """Invite. The link is in this answer alone; the same key sent again answers without it."""
        actor = require_view(request, people.MANAGE)
        given = read_input(InvitationIn, request)
        shown: dict[str, str] = {}

        def create() -> str:
            invitation, shown["link"] = invite_person(
                actor=actor,
                desk=_desk(given["desk"]),
                role=Role(given["role"]),
                email=given["email"],
                language=given["language"],
                link=lambda secret: link_to(request, secret, given["language"]),
                at=timezone.now(),
            )
            return invitation.reference

        def show(reference: str) -> dict[str, Any]:
            made = visible_or_404(_invitations(actor), reference)
            return dict(InvitationOut(made, context=shown).data)

        return create_once(request, route="invitations", create=create, show=show)


class RevokeView(APIView):
    @extend_schema(
        request=None,
        responses=InvitationOut,
        parameters=[_REFERENCE],
        operation_id="invitations_revoke",
    )
    def post(self, request: Request, reference: str) -> Response:
        actor = require_view(request, people.MANAGE)
        invitation = visible_or_404(_invitations(actor), reference)
        revoke_invitation(actor=actor, invitation=invitation, at=timezone.now())
        return Response(InvitationOut(visible_or_404(_invitations(actor), reference)).data)


def _person(actor: access.Actor, username: str) -> User:
    """:raises Http404: if it is nobody whom the actor administers."""
    rows = people.people_of(actor).prefetch_related(people.seats())
    return get_object_or_404(rows, username=username)


def _invitations(actor: access.Actor) -> Any:
    rows = Invitation.objects.visible_to(people.agencies_of(actor))
    return rows.select_related("desk__agency", "desk__team")


def _desk(slug: str) -> Desk:
    found = Desk.objects.filter(slug=slug).select_related("agency", "team").first()
    if found is None:
        raise Invalid(_("There is no such desk."), field="desk")
    return found


def _successor(username: str | None, *, field: str) -> User | None:
    if not username:
        return None
    found = people.find(username)
    if found is None:
        raise Invalid(_("Choose somebody who works at this desk."), field=field)
    return found
