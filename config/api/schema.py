"""What the OpenAPI document says of our tokens, and of what refuses."""

from collections.abc import Iterator
from typing import Any

from django.utils.functional import Promise
from drf_spectacular.extensions import OpenApiAuthenticationExtension

from coordination import vocabularies

PROBLEM = {
    "type": "object",
    "description": "RFC 9457",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "A sentence that says what to do."},
        "errors": {"type": "object", "description": "Of a 400: what is wrong, by field."},
        "actions": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Of a 409: the verbs that are possible now.",
        },
        "findings": {
            "type": "array",
            "items": {"type": "object"},
            "description": "Of words that identify: kind, label, answer, start, end.",
        },
        "guard_rails": {
            "type": "array",
            "items": {"type": "object"},
            "description": "What has to be answered before it is sent: code, effect, label, advice,"
            " the `field` that takes the answer, and the `answers` that it takes.",
        },
    },
    "required": ["type", "title", "status", "detail"],
}
REFUSALS = {
    "400": "A field is wrong, unknown or the server's own. Nothing was stored.",
    "401": "No valid token and no session.",
    "403": "Not allowed to this role, side or token.",
    "404": "Not there, or not for you.",
    "409": "Not possible now.",
    "412": "Somebody changed it since you read it.",
    "422": "The Idempotency-Key came before with another body.",
    "428": "If-Match is missing.",
    "429": "Too many requests: wait.",
}
_ALWAYS = ("401", "403", "429")
_BY_PARAMETER = {
    "reference": ("404",),
    "id": ("404",),
    "If-Match": ("400", "409", "412", "428"),
    "Idempotency-Key": ("400", "409", "422"),
}


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "coordination.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:  # noqa: ARG002
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "Token <text>. A token of scope read gets 403 for whatever changes.",
        }


def describe_refusals(result: dict[str, Any], **_of_spectacular: Any) -> dict[str, Any]:
    """Give each operation the problem documents that it may answer with."""
    result["components"]["schemas"]["Problem"] = PROBLEM
    result["components"]["responses"] = {code: _response(code) for code in REFUSALS}
    for operations in result["paths"].values():
        for operation in operations.values():
            for code in sorted(_codes(operation)):
                operation["responses"][code] = {"$ref": f"#/components/responses/{code}"}
    return result


def describe_pages(result: dict[str, Any], **_of_spectacular: Any) -> dict[str, Any]:
    """
    Say of each list that it comes in pages: no operation of ours answers with a bare array.

    The generator knows lists of viewsets with a queryset alone, and describes the others by rows.
    """
    for operations in result["paths"].values():
        for content in operations.get("get", {}).get("responses", {}).get("200", {}).values():
            for media in content.values() if isinstance(content, dict) else ():
                rows = media["schema"]
                if rows.get("type") == "array":
                    media["schema"] = _page_of(rows)
    return result


def _page_of(rows: dict[str, Any]) -> dict[str, Any]:
    address = {"type": ["string", "null"], "format": "uri"}
    return {
        "type": "object",
        "properties": {"next": address, "previous": address, "results": rows},
        "required": ["next", "previous", "results"],
    }


def _codes(operation: dict[str, Any]) -> Iterator[str]:
    yield from _ALWAYS
    for each in operation.get("parameters", []):
        yield from _BY_PARAMETER.get(each["name"], ())


def _response(code: str) -> dict[str, Any]:
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    response = {
        "description": REFUSALS[code],
        "content": {"application/problem+json": problem},
    }
    if code == "429":
        seconds = {"description": "Seconds to wait.", "schema": {"type": "integer"}}
        response["headers"] = {"Retry-After": seconds}
    return response


def services() -> list[tuple[str, Promise]]:
    """Return the codes that several fields share under names of their own."""
    return vocabularies.choices("service_need")


def decline_reasons() -> list[tuple[str, Promise]]:
    """Return the codes with which referrals and hand-offs are declined."""
    return vocabularies.choices("decline_reason")


def bases() -> list[tuple[str, Promise]]:
    """Return the codes of what a sharing rests on; of a consent, some of them."""
    return vocabularies.choices("consent_basis")


def organisation_kinds() -> list[tuple[str, Promise]]:
    """Return the kinds of agency that an audience names."""
    return vocabularies.choices("organisation_kind")


def asked_for() -> list[tuple[str, Promise]]:
    """Return what a legal document may ask for."""
    return vocabularies.choices("asked_for")


def breach_levels() -> list[tuple[str, Promise]]:
    """Return how likely misuse is, and how grave, of a breach."""
    return vocabularies.choices("breach_level")
