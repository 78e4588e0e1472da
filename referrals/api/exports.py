"""
Exports through the API: the answer is the file.

No Idempotency-Key: each request takes a file of its own, and is recorded as one.
"""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cases.actions.exporting import EXPORT, Wanted, export_cases
from cases.models import Export
from coordination import references
from coordination.rest import CodeField, read_input, require_view
from coordination.spreadsheets import TYPES
from referrals.serializers import WordsIn


class ExportIn(WordsIn):
    purpose = CodeField("export_purpose")
    format = CodeField("import_format", default="csv")
    status = CodeField("case_status", required=False)
    opened_from = serializers.DateField(required=False)
    opened_until = serializers.DateField(required=False)


class ExportOut(serializers.Serializer[Any]):
    reference = serializers.SerializerMethodField()
    desk = serializers.CharField(source="desk.slug")
    purpose = serializers.CharField()
    words = serializers.CharField()
    format = serializers.CharField()
    cases = serializers.IntegerField(source="rows")
    taken_at = serializers.DateTimeField()

    def get_reference(self, made: Export) -> str:
        return references.display(made.reference)


class ExportsView(APIView):
    @extend_schema(responses=ExportOut(many=True), operation_id="exports_list")
    def get(self, request: Request) -> Response:
        actor = require_view(request, EXPORT)
        paginator = self.settings.DEFAULT_PAGINATION_CLASS()
        rows = Export.objects.visible_to(actor).select_related("desk")
        page = paginator.paginate_queryset(rows, request, view=self)
        response: Response = paginator.get_paginated_response(ExportOut(page, many=True).data)
        return response

    @extend_schema(
        request=ExportIn,
        responses={(200, kind.partition(";")[0]): OpenApiTypes.BINARY for kind in TYPES.values()},
        operation_id="exports_take",
    )
    def post(self, request: Request) -> HttpResponse:
        actor = require_view(request, EXPORT)
        wanted = Wanted(**read_input(ExportIn, request))
        taken = export_cases(actor=actor, wanted=wanted, at=timezone.now())
        response = HttpResponse(taken.content, content_type=TYPES[taken.made.format])
        response.headers["Content-Disposition"] = f'attachment; filename="{taken.name}"'
        return response
