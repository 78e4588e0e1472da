"""Tables that concern governance bodies: their stewards decide, then others read them."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination import stewardship, vocabularies
from coordination.errors import Refused
from coordination.http import (
    ActorRequest,
    pressed,
    refuse,
)
from coordination.releasing.computing import NETWORK
from coordination.releasing.sharing import READ, Sealed, sealed, take

_PAGE, _TABLE = "coordination:stewardship", "coordination:sealed_table"
_DONE = {
    "release": _t("Released for your body."),
    "withhold": _t("Withheld."),
    "withdraw": _t("Withdrawn. Others do not see it."),
}
_WITHDRAWN_OPEN = _t(
    "Withdrawn. Others no longer see it: on no page, in no new file, not in the API. Files that"
    " were taken stay taken."
)


class TakeForm(forms.Form):
    purpose = forms.ChoiceField(
        label=_t("What for?"), choices=lambda: vocabularies.choices("statistics_purpose")
    )


@require_safe
def tables(request: ActorRequest) -> HttpResponse:
    """Show which tables wait, and what became of the others."""
    _require(request)
    found = sealed(request.actor, audience=NETWORK)
    groups = [
        (status, [each for each in found if each.status == status])
        for status in ("sealed", "released", "withheld", "withdrawn")
    ]
    context = {"groups": [each for each in groups if each[1]], "is_steward": _decides(request)}
    return render(request, "coordination/stewardship.html", context)


@require_safe
def table(request: ActorRequest, period: str, name: str) -> HttpResponse:
    """Show one table, who decided what of it, and what the reader may decide now."""
    context = {"sealed": _sealed(request, period, name), "form": TakeForm()}
    return render(request, "coordination/sealed_table.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: ActorRequest, period: str, name: str, verb: str) -> HttpResponse:
    """Say first what a decision does, withdrawing above all: the answer to that decides."""
    if not _decides(request):
        raise PermissionDenied
    found = _sealed(request, period, name)
    if verb not in stewardship.TRANSITIONS:
        raise Http404
    words = dict(found.verbs).get(verb)
    if request.method != "POST":
        if words is None:
            messages.error(request, _("This was decided already."))
            return redirect(_TABLE, period, name)
        context = {"sealed": found, "verb": verb, "words": words, "others": _others(found)}
        return render(request, "coordination/decide_table.html", context)
    was_open = not found.waits_for
    said = _WITHDRAWN_OPEN if verb == "withdraw" and was_open else _DONE[verb]
    return pressed(
        request,
        lambda: stewardship.decide_table(
            actor=request.actor, table=found.row, verb=verb, at=timezone.now()
        ),
        str(said),
        _TABLE,
        period,
        name,
    )


@require_POST
def take_out(request: ActorRequest, period: str, name: str) -> HttpResponse:
    """Record that it leaves, and answer with the file: what exports are shown, never more."""
    _require(request)
    found = _sealed(request, period, name)
    form = TakeForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose what it is for."))
        return redirect(_TABLE, period, name)
    try:
        content = take(
            actor=request.actor,
            table=found.row,
            purpose=form.cleaned_data["purpose"],
            at=timezone.now(),
        )
    except Refused as refusal:
        return refuse(request, refusal, _TABLE, period, name)
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="relay-{period}-{name}.csv"'
    return response


def _others(found: Sealed) -> list[str]:
    """Return the other bodies without which nobody else sees it."""
    own = found.own.body if found.own else ""
    rest = [each.body for each in found.decisions if each.status != "released"]
    return [vocabularies.label("governance_body", body) for body in rest if body != own]


def _sealed(request: ActorRequest, period: str, name: str) -> Sealed:
    """:raises Http404: if there is none that the reader may see: nobody can tell which."""
    _require(request)
    found = sealed(request.actor, audience=NETWORK)
    for each in found:
        if (each.row.period, each.row.name) == (period, name):
            return each
    raise Http404


def _require(request: ActorRequest) -> None:
    if not any(map(request.actor.may, READ)):
        raise PermissionDenied


def _decides(request: ActorRequest) -> bool:
    return request.actor.may(stewardship.DECIDE)
