"""The registers of the privacy officer through the API: legal process, breaches, yearly counts."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from coordination import holds, registers
from coordination.http import visible_or_404
from coordination.models import Breach, LegalProcess
from coordination.registers import KEEP, Said, lines_of
from coordination.rest import (
    IDEMPOTENCY_KEY,
    CodeField,
    CodesField,
    StrictSerializer,
    create_once,
    read_input,
    require_view,
    shown_reference,
    version_of,
)

MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, required=True)


class LineIn(StrictSerializer):
    """What a new line of every register takes."""

    received_on = serializers.DateField()
    words = serializers.CharField(required=False, allow_blank=True, max_length=2_000)
    keep = serializers.DictField(child=CodeField("keep_reason"), required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        said = Said(attrs.pop("words", ""), attrs.pop("keep", None))
        return {**attrs, "said": said}


class LineOut(serializers.Serializer[Any]):
    reference = serializers.SerializerMethodField()
    version = serializers.IntegerField()
    received_on = serializers.DateField()
    words = serializers.CharField()

    def get_reference(self, line: Any) -> str:
        return shown_reference(line.reference)


class ProcessIn(LineIn):
    instrument = CodeField("legal_instrument")
    asked_by = CodeField("asking_body")
    asked = CodesField("asked_for", allow_empty=False)
    case = serializers.CharField(
        required=False, max_length=20, help_text="Kept for it: sets a legal hold."
    )


class ProcessOut(LineOut):
    instrument = serializers.CharField()
    asked_by = serializers.CharField()
    asked = serializers.ListField(child=serializers.CharField())
    hold = serializers.SerializerMethodField()
    outcome = serializers.CharField()
    given = serializers.ListField(child=serializers.CharField())
    answered_on = serializers.DateField(allow_null=True)

    def get_hold(self, process: LegalProcess) -> str | None:
        return shown_reference(process.hold.reference) if process.hold else None


class ProcessAnswerIn(StrictSerializer):
    outcome = CodeField("process_outcome")
    given = CodesField("asked_for", required=False)
    answered_on = serializers.DateField()


class BreachIn(LineIn):
    kind = CodeField("breach_kind")


class AssessmentIn(StrictSerializer):
    """The assessment as a whole: what it leaves out is not so."""

    sensitivity = CodeField("breach_level", required=False)
    misuse = CodeField("breach_level", required=False)
    steps = CodesField("breach_step", required=False)
    risk = CodeField("breach_risk")
    persons = serializers.IntegerField(required=False, min_value=0, max_value=9999)
    reported_on = serializers.DateField(required=False)
    notified_on = serializers.DateField(required=False)
    closed_on = serializers.DateField(required=False)


class BreachOut(LineOut):
    kind = serializers.CharField()
    sensitivity = serializers.CharField()
    misuse = serializers.CharField()
    steps = serializers.ListField(child=serializers.CharField())
    risk = serializers.CharField()
    persons = serializers.IntegerField(allow_null=True)
    reported_on = serializers.DateField(allow_null=True)
    notified_on = serializers.DateField(allow_null=True)
    closed_on = serializers.DateField(allow_null=True)


class YearOut(serializers.Serializer[Any]):
    year = serializers.IntegerField()
    breaches = serializers.IntegerField()
    real = serializers.IntegerField(help_text="with a real risk of significant harm")
    reported = serializers.IntegerField()
    notified = serializers.IntegerField()
    persons = serializers.IntegerField()
    requests = serializers.IntegerField()
    late = serializers.IntegerField(help_text="requests that were answered late")
    processes = serializers.IntegerField()


class ProcessesView(APIView):
    @extend_schema(responses=ProcessOut(many=True), operation_id="processes_list")
    def get(self, request: Request) -> Response:
        rows = lines_of(LegalProcess, require_view(request, KEEP)).select_related("hold")
        return page_of(self, request, rows, ProcessOut)

    @extend_schema(
        request=ProcessIn,
        responses={201: ProcessOut},
        operation_id="processes_enter",
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> Response:
        actor = require_view(request, KEEP)

        def create() -> str:
            given, now = read_input(ProcessIn, request), timezone.now()
            case = given.pop("case", "")
            hold = case and holds.set_hold(actor=actor, of=case, reason="legal_process", at=now)
            made = registers.enter_process(actor=actor, at=now, hold=hold or None, **given)
            return made.reference

        def show(reference: str) -> dict[str, Any]:
            return dict(ProcessOut(visible_or_404(lines_of(LegalProcess, actor), reference)).data)

        return create_once(request, route="api:processes", create=create, show=show)


class AnswerProcessView(APIView):
    @extend_schema(
        request=ProcessAnswerIn,
        responses=ProcessOut,
        operation_id="processes_answer",
        parameters=[MATCH],
    )
    def post(self, request: Request, reference: str) -> Response:
        actor = require_view(request, KEEP)
        process = visible_or_404(lines_of(LegalProcess, actor), reference)
        version = version_of(request)
        given = {"given": [], **read_input(ProcessAnswerIn, request)}
        answered = registers.answer_process(
            actor=actor, process=process, at=timezone.now(), version=version, **given
        )
        return line_of(answered, ProcessOut)


class BreachesView(APIView):
    @extend_schema(responses=BreachOut(many=True), operation_id="breaches_list")
    def get(self, request: Request) -> Response:
        return page_of(self, request, lines_of(Breach, require_view(request, KEEP)), BreachOut)

    @extend_schema(
        request=BreachIn,
        responses={201: BreachOut},
        operation_id="breaches_enter",
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> Response:
        actor = require_view(request, KEEP)

        def create() -> str:
            given = read_input(BreachIn, request)
            return registers.enter_breach(actor=actor, at=timezone.now(), **given).reference

        def show(reference: str) -> dict[str, Any]:
            return dict(BreachOut(visible_or_404(lines_of(Breach, actor), reference)).data)

        return create_once(request, route="api:breaches", create=create, show=show)


class AssessBreachView(APIView):
    @extend_schema(
        request=AssessmentIn,
        responses=BreachOut,
        operation_id="breaches_assess",
        parameters=[MATCH],
    )
    def post(self, request: Request, reference: str) -> Response:
        actor = require_view(request, KEEP)
        breach = visible_or_404(lines_of(Breach, actor), reference)
        version = version_of(request)
        found = read_input(AssessmentIn, request)
        assessed = registers.assess_breach(
            actor=actor, breach=breach, found=found, at=timezone.now(), version=version
        )
        return line_of(assessed, BreachOut)


class YearsView(APIView):
    """What is counted of the registers, year by year."""

    @extend_schema(responses=YearOut(many=True), operation_id="registers_years")
    def get(self, request: Request) -> Response:
        years = registers.years(require_view(request, KEEP))
        results = YearOut(years, many=True).data
        return Response({"next": None, "previous": None, "results": results})


def page_of(view: APIView, request: Request, rows: Any, shape: Any) -> Response:
    """Return one page of lines, newest first."""
    paginator = view.settings.DEFAULT_PAGINATION_CLASS()
    page = paginator.paginate_queryset(rows, request, view=view)
    response: Response = paginator.get_paginated_response(shape(page, many=True).data)
    return response


def line_of(line: Any, shape: Any) -> Response:
    return Response(shape(line).data, headers={"ETag": f'"{line.version}"'})
