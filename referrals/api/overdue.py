"""The Office's list of what is past its time, through the API."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.record import record
from audit.verbs import Verb
from coordination import vocabularies
from coordination.rest import require_view
from referrals import narrowing
from referrals import overdue as late
from referrals.api.narrowed import WHERE, narrowed_by


class FollowedOut(serializers.Serializer[Any]):
    """What the Office did about it last, if nothing became of it since."""

    how = serializers.CharField()
    at = serializers.DateTimeField()
    promised_by = serializers.DateTimeField(allow_null=True)


class LateOut(serializers.Serializer[Any]):
    """`desks` have to act; of a `referral` or a `handoff`, without its person or its need."""

    kind = serializers.CharField()
    reference = serializers.CharField(source="code")
    desks = serializers.SerializerMethodField()
    team = serializers.CharField(source="team.slug", allow_null=True, default=None)
    urgency = serializers.CharField(allow_blank=True, help_text="of a referral")
    due_at = serializers.DateTimeField()
    last_event = serializers.CharField(source="last_verb", allow_null=True)
    last_at = serializers.DateTimeField(allow_null=True)
    follow_ups = serializers.IntegerField(source="times")
    followed_up = FollowedOut(allow_null=True, source="followed")

    def get_desks(self, row: late.Late) -> list[str]:
        return [desk.slug for desk in row.desks]


class OverdueView(APIView):
    """What is overdue, whoever must be phoned first, narrowed as the page is."""

    @extend_schema(
        responses=LateOut(many=True),
        operation_id="overdue_list",
        parameters=[
            *WHERE,
            OpenApiParameter("urgency", str, enum=vocabularies.codes("urgency")),
            OpenApiParameter("followed_up", str, enum=[narrowing.NOT_YET]),
        ],
    )
    def get(self, request: Request) -> Response:
        actor = require_view(request, late.VIEW)
        now = timezone.now()
        narrowed = narrowed_by(request, narrowing.Narrowed)
        rows = late.by_need(narrowed.of(late.overdue(actor)), at=now)
        shown = [each.reference for each in rows]
        record(Verb.REFERRALS_LISTED, subject="box:overdue", at=now, data={"shown": shown})
        results = LateOut(rows, many=True).data
        return Response({"next": None, "previous": None, "results": results})
