"""The network through the API: who I am, the vocabularies, and where a referral can go."""

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from coordination import access, coverage, duty, eligibility, offering, vocabularies
from coordination.actions import set_capacity
from coordination.models import Agency, Desk, Team
from coordination.rest import (
    CodeField,
    MomentField,
    StrictSerializer,
    actor_of,
    read_input,
    require_view,
)

_VIEW = "coordination.view_network"
_OBJECT = OpenApiTypes.OBJECT


class Named(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name_en = serializers.CharField()
    name_fr = serializers.CharField()


class AgencyOut(Named):
    kind = serializers.CharField()
    region = serializers.CharField()
    city = serializers.SerializerMethodField()
    police_involved = serializers.BooleanField()

    def get_city(self, agency: Agency) -> str:
        return "" if agency.city_hidden else agency.city


class TeamOut(Named):
    region = serializers.CharField()
    areas = Named(many=True, source="areas.all")


class DeskOut(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name_en = serializers.CharField(source="agency.name_en")
    name_fr = serializers.CharField(source="agency.name_fr")
    agency = serializers.CharField(source="agency.slug")
    kind = serializers.CharField(source="agency.kind")
    police_involved = serializers.BooleanField(source="agency.police_involved")
    team = serializers.CharField(source="team.slug", allow_null=True, default=None)
    region = serializers.CharField(source="team.region", allow_null=True, default=None)
    services = serializers.ListField(child=serializers.CharField())
    age_bands = serializers.ListField(child=serializers.CharField())
    genders = serializers.ListField(child=serializers.CharField())
    eligibility = serializers.SerializerMethodField()
    languages = serializers.ListField(child=serializers.CharField())
    capacity = serializers.SerializerMethodField()
    capacity_until = serializers.SerializerMethodField()
    beds_tonight = serializers.SerializerMethodField()
    capacity_note = serializers.SerializerMethodField()
    usual_time = serializers.SerializerMethodField()
    duty_phone = serializers.CharField()
    answers_now = serializers.SerializerMethodField()
    opens_at = serializers.TimeField(allow_null=True)
    closes_at = serializers.TimeField(allow_null=True)
    time_zone = serializers.CharField()

    def get_eligibility(self, desk: Desk) -> list[dict[str, Any]]:
        """Return what holds for single services, by the desk's word or by its sector's rule."""
        return [
            {"service": service, **terms}
            for service in desk.services
            if (terms := _terms_out(desk, service))
        ]

    def get_capacity(self, desk: Desk) -> str:
        return offering.level_of(desk, at=timezone.now())

    def get_capacity_until(self, desk: Desk) -> dt.datetime | None:
        return offering.until_of(desk, at=timezone.now())

    def get_beds_tonight(self, desk: Desk) -> int | None:
        return offering.beds_of(desk, at=timezone.now())

    def get_capacity_note(self, desk: Desk) -> str:
        return offering.note_of(desk, at=timezone.now())

    def get_usual_time(self, desk: Desk) -> str:
        return offering.usual_time_of(desk)

    def get_answers_now(self, desk: Desk) -> dict[str, str]:
        """Return the desk whose phone rings now: itself, who covers it, or who is above it."""
        held = (self.context.get("duties") or duty.at_desks([desk], at=timezone.now()))[desk.pk]
        return {"desk": held.rings.slug, "phone": held.rings.duty_phone}


class CapacityIn(StrictSerializer):
    """What the desk can take, whole: without `words` it has no note."""

    level = CodeField("capacity")
    until = MomentField(required=False)
    beds = serializers.IntegerField(required=False, allow_null=True)
    words = serializers.CharField(required=False, allow_blank=True, max_length=2_000)
    keep = serializers.DictField(child=CodeField("keep_reason"), required=False)


class MeView(APIView):
    @extend_schema(responses=_OBJECT)
    def get(self, request: Request) -> Response:
        actor = actor_of(request)
        user = actor.user
        return Response(
            {
                "username": user.username,
                "name": user.get_full_name(),
                "agency": user.agency.slug,
                "language": user.language,
                "acting_desk": actor.desk.slug if actor.desk else None,
                "desks": [{"desk": m.desk.slug, "role": m.role} for m in actor.memberships],
            }
        )


class VocabulariesView(APIView):
    @extend_schema(responses=_OBJECT)
    def get(self, request: Request) -> Response:
        require_view(request, _VIEW)
        return Response(
            {
                name: [
                    {"code": each.code, "en": each.en, "fr": each.fr}
                    for each in vocabularies.entries(name)
                ]
                for name in vocabularies.names()
            }
        )


class RegionsView(APIView):
    @extend_schema(responses=_OBJECT)
    def get(self, request: Request) -> Response:
        require_view(request, _VIEW)
        regions = [vocabularies.entry("region", code) for code in coverage.REGIONS]
        results = [{"slug": r.code, "name_en": r.en, "name_fr": r.fr} for r in regions]
        return Response({"next": None, "previous": None, "results": results})


class AgenciesView(APIView):
    @extend_schema(responses=AgencyOut(many=True), operation_id="agencies_list")
    def get(self, request: Request) -> Response:
        require_view(request, _VIEW)
        return _page(self, request, Agency.objects.order_by("pk"), partial(AgencyOut, many=True))


class TeamsView(APIView):
    @extend_schema(responses=TeamOut(many=True), operation_id="teams_list")
    def get(self, request: Request) -> Response:
        require_view(request, _VIEW)
        teams = Team.objects.order_by("pk").prefetch_related("areas")
        return _page(self, request, teams, partial(TeamOut, many=True))


class DesksView(APIView):
    """Desks, narrowed by what they offer; `accepting=true` leaves out those that are full."""

    @extend_schema(
        responses=DeskOut(many=True),
        operation_id="desks_list",
        parameters=[
            OpenApiParameter(name, str)
            for name in ("service", "region", "team", "age_band", "gender", "language", "accepting")
        ],
    )
    def get(self, request: Request) -> Response:
        require_view(request, _VIEW)
        asked = request.query_params
        desks = offering.with_offer(access.addressable_desks()).order_by("pk")
        if service := asked.get("service"):
            desks = desks.filter(services__contains=[_code("service_need", service)])
        if region := asked.get("region"):
            desks = desks.filter(team__region=_code("region", region))
        if team := asked.get("team"):
            desks = desks.filter(team__slug=team[:80].replace("\x00", ""))
        if age_band := asked.get("age_band"):
            code = _code("age_band", age_band)
            desks = offering.taking(desks, column="age_bands", code=code, service=service or "")
        if gender := asked.get("gender"):
            code = _code("gender_identity", gender)
            desks = offering.taking(desks, column="genders", code=code, service=service or "")
        if language := asked.get("language"):
            desks = desks.filter(languages__contains=[_code("service_language", language)])
        if asked.get("accepting") == "true":
            desks = offering.accepting(desks)
        return _page(
            self,
            request,
            desks,
            lambda page: DeskOut(
                page, many=True, context={"duties": duty.at_desks(page, at=timezone.now())}
            ),
        )


def _terms_out(desk: Desk, service: str) -> dict[str, Any]:
    terms = eligibility.terms_of(desk, service)
    if not terms.is_narrower(desk):
        return {}
    return {
        "age_bands": list(terms.age_bands),
        "genders": list(terms.genders),
        "condition": terms.condition or None,
    }


class CapacityView(APIView):
    """What the acting desk can take; the duty lead says it."""

    @extend_schema(request=CapacityIn, responses=DeskOut, operation_id="desks_set_capacity")
    def post(self, request: Request) -> Response:
        actor = require_view(request, "coordination.set_capacity")
        given = read_input(CapacityIn, request)
        said = set_capacity(
            actor=actor,
            level=given["level"],
            until=given.get("until"),
            beds=given.get("beds"),
            note=given.get("words", ""),
            keep=given.get("keep"),
            at=timezone.now(),
        )
        desks = offering.with_offer(Desk.objects.select_related("agency", "team"))
        return Response(DeskOut(desks.get(pk=said.desk_id)).data)


def _code(vocabulary: str, code: str) -> str:
    if code not in vocabularies.codes(vocabulary):
        raise serializers.ValidationError(
            {vocabulary: [_("This is not a code of its vocabulary.")]}
        )
    return code


def _page(view: APIView, request: Request, rows: Any, shape: Callable[[Any], Any]) -> Response:
    paginator = view.settings.DEFAULT_PAGINATION_CLASS()
    page = paginator.paginate_queryset(rows, request, view=view)
    response: Response = paginator.get_paginated_response(shape(page).data)
    return response


class NotFoundView(APIView):
    """Every other address below /api/: a problem document, not a page."""

    @extend_schema(exclude=True)
    def get(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        raise Http404

    post = put = patch = delete = get
