"""Courses through the API: everybody reads them, the Office's coordinator keeps them."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from coordination.rest import (
    IDEMPOTENCY_KEY,
    CodesField,
    StrictSerializer,
    create_once,
    read_input,
    require_view,
)
from coordination.training.courses import (
    MANAGE,
    CourseGiven,
    add_course,
    change_course,
    offered,
    retire_course,
)


class CourseIn(StrictSerializer):
    """The whole course: without `months` it is valid for good, without `sectors` for everybody."""

    name_en = serializers.CharField(max_length=80)
    name_fr = serializers.CharField(max_length=80)
    provider = serializers.CharField(max_length=80, required=False, allow_blank=True)
    sectors = CodesField("organisation_kind", required=False)
    months = serializers.IntegerField(required=False, allow_null=True)
    address = serializers.CharField(max_length=200, required=False, allow_blank=True)


class CourseOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    name_en = serializers.CharField()
    name_fr = serializers.CharField()
    provider = serializers.CharField()
    sectors = serializers.ListField(child=serializers.CharField())
    months = serializers.IntegerField(allow_null=True)
    address = serializers.CharField()


class CoursesView(APIView):
    @extend_schema(responses=CourseOut(many=True), operation_id="courses_list")
    def get(self, request: Request) -> Response:
        require_view(request, "coordination.view_network")
        results = CourseOut(offered(), many=True).data
        return Response({"next": None, "previous": None, "results": results})

    @extend_schema(
        request=CourseIn,
        responses={201: CourseOut},
        operation_id="courses_create",
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> Response:
        actor = require_view(request, MANAGE)

        def create() -> str:
            given = CourseGiven(**read_input(CourseIn, request))
            return add_course(actor=actor, given=given, at=timezone.now()).code

        def show(code: str) -> dict[str, Any]:
            return dict(CourseOut(get_object_or_404(offered(), code=code)).data)

        return create_once(request, route="api:courses", create=create, show=show)


class ChangeCourseView(APIView):
    @extend_schema(request=CourseIn, responses=CourseOut, operation_id="courses_change")
    def post(self, request: Request, code: str) -> Response:
        actor = require_view(request, MANAGE)
        found = get_object_or_404(offered(), code=code)
        given = CourseGiven(**read_input(CourseIn, request))
        changed = change_course(actor=actor, course=found, given=given, at=timezone.now())
        return Response(CourseOut(changed).data)


class RetireCourseView(APIView):
    @extend_schema(request=None, responses={204: None}, operation_id="courses_retire")
    def post(self, request: Request, code: str) -> Response:
        actor = require_view(request, MANAGE)
        found = get_object_or_404(offered(), code=code)
        retire_course(actor=actor, course=found, at=timezone.now())
        return Response(status=204)
