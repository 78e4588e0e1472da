"""What the views of every app share: the request with its actor, and what refusals look like."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django_htmx.middleware import HtmxDetails

from coordination import references
from coordination.access import Actor
from coordination.errors import Invalid, NotAllowed, Refused
from coordination.words import WordsForm

UNPROCESSABLE = 422
CONFLICT = 409

Record = TypeVar("Record", bound=models.Model)


class ActorRequest(HttpRequest):
    """A request of a signed-in person, as the middleware leaves it."""

    actor: Actor
    htmx: HtmxDetails
    refused: int
    """Status to record as refused although the answer is a redirect with a message."""
    also_refused: list[tuple[str, int]]
    """What was asked for inside the request and refused, with the status it would have had."""


def visible_or_404(rows: "models.QuerySet[Record]", reference: str) -> Record:
    """
    Return the row with this reference out of the visible ones.

    :raises Http404: if there is none, it is invisible or is no reference: nobody can tell which.
    """
    try:
        return rows.get(reference=references.parse(reference))
    except (references.BadReference, models.ObjectDoesNotExist):
        raise Http404 from None


def note_refusal(request: HttpRequest, asked: str, status: int) -> None:
    """Have a refusal recorded although the request as a whole is answered otherwise."""
    kept = request.__dict__.setdefault("also_refused", [])
    kept.append((asked, status))


def link_to(request: Any, secret: str, language: str) -> str:
    """Return the address of an invitation, in the language of whom it is for."""
    return str(request.build_absolute_uri(f"/{language}/invitation/?key={secret}"))


def require_permission(request: ActorRequest, permission: str) -> None:
    """:raises PermissionDenied: if no role of the person has it."""
    if not request.actor.may(permission):
        raise PermissionDenied


def refuse(request: ActorRequest, refusal: Refused, to: str, *args: str) -> HttpResponse:
    """Answer a refusal that is not about the input: back to the page, which shows what is now."""
    if isinstance(refusal, NotAllowed):
        raise PermissionDenied(str(refusal))
    request.refused = CONFLICT
    messages.error(request, str(refusal))
    return redirect(to, *args)


def add_refusal(form: Form, refusal: Refused) -> None:
    """Show a refusal at the field that it names, or above the form."""
    if isinstance(form, WordsForm):
        form.refuse(refusal)
        return
    field = refusal.field if refusal.field in form.fields else None
    form.add_error(field, str(refusal))


def carried_out(
    request: ActorRequest, form: Form, act: Callable[[], HttpResponse], back: str, *args: str
) -> HttpResponse | None:
    """
    Do what a form asks and return where that leads; None while the form is to be shown.

    What is wrong with the input stands at its field; any other refusal leads back.
    """
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        return act()
    except Invalid as refusal:
        add_refusal(form, refusal)
    except Refused as refusal:
        return refuse(request, refusal, back, *args)
    return None


def form_page(
    request: HttpRequest, template: str | list[str], context: Mapping[str, Any]
) -> HttpResponse:
    """Show the page of a form: empty, or as it was sent, with what is wrong."""
    status = UNPROCESSABLE if request.method == "POST" else 200
    return render(request, template, dict(context), status=status)


def pressed(
    request: ActorRequest, act: Callable[[], object], words: str, to: str, *args: str
) -> HttpResponse:
    """Do what a button asks and say so on the page that a refusal leads to as well."""
    try:
        act()
    except Refused as refusal:
        return refuse(request, refusal, to, *args)
    return done(request, words, to, *args)


def done(request: HttpRequest, words: str, to: str, *args: str) -> HttpResponse:
    """Say what was done on the page that shows it."""
    messages.success(request, words)
    return redirect(to, *args)
