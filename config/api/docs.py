"""The API's documentation: one plain page drawn from its own schema, with no script."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator


def _generate() -> dict[str, Any]:
    generator = SchemaGenerator(api_version="1")  # type: ignore[no-untyped-call]
    schema: dict[str, Any] = generator.get_schema(public=True)  # type: ignore[no-untyped-call]
    return schema


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    schema = _generate()
    operations = [
        {"method": method.upper(), "path": path, "operation": operation}
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]
    return render(request, "api/docs.html", {"operations": operations})
