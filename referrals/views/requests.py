"""The person asks through the desk that leads: written down on the case, answered by its desk."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t
from django.views.decorators.http import require_http_methods

from cases.actions.requesting import answer_request, open_request, requests_of
from cases.models import Case
from coordination import references
from coordination.errors import Invalid, Refused
from coordination.http import (
    UNPROCESSABLE,
    ActorRequest,
    add_refusal,
    refuse,
    require_permission,
    visible_or_404,
)
from coordination.register_forms import day, one
from coordination.registers import KEEP, Said
from coordination.words import WordsForm

_FORM = "coordination/register_form.html"
_EXPLAINED = _t(
    "Read it aloud or print it from “What is recorded about you”. Then say here what was done."
)


class RequestForm(WordsForm):
    kind = one("request_kind", _t("What does the person ask?"))
    received_on = day(_t("Asked on"))


class OutcomeForm(forms.Form):
    outcome = one("request_outcome", _t("How was it answered?"))


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: ActorRequest, reference: str) -> HttpResponse:
    """Write down what the person asks, on the case that the acting desk leads."""
    require_permission(request, "cases.open_request")
    case = visible_or_404(Case.objects.visible_to(request.actor), reference)
    if not request.actor.acts_for(case.lead_desk_id):
        raise PermissionDenied
    shown, status = references.display(case.reference), 200
    form = RequestForm(request.POST or None, initial={"received_on": timezone.localdate()})
    if request.method == "POST":
        status = UNPROCESSABLE
        if form.is_valid():
            said = Said(form.typed(), form.kept())
            try:
                open_request(
                    actor=request.actor, case=case, said=said, at=timezone.now(), **form.codes()
                )
            except Invalid as refusal:
                add_refusal(form, refusal)
            except Refused as refusal:
                return refuse(request, refusal, "cases:detail", shown)
            else:
                messages.success(request, _("Written down. Answer within 30 days."))
                return redirect("cases:detail", shown)
    context = {"form": form, "case": case, "title": _("The person asks to see, correct or object")}
    return render(request, _FORM, context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: ActorRequest, reference: str) -> HttpResponse:
    """Write down how a request was answered; the answer itself is given aloud or on paper."""
    actor = request.actor
    if not (actor.may(KEEP) or actor.may("cases.answer_request")):
        raise PermissionDenied
    line = visible_or_404(requests_of(actor), reference)
    case = (
        None
        if actor.may(KEEP)
        else Case.objects.visible_to(actor).get(reference=line.case_reference)
    )
    back: list[Any] = (
        ["cases:detail", references.display(case.reference)] if case else ["coordination:registers"]
    )
    status = UNPROCESSABLE if request.method == "POST" else 200
    form = OutcomeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            answer_request(
                actor=actor, request=line, at=timezone.now(), outcome=form.cleaned_data["outcome"]
            )
        except Refused as refusal:
            return refuse(request, refusal, *back)
        messages.success(request, _("Written down."))
        return redirect(*back)
    context = {
        "form": form,
        "case": case,
        "line": line,
        "title": _("Answer the person"),
        "explain": _EXPLAINED,
        "back": "coordination:registers",
    }
    return render(request, _FORM, context, status=status)
