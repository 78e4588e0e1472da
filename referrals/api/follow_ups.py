"""What the Office did about what is late, through the API; and asking a desk to look."""

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from coordination import references
from coordination.models import Desk
from coordination.rest import (
    IDEMPOTENCY_KEY,
    CodeField,
    MomentField,
    StrictSerializer,
    create_once,
    read_input,
    require_view,
)
from referrals import overdue
from referrals.actions.following_up import FOLLOW_UP, follow_up
from referrals.actions.reminding import REMIND, remind_desk
from referrals.models import DeskReminder, FollowUp


class OverdueFollowUpIn(StrictSerializer):
    """`seen` is how many of its `follow_ups` the reader knows: 412 if there are more by now."""

    how = CodeField("follow_up")
    promised_by = MomentField(required=False)
    seen = serializers.IntegerField(min_value=0)


class FollowUpOut(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    how = serializers.CharField()
    at = serializers.DateTimeField()
    promised_by = serializers.DateTimeField(allow_null=True)


class FollowUpsView(APIView):
    @extend_schema(responses=FollowUpOut(many=True), operation_id="follow_ups_list")
    def get(self, request: Request, kind: str, reference: str) -> Response:
        """What was done about one line of the list, the last first."""
        actor = require_view(request, overdue.VIEW)
        rows = FollowUp.objects.visible_to(actor).filter(subject=_subject(kind, reference))
        results = FollowUpOut(rows, many=True).data
        return Response({"next": None, "previous": None, "results": results})

    @extend_schema(
        request=OverdueFollowUpIn,
        responses={201: FollowUpOut},
        operation_id="follow_ups_create",
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, kind: str, reference: str) -> Response:
        actor = require_view(request, FOLLOW_UP)
        subject = _subject(kind, reference)

        def create() -> str:
            given = read_input(OverdueFollowUpIn, request)
            if not overdue.overdue(actor, of=subject):
                raise Http404
            made = follow_up(actor=actor, subject=subject, at=timezone.now(), **given)
            return str(made.number)

        def show(number: str) -> dict[str, Any]:
            rows = FollowUp.objects.visible_to(actor).filter(subject=subject)
            return dict(FollowUpOut(get_object_or_404(rows, number=int(number))).data)

        return create_once(request, route=f"api:follow_ups:{subject}", create=create, show=show)


class ReminderIn(StrictSerializer):
    about = CodeField("reminder")


class ReminderOut(serializers.Serializer[Any]):
    """`waiting` is how much was past its time at the desk when it was asked."""

    desk = serializers.CharField(source="desk.slug")
    about = serializers.CharField()
    waiting = serializers.IntegerField()
    at = serializers.DateTimeField()


class RemindView(APIView):
    @extend_schema(
        request=ReminderIn,
        responses={201: ReminderOut},
        operation_id="desks_remind",
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, slug: str) -> Response:
        """Have the duty leads of a desk and who is on duty told to look: once an hour."""
        actor = require_view(request, REMIND)
        desk = get_object_or_404(Desk, slug=slug)

        def create() -> str:
            given = read_input(ReminderIn, request)
            return str(remind_desk(actor=actor, desk=desk, at=timezone.now(), **given).pk)

        def show(key: str) -> dict[str, Any]:
            rows = DeskReminder.objects.visible_to(actor).select_related("desk")
            return dict(ReminderOut(get_object_or_404(rows, pk=int(key))).data)

        return create_once(request, route=f"api:remind:{desk.pk}", create=create, show=show)


def _subject(kind: str, reference: str) -> str:
    """:raises Http404: if it is no reference."""
    try:
        return f"{kind}:{references.parse(reference)}"
    except references.BadReference:
        raise Http404 from None
