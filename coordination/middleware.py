"""
The transaction of a request, opened around the whole answer; who acts in it; who is turned away.

Not ATOMIC_REQUESTS: that ends before templates and renderers run, while a page that shows a record
has to have written so before the first byte leaves.
"""

import uuid
import zoneinfo
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy

from audit.record import record, request_id, set_actor
from audit.verbs import Verb
from coordination import access, references
from coordination.models import User

GetResponse = Callable[[HttpRequest], HttpResponseBase]

REFUSALS = frozenset({403, 404, 409})
REFUSALS_A_MINUTE = 60
"""Per person: enough to show that somebody tries doors, too few to fill the disk. That there were
more is recorded too."""


NOT_YOURS = gettext_lazy(
    "You do not sit at the desk that X-Acting-Desk names. Name one of your desks, or none."
)


def take_part(request: HttpRequest, user: User) -> access.Actor:
    """Make a person the actor of this request and of its transaction; return the actor."""
    named = request.headers.get("X-Acting-Desk") or request.session.get("acting_desk")
    actor = access.actor_for(user, desk_slug=named)
    if actor.desk is None and named and "X-Acting-Desk" not in request.headers:
        actor = access.actor_for(user)  # the desk remembered in the session is no longer theirs
    set_actor(user.pk, actor.desk.pk if actor.desk else None)
    request.actor = actor  # type: ignore[attr-defined]
    if actor.desk:
        timezone.activate(zoneinfo.ZoneInfo(actor.desk.time_zone))
    return actor


def names_a_desk_of_others(request: HttpRequest, actor: access.Actor) -> bool:
    """Tell whether a request asks to act where its person has no seat: then it does nothing."""
    return bool(request.headers.get("X-Acting-Desk")) and actor.desk is None


class RequestTransactionMiddleware:
    """After AuthenticationMiddleware: one transaction a request, rolled back on an error answer."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith(("/healthz", "/readyz", settings.STATIC_URL)):
            return self.get_response(request)
        token = request_id.set(uuid.uuid4())
        try:
            response = self._answer(request)
            status = getattr(request, "refused", response.status_code)
            if request.user.is_authenticated:
                _write_refusals(request, status)
        finally:
            request_id.reset(token)
            timezone.deactivate()
        if isinstance(response, HttpResponse):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], *_arguments: object
    ) -> None:
        """
        Refuse a page to who names another's desk; the API's own permission says it there.

        :raises PermissionDenied: inside the transaction, so that the refusal is recorded.
        """
        actor = getattr(request, "actor", None)
        if actor and not hasattr(view, "cls") and names_a_desk_of_others(request, actor):
            raise PermissionDenied(NOT_YOURS)

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        try:
            with transaction.atomic():
                if isinstance(request.user, User):
                    take_part(request, request.user)
                response = self.get_response(request)
                if response.streaming:
                    raise RuntimeError("A stream would read after the commit.")
                if response.status_code >= 400:  # noqa: PLR2004  the first error status of HTTP
                    transaction.set_rollback(True)
        finally:
            if connection.in_atomic_block and not connection.needs_rollback:
                set_actor(None)  # only inside a test's own transaction
        return response


class SignInMiddleware(LoginRequiredMiddleware):
    """Leads a stranger to the sign-in page; and back to the form of which nothing was stored."""

    def handle_no_permission(
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseRedirect:
        answer = super().handle_no_permission(request, view_func)
        if request.method != "POST":
            return answer
        # Its own address may take a POST alone. What was typed is kept nowhere: it may be a name.
        page, host = request.headers.get("Referer", ""), request.get_host()
        if page.startswith("http") and url_has_allowed_host_and_scheme(page, {host}):
            answer = redirect_to_login(_path_of(page), settings.LOGIN_URL)
        answer["Location"] += "&unsent=1"
        return answer


def _path_of(address: str) -> str:
    parts = urlsplit(address)
    return parts._replace(scheme="", netloc="", fragment="").geturl() or "/"


class MethodMiddleware:
    """Last: an address that takes no such request says what to do, as other refusals do."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not isinstance(response, HttpResponseNotAllowed) or not hasattr(request, "actor"):
            return response
        if not response.content:  # the API has said it
            response.content = render(request, "405.html").content
        return response


def _write_refusals(request: HttpRequest, status: int) -> None:
    """Record refused attempts in a transaction of their own: the request's may be rolled back."""
    match = request.resolver_match
    refused = list(getattr(request, "also_refused", []))
    if status in REFUSALS and match:  # an address that leads nowhere asks for nothing
        asked = request.GET.get("before") or str(match.kwargs.get("reference", ""))
        refused.append((asked, status))
    for asked, answered in refused:
        _write_refusal(request, asked, answered)


def _write_refusal(request: HttpRequest, asked: str, status: int) -> None:
    window = f"refusals:{request.user.pk}:{timezone.now():%H%M}"
    cache.add(window, 0, 120)
    count = cache.incr(window)
    if count > REFUSALS_A_MINUTE + 1:
        return
    try:
        named = references.display(references.parse(asked))
    except references.BadReference:
        named = "-"  # whoever asks chooses the letters: what is no reference is not kept
    match = request.resolver_match
    actor = getattr(request, "actor", None)
    with transaction.atomic():
        set_actor(request.user.pk, actor.desk.pk if actor and actor.desk else None)
        record(
            Verb.ACCESS_REFUSED,
            subject=f"asked:{named if count <= REFUSALS_A_MINUTE else '-'}",
            at=timezone.now(),
            data={
                "status": status,
                "route": match.route if match else "",
                "method": request.method,
                **({"more": True} if count > REFUSALS_A_MINUTE else {}),
            },
        )
        set_actor(None)
