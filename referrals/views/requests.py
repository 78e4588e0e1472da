"""The person asks through the desk that leads: written down on the case, answered by its desk."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t
from django.views.decorators.http import require_http_methods

from cases.actions.requesting import answer_request, open_request, requests_of
from cases.models import Case
from coordination import references
from coordination.http import (
    ActorRequest,
    carried_out,
    done,
    form_page,
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
    shown = references.display(case.reference)
    form = RequestForm(request.POST or None, initial={"received_on": timezone.localdate()})

    def asked() -> HttpResponse:
        said = Said(form.typed(), form.kept())
        open_request(actor=request.actor, case=case, said=said, at=timezone.now(), **form.codes())
        return done(request, _("Written down. Answer within 30 days."), "cases:detail", shown)

    if answer := carried_out(request, form, asked, "cases:detail", shown):
        return answer
    context = {"form": form, "case": case, "title": _("The person asks to see, correct or object")}
    return form_page(request, _FORM, context)


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
    back: list[str] = (
        ["cases:detail", references.display(case.reference)] if case else ["coordination:registers"]
    )
    form = OutcomeForm(request.POST or None)

    def answered() -> HttpResponse:
        outcome = form.cleaned_data["outcome"]
        answer_request(actor=actor, request=line, at=timezone.now(), outcome=outcome)
        return done(request, _("Written down."), *back)

    if answer := carried_out(request, form, answered, *back):
        return answer
    context = {
        "form": form,
        "case": case,
        "line": line,
        "title": _("Answer the person"),
        "explain": _EXPLAINED,
        "back": "coordination:registers",
    }
    return form_page(request, _FORM, context)
