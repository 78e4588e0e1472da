"""The API's documentation: one plain page drawn from its own schema, with no script."""

from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator


@lru_cache(maxsize=4)
def _generate(_language: str) -> dict[str, Any]:
    """Return the schema, made once a language: that takes half a second, and anybody may ask."""
    generator = SchemaGenerator(api_version="1")  # type: ignore[no-untyped-call]
    schema: dict[str, Any] = generator.get_schema(public=True)  # type: ignore[no-untyped-call]
    return schema


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    schema = _generate(get_language() or "en")
    operations = [
        {"method": method.upper(), "path": path, "operation": operation}
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]
    return render(request, "api/docs.html", {"operations": operations})
