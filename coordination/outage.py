"""What a person or a system is told when something breaks, or PostgreSQL is away for a moment."""

import json
import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template import loader

RETRY_SECONDS = 5


def server_error(request: HttpRequest) -> HttpResponse:
    """
    Answer 503 while PostgreSQL is away, else 500; what was begun is rolled back in either case.

    The pages need no database: they are plain, and in both languages.
    """
    away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    status = 503 if away else 500
    if request.path.startswith("/api/"):
        title = "Service Unavailable" if away else "Internal Server Error"
        detail = "Nothing was stored. Try again."
        body = json.dumps(
            {"type": "about:blank", "title": title, "status": status, "detail": detail}
        )
        response = HttpResponse(body, status=status, content_type="application/problem+json")
    else:
        page = loader.get_template(f"{status}.html")
        response = HttpResponse(page.render(), status=status)
    if away:
        response["Retry-After"] = str(RETRY_SECONDS)
    response["Cache-Control"] = "no-store"
    return response
