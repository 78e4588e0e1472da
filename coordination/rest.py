"""
What the API of every app shares: strict input, codes, versions and idempotent creation.

Input that is unknown or owned by the server is refused, never ignored: a client that sends `status`
should learn that it does not decide it.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from coordination import idempotency, references, vocabularies
from coordination.access import Actor
from coordination.calendar import end_of_day
from coordination.errors import Invalid, NotAllowed, Refused
from coordination.idempotency import Answer

Input = TypeVar("Input", bound=serializers.Serializer[Any])

IDEMPOTENCY_KEY = OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, required=True)
MAX_KEY = 100
_LONGEST_NAME = 40


class PreconditionRequired(Refused):
    """A change has to say which version it was read from: 428."""


def actor_of(request: Request) -> Actor:
    """Return the actor, for a session and for a token alike."""
    return cast(Actor, request._request.actor)  # type: ignore[attr-defined]


def require_view(request: Request, permission: str) -> Actor:
    """
    Return the actor, if any of their roles has the permission.

    :raises NotAllowed: if none has.
    """
    actor = actor_of(request)
    if not actor.may(permission):
        raise NotAllowed(_("Your role cannot see this."))
    return actor


class StrictSerializer(serializers.Serializer[Any]):
    """Input shapes: unknown fields are errors."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = sorted({_named(str(name)) for name in data if name not in self.fields})
            if unknown:
                message = _("This field is not known here, or the server decides it.")
                raise serializers.ValidationError({name: [message] for name in unknown})
        return super().to_internal_value(data)


def _named(field: str) -> str:
    """Return a name as an error may repeat it: one that is no name may be anything."""
    return field if field.isidentifier() and len(field) <= _LONGEST_NAME else "?"


class CodeField(serializers.ChoiceField):
    """One code of a vocabulary; an error does not repeat what was sent instead."""

    default_error_messages = {"invalid_choice": _("This is not a code of its vocabulary.")}

    def __init__(self, vocabulary: str, **kwargs: Any) -> None:
        super().__init__(choices=vocabularies.choices(vocabulary), **kwargs)


class CodesField(serializers.ListField):
    """Several codes of a vocabulary, without doubles."""

    def __init__(self, vocabulary: str, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", len(vocabularies.codes(vocabulary)))
        super().__init__(child=CodeField(vocabulary), **kwargs)

    def to_internal_value(self, data: Any) -> list[str]:
        return list(dict.fromkeys(super().to_internal_value(data)))


@extend_schema_field(OpenApiTypes.DATETIME)
class MomentField(serializers.Field[dt.datetime, str, str, Any]):
    """A moment, or a day: then its last second by the clock of Toronto."""

    def to_internal_value(self, data: str) -> dt.datetime:
        text = data if isinstance(data, str) else ""
        try:
            day = parse_date(text)
            if day:
                return end_of_day(day).astimezone(dt.UTC)
            moment = parse_datetime(text)
            if moment and timezone.is_aware(moment):
                return moment.astimezone(dt.UTC)
        except (ValueError, OverflowError):
            pass  # no such day, or one that does not exist in UTC: the same plain answer
        raise serializers.ValidationError(
            _("Give a day as 2026-12-31, or a moment with its time zone.")
        )

    def to_representation(self, value: dt.datetime) -> str:
        return value.isoformat()


def read_input(shape: type[Input], request: Request, *, partial: bool = False) -> dict[str, Any]:
    """Return the validated body. :raises ValidationError: 400, field by field."""
    serializer = shape(data=request.data, partial=partial)
    serializer.is_valid(raise_exception=True)
    return cast(dict[str, Any], serializer.validated_data)


def version_of(request: Request) -> int:
    """
    Return the version in If-Match; one that is no version at all is stale.

    :raises PreconditionRequired: without the header.
    """
    header = request.headers.get("If-Match", "").strip()
    if not header:
        raise PreconditionRequired(_("Send If-Match with the ETag of the record that you read."))
    text = header.removeprefix("W/").strip('"')
    return int(text) if text.isdecimal() and len(text) < 10 else 0  # noqa: PLR2004


def create_once(
    request: Request,
    *,
    route: str,
    create: Callable[[], str],
    show: Callable[[str], dict[str, Any]],
    payload: Mapping[str, Any] | None = None,
) -> Response:
    """
    Answer a creating request, once a key.

    `create` returns what names the new thing, which is all that is kept for the key; `show` says it
    as its reader may see it now, so that a key sent again shows nothing that is hidden since.
    `payload` stands for the body where that is no JSON.

    :raises Invalid: without an Idempotency-Key.
    """
    key = request.headers.get("Idempotency-Key", "")
    if not key or len(key) > MAX_KEY or not key.isprintable():
        raise Invalid(_("Send an Idempotency-Key of up to 100 characters with this request."))
    answer = idempotency.once(
        actor_of(request),
        route=route,
        key=key,
        payload=request.data if payload is None else payload,
        create=lambda: Answer(201, {"made": create()}),
    )
    body = show(answer.body["made"])
    headers = {"ETag": f'"{body["version"]}"'} if "version" in body else {}
    return Response(body, status=answer.status, headers=headers)


def shown_reference(reference: str) -> str:
    return references.display(reference)
