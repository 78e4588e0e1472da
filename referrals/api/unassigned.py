"""What nobody took on, through the API: how much, at which desks."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from coordination.rest import require_view
from referrals import narrowing
from referrals import unassigned as free
from referrals.api.narrowed import WHERE, narrowed_by


class UnassignedOut(serializers.Serializer[Any]):
    desk = serializers.CharField(source="desk.slug")
    waiting = serializers.IntegerField()
    by_urgency = serializers.DictField(child=serializers.IntegerField())
    oldest_at = serializers.DateTimeField(allow_null=True)


class UnassignedView(APIView):
    @extend_schema(
        responses=UnassignedOut(many=True), operation_id="unassigned_list", parameters=WHERE
    )
    def get(self, request: Request) -> Response:
        actor = require_view(request, free.VIEW)
        where = narrowed_by(request, narrowing.Where)
        found = [each for each in free.unassigned(actor) if each.is_in(where)]
        results = UnassignedOut(found, many=True).data
        return Response({"next": None, "previous": None, "results": results})
