"""Meetings of working groups through the API: their agencies read, the Office writes."""

from collections.abc import Callable
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from coordination import meetings
from coordination.access import Actor
from coordination.groups import RUN
from coordination.groups_api import IF_MATCH, LONGEST, KeepIn, ReferencedOut, agencies_named
from coordination.http import visible_or_404
from coordination.models import Meeting, WorkingGroup
from coordination.models.group import READ
from coordination.registers_api import line_of, page_of
from coordination.rest import (
    IDEMPOTENCY_KEY,
    CodeField,
    StrictSerializer,
    create_once,
    read_input,
    require_view,
    shown_reference,
    version_of,
)


class MeetingIn(KeepIn):
    starts_at = serializers.DateTimeField()
    place = CodeField("meeting_place")
    agenda = serializers.CharField(max_length=LONGEST, required=False, allow_blank=True)


class WriteUpIn(KeepIn):
    attending = serializers.ListField(child=serializers.SlugField())
    decisions = serializers.CharField(max_length=LONGEST, allow_blank=True)


class MoveMeetingIn(StrictSerializer):
    starts_at = serializers.DateTimeField()
    place = CodeField("meeting_place")


class CancelIn(StrictSerializer):
    reason = CodeField("meeting_cancel_reason")


class MeetingOut(ReferencedOut):
    group = serializers.SerializerMethodField()
    starts_at = serializers.DateTimeField()
    place = serializers.CharField()
    agenda = serializers.CharField()
    decisions = serializers.CharField()
    attending = serializers.SerializerMethodField()
    written_at = serializers.DateTimeField(allow_null=True)
    cancelled_at = serializers.DateTimeField(allow_null=True)
    cancel_reason = serializers.CharField()

    def get_group(self, meeting: Meeting) -> str:
        return shown_reference(meeting.group.reference)

    def get_attending(self, meeting: Meeting) -> list[str]:
        return sorted(agency.slug for agency in meeting.attending.all())


class MeetingsView(APIView):
    @extend_schema(responses=MeetingOut(many=True), operation_id="meetings_list")
    def get(self, request: Request, reference: str) -> Response:
        actor = require_view(request, READ)
        group = visible_or_404(WorkingGroup.objects.visible_to(actor), reference)
        return page_of(self, request, _meetings(actor).filter(group=group), MeetingOut)

    @extend_schema(
        request=MeetingIn,
        responses={201: MeetingOut},
        operation_id="meetings_plan",
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> Response:
        actor = require_view(request, RUN)
        group = visible_or_404(WorkingGroup.objects.visible_to(actor), reference)

        def create() -> str:
            given = read_input(MeetingIn, request)
            made = meetings.plan_meeting(actor=actor, group=group, at=timezone.now(), **given)
            return made.reference

        def show(made: str) -> dict[str, Any]:
            return dict(MeetingOut(visible_or_404(_meetings(actor), made)).data)

        route = f"api:meetings:{group.reference}"
        return create_once(request, route=route, create=create, show=show)


class MoveMeetingView(APIView):
    """When the group meets instead, and how."""

    @extend_schema(
        request=MoveMeetingIn,
        responses=MeetingOut,
        operation_id="meetings_move",
        parameters=[IF_MATCH],
    )
    def post(self, request: Request, reference: str) -> Response:
        return _changed(request, reference, MoveMeetingIn, meetings.move_meeting)


class CancelMeetingView(APIView):
    """That the group does not meet, and why."""

    @extend_schema(
        request=CancelIn,
        responses=MeetingOut,
        operation_id="meetings_cancel",
        parameters=[IF_MATCH],
    )
    def post(self, request: Request, reference: str) -> Response:
        return _changed(request, reference, CancelIn, meetings.cancel_meeting)


class WriteUpView(APIView):
    """Which agencies came, and what was decided; again, to correct it."""

    @extend_schema(
        request=WriteUpIn,
        responses=MeetingOut,
        operation_id="meetings_write_up",
        parameters=[IF_MATCH],
    )
    def post(self, request: Request, reference: str) -> Response:
        def write_up(*, attending: list[str], **given: Any) -> None:
            came = agencies_named(attending, field="attending")
            meetings.write_up_meeting(attending=came, **given)

        return _changed(request, reference, WriteUpIn, write_up)


def _changed(
    request: Request,
    reference: str,
    form: type[serializers.Serializer[Any]],
    change: Callable[..., object],
) -> Response:
    """Change a meeting by one action as the form says, and answer how it is now."""
    actor = require_view(request, RUN)
    meeting = visible_or_404(_meetings(actor), reference)
    version = version_of(request)
    given = read_input(form, request)
    change(actor=actor, meeting=meeting, version=version, at=timezone.now(), **given)
    return line_of(_meetings(actor).get(pk=meeting.pk), MeetingOut)


def _meetings(actor: Actor) -> Any:
    rows = Meeting.objects.visible_to(actor).select_related("group")
    return rows.prefetch_related("attending")
