"""What the Office has to look at now, and the story of one gap, through the API."""

from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from coordination import coverage, gaps, operations, vocabularies
from coordination.models import Desk
from coordination.models.group import READ
from coordination.releasing.computing import EXPORTED
from coordination.releasing.shown import Cell
from coordination.rest import actor_of, require_view, shown_reference
from coordination.start import Shown


class WaitingOut(serializers.Serializer[Any]):
    """A list of the Office, by the name of its page, and how much waits there."""

    name = serializers.SerializerMethodField()
    waiting = serializers.IntegerField()

    def get_name(self, shown: Shown) -> str:
        return shown.door.address.partition(":")[2]


class MissingOut(serializers.Serializer[Any]):
    service = serializers.CharField()
    region = serializers.CharField()
    actions = serializers.IntegerField(help_text="Of working groups, open ones and ended ones.")
    open = serializers.IntegerField()


class SlowOut(serializers.Serializer[Any]):
    desk = serializers.SerializerMethodField()
    usual_time = serializers.SerializerMethodField()

    def get_desk(self, row: tuple[Desk, str]) -> str:
        return row[0].slug

    def get_usual_time(self, row: tuple[Desk, str]) -> str:
        return row[1]


class OperationsOut(serializers.Serializer[Any]):
    lists = WaitingOut(many=True, source="doors")
    gaps = MissingOut(many=True)
    slow = SlowOut(many=True)


class OfReleaseOut(serializers.Serializer[Any]):
    """A hidden figure is null."""

    period = serializers.CharField(source="period.name")
    requested = serializers.SerializerMethodField()
    unmet = serializers.SerializerMethodField()

    def get_requested(self, row: gaps.Released) -> int | None:
        return _number(row.requested)

    def get_unmet(self, row: gaps.Released) -> int | None:
        return _number(row.unmet)


class DoneOut(serializers.Serializer[Any]):
    """An action for a gap; `moved` says how the first release after it differs, never why."""

    reference = serializers.SerializerMethodField()
    status = serializers.CharField(source="action.status")
    due_on = serializers.DateField(source="action.due_on")
    ended_at = serializers.DateTimeField(source="action.ended_at", allow_null=True)
    moved = serializers.CharField(source="result.moved", default=None, allow_null=True)

    def get_reference(self, done: gaps.Done) -> str:
        return shown_reference(done.action.reference)


class GapOut(serializers.Serializer[Any]):
    service = serializers.CharField()
    region = serializers.CharField()
    offering = serializers.IntegerField(source="now.offering")
    accepting = serializers.IntegerField(source="now.accepting")
    releases = OfReleaseOut(many=True)
    actions = DoneOut(many=True)


class OperationsView(APIView):
    @extend_schema(responses=OperationsOut, operation_id="operations_retrieve")
    def get(self, request: Request) -> Response:
        actor = require_view(request, operations.VIEW)
        found = operations.operations(actor, at=timezone.now())
        return Response(OperationsOut(found).data)


class GapView(APIView):
    """For the Office; and for who reads an action for the gap, without figures of releases."""

    @extend_schema(responses=GapOut, operation_id="coverage_retrieve")
    def get(self, request: Request, region: str, service: str) -> Response:
        actor = actor_of(request)
        if not actor.may(coverage.VIEW):
            require_view(request, READ)
        is_known = region in coverage.REGIONS and service in vocabularies.codes("service_need")
        if not is_known or not gaps.may_read(actor, service=service, region=region):
            raise Http404
        found = gaps.gap(
            actor, service=service, region=region, at=timezone.now(), audience=EXPORTED
        )
        return Response(GapOut(found).data)


def _number(cell: Cell) -> int | None:
    return cell.number
