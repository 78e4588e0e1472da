"""The API's documentation as one plain page, drawn from its own schema; no script, no style of others."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    schema: dict[str, Any] = SchemaGenerator(api_version="1").get_schema(public=True)
    operations = [
        {"method": method.upper(), "path": path, "operation": operation}
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]
    return render(request, "api/docs.html", {"operations": operations})
