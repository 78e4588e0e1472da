"""Errors of the API: RFC 9457 problem documents, in the reader's language."""

import logging
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from coordination.errors import Invalid, NotAllowed, Refused, Stale, WrongStatus
from coordination.gate import patterns
from coordination.gate.texts import Identifying
from coordination.idempotency import KeyReused, StillRunning
from coordination.rest import PreconditionRequired
from coordination.throttling import Stranger
from coordination.vocabularies import UnknownCode
from referrals.guard_rails import BeforeSending

_STATUS: tuple[tuple[type[Refused], int], ...] = (
    (NotAllowed, 403),
    (WrongStatus, 409),
    (StillRunning, 409),
    (Stale, 412),
    (KeyReused, 422),
    (PreconditionRequired, 428),
    (Invalid, 400),
)


_GENERIC: dict[type[Exception], Any] = {
    exceptions.UnsupportedMediaType: _t("The body of a request is JSON: application/json."),
    exceptions.MethodNotAllowed: _t("This address does not take this method."),
}
"""Where the framework's own words repeat what was sent."""


def handle(error: Exception, context: dict[str, Any]) -> Response:
    """
    Turn an exception of a view into a problem document.

    That PostgreSQL is away, `coordination.outage` says for pages and the API alike.
    """
    if isinstance(error, OperationalError | InterfaceError):
        raise error
    if isinstance(error, Refused):
        return _refused(error, sent=_sent(context))
    if isinstance(error, UnknownCode):
        return problem(400, detail=_("A code is not in its vocabulary."))
    if isinstance(error, Http404 | exceptions.NotFound):
        return problem(404, detail=_("There is nothing here that you can open."))
    if isinstance(error, PermissionDenied):
        return problem(403, detail=str(error) or _("Your role cannot do this."))
    return _of_framework(error, context)


def _of_framework(error: Exception, context: dict[str, Any]) -> Response:
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        stranger = Stranger()
        if not stranger.allow_request(context["request"], context["view"]):
            error = exceptions.Throttled(stranger.wait())
    response = exception_handler(error, context)
    if response is None:
        logging.getLogger(__name__).error("unhandled", exc_info=error)
        return problem(500, detail=_("Something went wrong on our side. Nothing was changed."))
    if isinstance(error, exceptions.ValidationError):
        detail = _("Some fields are wrong. Nothing was stored.")
        return problem(400, detail=detail, errors=response.data)
    detail = str(_GENERIC.get(type(error), getattr(error, "detail", "")))
    headers = {
        k: v for k, v in response.headers.items() if k in {"WWW-Authenticate", "Retry-After"}
    }
    if isinstance(error, exceptions.Throttled):
        detail = _("Too many requests. Try again in %(seconds)s seconds.") % {
            "seconds": headers.get("Retry-After", "60")
        }
    return problem(response.status_code, detail=detail, headers=headers)


def problem(
    status: int, *, detail: str, headers: dict[str, str] | None = None, **members: Any
) -> Response:
    titles = {
        400: _("The request is not right"),
        401: _("Sign in first"),
        403: _("Not allowed"),
        404: _("Not found"),
        405: _("Not a method of this address"),
        409: _("Not now"),
        412: _("Changed since you read it"),
        415: _("Send JSON"),
        422: _("This key was used before"),
        428: _("Say which version you read"),
        429: _("Too many requests"),
        500: _("Our fault"),
    }
    body = {
        "type": "about:blank",
        "title": titles.get(status, _("Error")),
        "status": status,
        "detail": detail,
        **members,
    }
    return Response(body, status=status, headers=headers, content_type="application/problem+json")


def _refused(error: Refused, *, sent: Mapping[str, Any]) -> Response:
    status = next(code for kind, code in _STATUS if isinstance(error, kind))
    members: dict[str, Any] = {}
    if isinstance(error, WrongStatus):
        members["actions"] = error.allowed
    if isinstance(error, Identifying):
        members["findings"] = [
            {
                "kind": each.kind,
                "label": patterns.label(each.kind),
                "answer": each.answer,
                "start": each.start,
                "end": each.end,
            }
            for each in error.findings
        ]
    if isinstance(error, BeforeSending):
        members["guard_rails"] = [
            {
                "code": rail.code,
                "effect": rail.effect,
                "label": rail.label,
                "advice": rail.advice,
                "reasons": list(rail.reasons),
                "field": rail.field,
                "answers": list(rail.answers),
            }
            for rail in error.rails
        ]
    if isinstance(error, Invalid) and error.field:
        members["errors"] = _at(error.field, [str(error)], sent)
    return problem(status, detail=str(error), **members)


_ADDRESSEES = ("to_desk", "to_team", "to_agency", "to_province")
_OF_A_BASIS = frozenset({"audience", "until", "provision", "form", "consent"})


def _sent(context: dict[str, Any]) -> Mapping[str, Any]:
    """Return the body of the request, if it is one that has fields."""
    try:
        data = context["request"].data
    except exceptions.APIException:
        return {}
    return data if isinstance(data, Mapping) else {}


def _at(field: str, said: list[str], sent: Mapping[str, Any]) -> dict[str, Any]:
    """Name a field as the body has it: actions say `to`, and a basis brings fields of its own."""
    if field == "to" and "to" not in sent:
        return {next((name for name in _ADDRESSEES if name in sent), _ADDRESSEES[0]): said}
    if field == "basis" and isinstance(sent.get("basis"), Mapping):
        return {"basis": {"code": said}}
    if field in _OF_A_BASIS and field not in sent and isinstance(sent.get("basis"), Mapping):
        return {"basis": {field: said}}
    return {field: said}
