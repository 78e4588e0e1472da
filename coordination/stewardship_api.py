"""Tables of governance bodies through the API: read, as what leaves; decided on the page alone."""

from typing import Any

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from coordination.access import Actor
from coordination.errors import NotAllowed
from coordination.releasing.computing import EXPORTED
from coordination.releasing.sharing import READ, Sealed, sealed, tell
from coordination.rest import actor_of
from coordination.statistics_api import DimensionOut, FigureOut, data_of


class DecisionOut(serializers.Serializer[Any]):
    body = serializers.CharField(help_text="vocabulary governance_body")
    status = serializers.CharField(help_text="vocabulary stewardship_status")
    decided_at = serializers.DateTimeField(allow_null=True)


class SealedLineOut(serializers.Serializer[Any]):
    period = serializers.CharField(source="row.period")
    name = serializers.CharField(source="row.name", help_text="vocabulary stewarded_table")
    version = serializers.IntegerField(source="row.version")
    decisions = DecisionOut(many=True)


class SealedOut(SealedLineOut):
    audience = serializers.CharField(source="table.audience")
    dimensions = DimensionOut(many=True)
    cells = FigureOut(many=True)


class SealedTablesView(APIView):
    @extend_schema(responses=SealedLineOut(many=True), operation_id="sealed_list")
    def get(self, request: Request) -> Response:
        found = sealed(_reader(request), audience=EXPORTED)
        results = SealedLineOut(found, many=True).data
        return Response({"next": None, "previous": None, "results": results})


class SealedTableView(APIView):
    @extend_schema(responses=SealedOut, operation_id="sealed_retrieve")
    def get(self, request: Request, period: str, name: str) -> Response:
        """Answer with one table; that it was read is recorded."""
        found = _named(_reader(request), period, name)
        tell(found.row, at=timezone.now(), form="api")
        return Response({**SealedLineOut(found).data, **_figures(found)})


def _reader(request: Request) -> Actor:
    """:raises NotAllowed: if the person neither decides about such tables nor reads statistics."""
    actor = actor_of(request)
    if not any(map(actor.may, READ)):
        raise NotAllowed(_("Your role cannot see this."))
    return actor


def _named(actor: Actor, period: str, name: str) -> Sealed:
    """:raises Http404: if there is none that the reader may see: nobody can tell which."""
    for each in sealed(actor, audience=EXPORTED):
        if (each.row.period, each.row.name) == (period, name):
            return each
    raise Http404


def _figures(found: Sealed) -> dict[str, Any]:
    figures = data_of(found.table)
    return {"audience": EXPORTED, "dimensions": figures["dimensions"], "cells": figures["cells"]}
