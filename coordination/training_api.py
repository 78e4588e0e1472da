"""Training through the API: courses, who completed which, what desks ask for, and coverage."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from coordination import access
from coordination.errors import Invalid
from coordination.http import visible_or_404
from coordination.models import Completion, User
from coordination.rest import (
    IDEMPOTENCY_KEY,
    StrictSerializer,
    create_once,
    read_input,
    require_view,
    shown_reference,
)
from coordination.training import completions, coverage, requirements, watching
from coordination.training.courses import find, offered

_REFERENCE = OpenApiParameter("reference", str, OpenApiParameter.PATH)
_COURSE = OpenApiParameter("course", str, OpenApiParameter.QUERY)


class CompletionIn(StrictSerializer):
    """Of `person`, a user name; left out, of oneself."""

    course = serializers.SlugField(max_length=40)
    completed_on = serializers.DateField()
    person = serializers.CharField(max_length=80, required=False)


class CorrectionIn(StrictSerializer):
    completed_on = serializers.DateField()


class CompletionOut(serializers.Serializer[Any]):
    reference = serializers.SerializerMethodField()
    person = serializers.CharField(source="person.username")
    course = serializers.CharField(source="course.code")
    completed_on = serializers.DateField()
    expires_on = serializers.DateField(allow_null=True)
    confirmed = serializers.SerializerMethodField()

    def get_reference(self, completion: Completion) -> str:
        return shown_reference(completion.reference)

    def get_confirmed(self, completion: Completion) -> bool:
        return completion.confirmed_by_id is not None


class RequirementIn(StrictSerializer):
    """Of a desk: one of `courses` from a day on; none of them, nothing."""

    desk = serializers.SlugField(max_length=80)
    courses = serializers.ListField(child=serializers.SlugField(max_length=40), max_length=20)
    begins_on = serializers.DateField()


class RequirementOut(serializers.Serializer[Any]):
    desk = serializers.CharField(source="desk.slug")
    courses = serializers.ListField(child=serializers.CharField())
    begins_on = serializers.DateField()


class CoverageOut(serializers.Serializer[Any]):
    """
    A course in a sector and a region, as of `counted_on`, the end of the last month.

    Numbers are multiples of five. What counts too few people is null; `said` tells which.
    """

    counted_on = serializers.DateField()
    course = serializers.CharField()
    sector = serializers.CharField(source="cell.kind")
    region = serializers.CharField(source="cell.region")
    people = serializers.IntegerField(source="cell.people", allow_null=True)
    held = serializers.IntegerField(source="cell.held", allow_null=True)
    share = serializers.IntegerField(source="cell.share", allow_null=True)
    said = serializers.CharField(source="cell.said")


class UnmetOut(serializers.Serializer[Any]):
    """A desk where nobody on duty has what it asks for."""

    desk = serializers.CharField(source="desk.slug")
    since = serializers.DateTimeField(source="unmet_since")


class CompletionsView(APIView):
    """One's own, and of those whom one looks after."""

    @extend_schema(responses=CompletionOut(many=True), operation_id="training_list")
    def get(self, request: Request) -> Response:
        actor = require_view(request, completions.ENTER)
        rows = Completion.objects.visible_to(actor.user).order_by("pk")
        paginator = self.settings.DEFAULT_PAGINATION_CLASS()
        page = paginator.paginate_queryset(rows, request, view=self)
        response: Response = paginator.get_paginated_response(CompletionOut(page, many=True).data)
        return response

    @extend_schema(
        request=CompletionIn,
        responses={201: CompletionOut},
        operation_id="training_enter",
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> Response:
        actor = require_view(request, completions.ENTER)

        def create() -> str:
            given = read_input(CompletionIn, request)
            course = find(given["course"])
            if course is None:
                raise Invalid(_("Choose a course that is for your sector."), field="course")
            return completions.enter_completion(
                actor=actor,
                person=_person(actor, given.get("person")),
                course=course,
                completed_on=given["completed_on"],
                at=timezone.now(),
            ).reference

        def show(reference: str) -> dict[str, Any]:
            return dict(CompletionOut(_completion(actor, reference)).data)

        return create_once(request, route="api:training", create=create, show=show)


class CorrectView(APIView):
    """Answers with what stands now, under a reference of its own."""

    @extend_schema(
        request=CorrectionIn,
        responses=CompletionOut,
        parameters=[_REFERENCE],
        operation_id="training_correct",
    )
    def post(self, request: Request, reference: str) -> Response:
        actor = require_view(request, completions.ENTER)
        found = _completion(actor, reference)
        given = read_input(CorrectionIn, request)
        made = completions.correct_completion(
            actor=actor, completion=found, completed_on=given["completed_on"], at=timezone.now()
        )
        return Response(CompletionOut(made).data)


class ConfirmView(APIView):
    @extend_schema(
        request=None,
        responses=CompletionOut,
        parameters=[_REFERENCE],
        operation_id="training_confirm",
    )
    def post(self, request: Request, reference: str) -> Response:
        actor = require_view(request, completions.CONFIRM)
        found = _completion(actor, reference)
        made = completions.confirm_completion(actor=actor, completion=found, at=timezone.now())
        return Response(CompletionOut(made).data)


class RemoveView(APIView):
    @extend_schema(
        request=None,
        responses={204: None},
        parameters=[_REFERENCE],
        operation_id="training_remove",
    )
    def post(self, request: Request, reference: str) -> Response:
        actor = require_view(request, completions.ENTER)
        found = _completion(actor, reference)
        completions.remove_completion(actor=actor, completion=found, at=timezone.now())
        return Response(status=204)


class RequirementsView(APIView):
    """What the desks of one's agency ask for, and will."""

    @extend_schema(responses=RequirementOut(many=True), operation_id="requirements_list")
    def get(self, request: Request) -> Response:
        actor = require_view(request, requirements.SET)
        told = requirements.told(requirements.desks_of(actor), on=timezone.localdate())
        results = RequirementOut([each.requirement for each in told], many=True).data
        return Response({"next": None, "previous": None, "results": results})

    @extend_schema(
        request=RequirementIn,
        responses={201: RequirementOut},
        operation_id="requirements_set",
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> Response:
        actor = require_view(request, requirements.SET)

        def create() -> str:
            given = read_input(RequirementIn, request)
            desk = requirements.desks_of(actor).filter(slug=given["desk"]).first()
            if desk is None:
                raise Invalid(_("There is no such desk."), field="desk")
            made = requirements.require_training(
                actor=actor,
                desk=desk,
                courses=given["courses"],
                begins_on=given["begins_on"],
                at=timezone.now(),
            )
            return f"{desk.slug}:{made.begins_on.isoformat()}"

        def show(made: str) -> dict[str, Any]:
            slug, _colon, day = made.partition(":")
            row = requirements.planned(actor, desk=slug, begins_on=day)
            return dict(RequirementOut(row).data)

        return create_once(request, route="api:requirements", create=create, show=show)


class CoverageView(APIView):
    @extend_schema(
        responses=CoverageOut(many=True), parameters=[_COURSE], operation_id="training_coverage"
    )
    def get(self, request: Request) -> Response:
        require_view(request, coverage.VIEW)
        wanted = request.query_params.get("course")
        chosen = [each for each in offered() if wanted in {None, each.code}]
        if wanted is not None and not chosen:
            raise Invalid(_("There is no course with this code."), field="course")
        day = coverage.counted_on(at=timezone.now())
        results = [
            CoverageOut({"counted_on": day, "course": course.code, "cell": cell}).data
            for course in chosen
            for cell in coverage.coverage(course)
        ]
        return Response({"next": None, "previous": None, "results": results})


class UnmetView(APIView):
    @extend_schema(responses=UnmetOut(many=True), operation_id="training_unmet")
    def get(self, request: Request) -> Response:
        actor = require_view(request, watching.VIEW)
        results = UnmetOut(watching.unmet(actor, on=timezone.localdate()), many=True).data
        return Response({"next": None, "previous": None, "results": results})


def _completion(actor: access.Actor, reference: str) -> Completion:
    return visible_or_404(Completion.objects.visible_to(actor.user), reference)


def _person(actor: access.Actor, username: str | None) -> User:
    """:raises Http404: if it is nobody whom the actor looks after."""
    if username is None or username == actor.user.username:
        return actor.user
    return get_object_or_404(completions.looked_after(actor), username=username)
