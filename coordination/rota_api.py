"""The rota of the acting desk through the API: read with its version, set as a whole."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from coordination import access, duty
from coordination.errors import Invalid
from coordination.models import Desk, User
from coordination.rest import (
    CodeField,
    CodesField,
    MomentField,
    StrictSerializer,
    read_input,
    require_view,
    version_of,
)
from coordination.rota import (
    MOST_LINES,
    NOT_HERE,
    SET,
    VIEW,
    ExceptionGiven,
    Rota,
    ShiftGiven,
    rota_of,
    set_rota,
)

_IF_MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, required=True)


class ShiftIn(StrictSerializer):
    days = CodesField("weekday", allow_empty=False)
    starts_at = serializers.TimeField()
    ends_at = serializers.TimeField(help_text="Of the next day, if it is not later.")
    person = serializers.CharField(max_length=80)


class ExceptionIn(StrictSerializer):
    since = MomentField()
    until = MomentField()
    who = CodeField("duty_exception")
    person = serializers.CharField(max_length=80, required=False, allow_null=True)


class RotaIn(StrictSerializer):
    shifts = serializers.ListField(child=ShiftIn(), max_length=MOST_LINES)
    exceptions = serializers.ListField(child=ExceptionIn(), max_length=MOST_LINES)


class ShiftOut(serializers.Serializer[Any]):
    days = serializers.ListField(child=serializers.CharField())
    starts_at = serializers.TimeField()
    ends_at = serializers.TimeField()
    person = serializers.CharField(source="person.username")


class ExceptionOut(serializers.Serializer[Any]):
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    who = serializers.CharField()
    person = serializers.CharField(source="person.username", allow_null=True, default=None)


class OnDutyOut(serializers.Serializer[Any]):
    desk = serializers.CharField(source="rings.slug", help_text="Whose phone rings.")
    phone = serializers.CharField(source="rings.duty_phone")
    because = serializers.CharField()
    people = serializers.SerializerMethodField(help_text="Of the own desk only.")

    def get_people(self, held: duty.Duty) -> list[str]:
        return [person.username for person in held.people] if self.context["own"](held) else []


class RotaOut(serializers.Serializer[Any]):
    desk = serializers.CharField()
    version = serializers.IntegerField()
    time_zone = serializers.CharField()
    shifts = ShiftOut(many=True)
    exceptions = ExceptionOut(many=True)
    on_duty = OnDutyOut()


class RotaView(APIView):
    """Who is on duty at the acting desk; its duty lead sets it."""

    @extend_schema(responses=RotaOut, operation_id="rota_retrieve")
    def get(self, request: Request) -> Response:
        desk = access.require(require_view(request, VIEW), VIEW)
        now = timezone.now()
        return _answer(desk, rota_of(desk, at=now), at=now)

    @extend_schema(
        request=RotaIn, responses=RotaOut, parameters=[_IF_MATCH], operation_id="rota_set"
    )
    def put(self, request: Request) -> Response:
        actor = require_view(request, SET)
        desk, version = access.require(actor, SET), version_of(request)
        given, now = read_input(RotaIn, request), timezone.now()
        people = access.people_at(desk)
        found = set_rota(
            actor=actor,
            shifts=[
                ShiftGiven(
                    tuple(each["days"]),
                    each["starts_at"],
                    each["ends_at"],
                    _person(people, each["person"], path=f"shifts.{place}"),
                )
                for place, each in enumerate(given["shifts"])
            ],
            exceptions=[
                ExceptionGiven(
                    each["since"],
                    each["until"],
                    each["who"],
                    _person(people, each["person"], path=f"exceptions.{place}")
                    if each.get("person")
                    else None,
                )
                for place, each in enumerate(given["exceptions"])
            ],
            version=version,
            at=now,
        )
        return _answer(desk, found, at=now)


def _answer(desk: Desk, found: Rota, *, at: dt.datetime) -> Response:
    shown = RotaOut(
        {
            "desk": desk.slug,
            "version": found.version,
            "time_zone": desk.time_zone,
            "shifts": found.shifts,
            "exceptions": found.exceptions,
            "on_duty": duty.at_desks([desk], at=at)[desk.pk],
        },
        context={"own": lambda held: held.desk == desk},
    )
    return Response(shown.data, headers={"ETag": f'"{found.version}"'})


def _person(people: Sequence[User], username: str, *, path: str) -> User:
    found = next((each for each in people if each.username == username), None)
    if found is None:
        raise Invalid(NOT_HERE, field=f"{path}.person")
    return found
