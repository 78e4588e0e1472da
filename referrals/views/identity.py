"""Indigenous identity, for Indigenous-led desks alone: to anybody else there is no such page."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t
from django.views.decorators.http import require_http_methods, require_POST

from audit.record import record
from audit.verbs import Verb
from cases.actions import identity
from cases.models import Case, IndigenousIdentity
from cases.models.identity import may_hold
from coordination import references, vocabularies
from coordination.errors import Invalid, Refused
from coordination.http import (
    UNPROCESSABLE,
    ActorRequest,
    add_refusal,
    refuse,
    require_permission,
    visible_or_404,
)
from referrals.fields import day, one

_DETAIL = "cases:detail"


class IdentityForm(forms.Form):
    identities = forms.MultipleChoiceField(
        label=_t("The person says that they are"),
        widget=forms.CheckboxSelectMultiple,
        choices=lambda: [
            (code, vocabularies.label("indigenous_identity", code)) for code in identity.OFFERED
        ],
        error_messages={"required": _t("Choose at least one.")},
    )
    consent_form = one("identity_consent", _t("How did the person agree that it is kept?"))
    consent_given_on = day(_t("On which day?"))


@require_http_methods(["GET", "HEAD", "POST"])
def identity_of(request: ActorRequest, reference: str) -> HttpResponse:
    """Show what is kept, or take it."""
    case = _load(request, reference)
    shown = references.display(case.reference)
    initial = {"consent_given_on": timezone.localdate().isoformat()}
    form = IdentityForm(request.POST or None, initial=initial)
    status = 200
    if request.method == "POST":
        status = UNPROCESSABLE
        if form.is_valid():
            typed: dict[str, Any] = form.cleaned_data
            try:
                identity.record_identity(case=case, actor=request.actor, at=timezone.now(), **typed)
            except Invalid as refusal:
                add_refusal(form, refusal)
            except Refused as refusal:
                return refuse(request, refusal, _DETAIL, shown)
            else:
                messages.success(request, _("Kept, for Indigenous-led desks of this case alone."))
                return redirect("cases:identity", shown)
    else:
        record(Verb.IDENTITY_VIEWED, subject=identity.subject_of(case), at=timezone.now())
    kept = IndigenousIdentity.objects.visible_to(request.actor).filter(case=case).first()
    context = {"case": case, "form": form, "kept": kept}
    return render(request, "referrals/identity.html", context, status=status)


@require_POST
def withdraw_identity(request: ActorRequest, reference: str) -> HttpResponse:
    case = _load(request, reference)
    shown = references.display(case.reference)
    try:
        identity.withdraw_identity(case=case, actor=request.actor, at=timezone.now())
    except Refused as refusal:
        return refuse(request, refusal, _DETAIL, shown)
    messages.success(request, _("Deleted. The record says only that it was withdrawn."))
    return redirect(_DETAIL, shown)


def _load(request: ActorRequest, reference: str) -> Case:
    """:raises Http404: for every desk that may not hold it, as if there were no such page."""
    require_permission(request, "cases.record_identity")
    case = visible_or_404(Case.objects.visible_to(request.actor), reference)
    if request.actor.desk is None or not may_hold(case, request.actor.desk):
        raise Http404
    return case
