"""Imports through the API: the body of a request is the file itself."""

from typing import Any

from django.conf import settings
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cases.actions import importing
from cases.actions.importing import IMPORT, Checked
from cases.importing.answers import kinds_found
from cases.models import Case, Import, Imported
from coordination import references
from coordination.access import Actor
from coordination.http import visible_or_404
from coordination.rest import IDEMPOTENCY_KEY, create_once, require_view, version_of

_MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, required=True)
_HEADING = OpenApiParameter(
    "key", str, description="Heading of the column that knows a row again, if it is not `key`."
)


class FileParser(BaseParser):
    """The body as it came, in memory, and no more of it than is taken."""

    def parse(
        self, stream: Any, media_type: Any = None, parser_context: Any = None
    ) -> dict[str, bytes]:
        del media_type, parser_context
        return {"content": stream.read(settings.IMPORT_MAX_BYTES + 1)}


class CsvParser(FileParser):
    media_type = "text/csv"


class WorkbookParser(FileParser):
    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class RowOut(serializers.Serializer[Any]):
    row = serializers.IntegerField(help_text="As a spreadsheet counts: headings are row 1.")
    answer = serializers.CharField(help_text="vocabulary `import_answer`")
    reason = serializers.CharField(required=False, help_text="vocabulary `import_reason`")
    column = serializers.CharField(required=False)
    kinds = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="What was found, by its name."
    )
    case = serializers.CharField(required=False, help_text="The case that the row became before.")


class ImportOut(serializers.Serializer[Any]):
    reference = serializers.CharField()
    status = serializers.CharField(help_text="vocabulary `import_status`")
    stop_reason = serializers.CharField()
    version = serializers.IntegerField()
    desk = serializers.CharField()
    rows_read = serializers.IntegerField()
    rows_taken = serializers.IntegerField()
    rows_already_imported = serializers.IntegerField()
    rows_refused = serializers.IntegerField()
    rows_failed = serializers.IntegerField()
    rows_waiting = serializers.IntegerField()
    cases_made = serializers.IntegerField()
    checked_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    actions = serializers.ListField(child=serializers.CharField())


class CheckedOut(ImportOut):
    rows = RowOut(many=True, help_text="In this answer only: they are not kept.")
    not_kept = serializers.ListField(
        child=serializers.CharField(), help_text="Headings of columns that Relay does not keep."
    )


class ImportsView(APIView):
    parser_classes = [CsvParser, WorkbookParser]

    @extend_schema(responses=ImportOut(many=True), operation_id="imports_list")
    def get(self, request: Request) -> Response:
        actor = require_view(request, IMPORT)
        paginator = self.settings.DEFAULT_PAGINATION_CLASS()
        rows = Import.objects.visible_to(actor).select_related("desk")
        page = paginator.paginate_queryset(rows, request, view=self)
        response: Response = paginator.get_paginated_response([_shown(i, actor) for i in page])
        return response

    @extend_schema(
        request={
            CsvParser.media_type: OpenApiTypes.BINARY,
            WorkbookParser.media_type: OpenApiTypes.BINARY,
        },
        responses={201: CheckedOut},
        operation_id="imports_create",
        parameters=[IDEMPOTENCY_KEY, _HEADING],
    )
    def post(self, request: Request) -> Response:
        actor = require_view(request, IMPORT)
        content = request.data.get("content", b"")
        heading = request.query_params.get("key", "")[:60].strip()
        answered: list[Checked] = []

        def create() -> str:
            checked = importing.check_import(
                actor=actor, content=content, key_heading=heading, at=timezone.now()
            )
            answered.append(checked)
            return checked.made.reference

        def show(reference: str) -> dict[str, Any]:
            shown = _shown(_load(actor, reference), actor)
            # A key that is sent again finds the import, and no rows: their answers were not kept.
            rows = _rows(answered[0], actor) if answered else []
            return {
                **shown, "rows": rows, "not_kept": list(answered[0].not_kept) if answered else []
            }  # fmt: skip

        payload = {"file": importing.fingerprint_of_file(content), "key": heading}
        return create_once(request, route="api:imports", create=create, show=show, payload=payload)


class ImportView(APIView):
    @extend_schema(responses=ImportOut, operation_id="imports_retrieve")
    def get(self, request: Request, reference: str) -> Response:
        actor = require_view(request, IMPORT)
        return _answer(_load(actor, reference), actor)


class StartView(APIView):
    @extend_schema(
        request=None, responses=ImportOut, operation_id="imports_start", parameters=[_MATCH]
    )
    def post(self, request: Request, reference: str) -> Response:
        actor = require_view(request, IMPORT)
        found = _load(actor, reference)
        started = importing.start_import(
            importing=found, actor=actor, at=timezone.now(), version=version_of(request)
        )
        return _answer(started, actor)


class StopView(APIView):
    @extend_schema(
        request=None, responses=ImportOut, operation_id="imports_stop", parameters=[_MATCH]
    )
    def post(self, request: Request, reference: str) -> Response:
        actor = require_view(request, IMPORT)
        found = _load(actor, reference)
        stopped = importing.stop_import(
            importing=found, actor=actor, at=timezone.now(), version=version_of(request)
        )
        return _answer(stopped, actor)


def _load(actor: Actor, reference: str) -> Import:
    return visible_or_404(Import.objects.visible_to(actor).select_related("desk"), reference)


def _answer(found: Import, actor: Actor) -> Response:
    return Response(_shown(found, actor), headers={"ETag": f'"{found.version}"'})


def _shown(found: Import, actor: Actor) -> dict[str, Any]:
    return {
        "reference": references.display(found.reference),
        "status": found.status,
        "stop_reason": found.stop_reason,
        "version": found.version,
        "desk": found.desk.slug,
        "rows_read": found.rows_read,
        "rows_taken": found.rows_taken,
        "rows_already_imported": found.rows_known,
        "rows_refused": found.rows_refused,
        "rows_failed": found.rows_failed,
        "rows_waiting": found.rows.filter(failed="").count(),
        "cases_made": Imported.objects.visible_to(actor).filter(by=found).count(),
        "checked_at": found.checked_at,
        "ended_at": found.ended_at,
        "actions": importing.allowed_verbs(found, actor),
    }


def _rows(checked: Checked, actor: Actor) -> list[dict[str, Any]]:
    keys = [each.case_id for each in checked.answers if each.case_id]
    visible = Case.objects.visible_to(actor).filter(pk__in=keys)
    found = dict(visible.values_list("pk", "reference"))
    rows = []
    for each in checked.answers:
        row: dict[str, Any] = {"row": each.number, "answer": each.answer}
        if each.refusal:
            row |= {"reason": each.refusal.reason, "column": each.refusal.column}
            row["kinds"] = kinds_found(each.refusal)
        if each.case_id in found:
            row["case"] = references.display(found[each.case_id])
        rows.append(row)
    return rows
