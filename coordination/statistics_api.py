"""Releases of statistics through the API: what the exported audience is shown, never changed."""

from dataclasses import asdict
from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from coordination.errors import Invalid
from coordination.file_renderers import CsvRenderer, WorkbookRenderer
from coordination.releasing import reading
from coordination.releasing.computing import EXPORTED
from coordination.releasing.periods import Period
from coordination.releasing.shown import Table, Times
from coordination.releasing.taking import API, Wanted, take, tell
from coordination.rest import actor_of, require_view
from coordination.spreadsheets import TYPES

PERIOD = OpenApiParameter(
    "period", str, description="`2026-09`, `2026-Q3`, `2026`; without it, the newest quarter"
)
VERSION = OpenApiParameter(
    "version", OpenApiTypes.INT, description="an earlier version; without it, the one that stands"
)
PURPOSE = OpenApiParameter(
    "purpose", str, description="vocabulary statistics_purpose; recorded, and said in a file"
)
SIGNATURE = "Ed25519, in base64; empty: not signed"


class VersionOut(serializers.Serializer[Any]):
    """`digest` and `signature` are those of what is exported."""

    version = serializers.IntegerField(source="number")
    published_at = serializers.DateTimeField()
    reason = serializers.CharField(help_text="why it was corrected; empty for the first version")
    digest = serializers.CharField(source="exported_digest")
    signature = serializers.CharField(source="exported_signature", help_text=SIGNATURE)


class ReleaseLineOut(serializers.Serializer[Any]):
    period = serializers.CharField(source="period.name")
    version = serializers.IntegerField(source="version.number")
    published_at = serializers.DateTimeField(source="version.published_at")
    reason = serializers.CharField(source="version.reason")


class ReleaseOut(serializers.Serializer[Any]):
    period = serializers.CharField(source="period.name")
    audience = serializers.CharField()
    threshold = serializers.IntegerField()
    version = serializers.IntegerField(source="version.number")
    digest = serializers.CharField(source="version.exported_digest")
    signature = serializers.CharField(source="version.exported_signature", help_text=SIGNATURE)
    public_key = serializers.CharField(source="version.public_key")
    versions = VersionOut(many=True)
    tables = serializers.SerializerMethodField(help_text="names, in the order of the digest")

    def get_tables(self, edition: reading.Edition) -> list[str]:
        return [each.name for each in edition.tables]


class TimesOut(serializers.Serializer[Any]):
    median = serializers.IntegerField(help_text="minutes")
    p90 = serializers.IntegerField(help_text="minutes")


class DimensionOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    vocabulary = serializers.CharField(help_text="empty where its codes are slugs of teams")
    codes = serializers.ListField(child=serializers.CharField())


class FigureOut(serializers.Serializer[Any]):
    at = serializers.DictField(
        child=serializers.CharField(), help_text="dimension -> code; one left out is all of it"
    )
    value = serializers.JSONField(
        allow_null=True, help_text="a count, or minutes as {median, p90}; null is hidden"
    )


class TableOut(serializers.Serializer[Any]):
    period = serializers.CharField()
    version = serializers.IntegerField()
    audience = serializers.CharField()
    name = serializers.CharField()
    dimensions = DimensionOut(many=True)
    cells = FigureOut(many=True)


class ReleasesView(APIView):
    @extend_schema(responses=ReleaseLineOut(many=True), operation_id="releases_list")
    def get(self, request: Request) -> Response:
        actor = require_view(request, reading.VIEW)
        results = ReleaseLineOut(reading.editions(actor), many=True).data
        return Response({"next": None, "previous": None, "results": results})


class TablesView(APIView):
    @extend_schema(responses=ReleaseOut, parameters=[PERIOD, VERSION], operation_id="tables_list")
    def get(self, request: Request) -> Response:
        """Answer with a release and the names of its tables."""
        edition = _edition(request)
        return Response(ReleaseOut(edition).data, headers=_etag(edition))


class TableView(APIView):
    renderer_classes = (JSONRenderer, CsvRenderer, WorkbookRenderer)

    @extend_schema(
        responses={
            (200, "application/json"): TableOut,
            (200, CsvRenderer.media_type): OpenApiTypes.BINARY,
            (200, WorkbookRenderer.media_type): OpenApiTypes.BINARY,
        },
        parameters=[PERIOD, VERSION, PURPOSE],
        operation_id="tables_retrieve",
    )
    def get(self, request: Request, name: str) -> Response:
        """Answer with the figures of one table, or a file of them; that they left is recorded."""
        edition = _edition(request)
        table = edition.table(name)
        if table is None:
            raise Http404
        form, actor = request.accepted_renderer.format, actor_of(request)
        purpose = request.query_params.get("purpose", "")
        wanted = Wanted(form if form in TYPES else API, purpose, table=name)
        if wanted.form != API:
            taken = take(actor=actor, edition=edition, wanted=wanted, at=timezone.now())
            headers = {"Content-Disposition": f'attachment; filename="{taken.name}"'}
            return Response(taken.content, headers={**headers, **_etag(edition)})
        tell(actor=actor, edition=edition, wanted=wanted, at=timezone.now())
        said = {
            "period": edition.period.name,
            "version": edition.version.number,
            "audience": edition.audience,
            **data_of(table),
        }
        return Response(said, headers=_etag(edition))


def _edition(request: Request) -> reading.Edition:
    """
    Return the release asked for.

    :raises NotAllowed: if the person reads no statistics.
    :raises Http404: if there is none.
    """
    actor = require_view(request, reading.VIEW)
    asked = request.query_params.get("version", "")
    named = request.query_params.get("period", "")
    try:
        version = int(asked[:4]) if asked else None
        period = Period.named(named) if named else reading.usual(reading.editions(actor))
    except (ValueError, Invalid):
        raise Http404 from None
    edition = period and reading.released(actor, period, audience=EXPORTED, version=version)
    if not edition:
        raise Http404
    return edition


def data_of(table: Table) -> dict[str, Any]:
    """Return a table as `showing.shown_to` does: the digest is made of these, in their order."""
    return {
        "name": table.name,
        "dimensions": [
            {"name": each.name, "vocabulary": each.vocabulary, "codes": list(each.codes)}
            for each in table.dimensions
        ],
        "cells": [
            {"at": dict(sorted(at)), "value": _value(value)} for at, value in table.values.items()
        ],
    }


def _value(value: int | Times | None) -> Any:
    return asdict(value) if isinstance(value, Times) else value


def _etag(edition: reading.Edition) -> dict[str, str]:
    return {"ETag": f'"{edition.version.exported_digest}"'}
