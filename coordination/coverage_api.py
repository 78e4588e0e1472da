"""What the network offers where, through the API: for the Office."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from coordination import coverage
from coordination.rest import require_view


class CellOut(serializers.Serializer[Any]):
    """A service in a region: how many desks offer it, and how many of them take it now."""

    service = serializers.CharField()
    region = serializers.CharField()
    offering = serializers.IntegerField()
    accepting = serializers.IntegerField()


class CoverageView(APIView):
    @extend_schema(responses=CellOut(many=True), operation_id="coverage_list")
    def get(self, request: Request) -> Response:
        require_view(request, coverage.VIEW)
        results = [
            {
                "service": row.service,
                "region": region,
                "offering": cell.offering,
                "accepting": cell.accepting,
            }
            for row in coverage.table(at=timezone.now())
            for region, cell in row.cells.items()
        ]
        return Response({"next": None, "previous": None, "results": results})
