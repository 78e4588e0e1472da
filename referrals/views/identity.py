"""Indigenous identity, for Indigenous-led desks alone: to anybody else there is no such page."""

from django import forms
from django.http import Http404, HttpResponse
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
from coordination.http import (
    ActorRequest,
    carried_out,
    done,
    form_page,
    pressed,
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

    def written() -> HttpResponse:
        typed = form.cleaned_data
        identity.record_identity(case=case, actor=request.actor, at=timezone.now(), **typed)
        words = _("Kept, for Indigenous-led desks of this case alone.")
        return done(request, words, "cases:identity", shown)

    if answer := carried_out(request, form, written, _DETAIL, shown):
        return answer
    if request.method != "POST":
        record(Verb.IDENTITY_VIEWED, subject=identity.subject_of(case), at=timezone.now())
    kept = IndigenousIdentity.objects.visible_to(request.actor).filter(case=case).first()
    context = {"case": case, "form": form, "kept": kept}
    return form_page(request, "referrals/identity.html", context)


@require_POST
def withdraw_identity(request: ActorRequest, reference: str) -> HttpResponse:
    case = _load(request, reference)
    shown = references.display(case.reference)
    return pressed(
        request,
        lambda: identity.withdraw_identity(case=case, actor=request.actor, at=timezone.now()),
        _("Deleted. The record says only that it was withdrawn."),
        _DETAIL,
        shown,
    )


def _load(request: ActorRequest, reference: str) -> Case:
    """:raises Http404: for every desk that may not hold it, as if there were no such page."""
    require_permission(request, "cases.record_identity")
    case = visible_or_404(Case.objects.visible_to(request.actor), reference)
    if request.actor.desk is None or not may_hold(case, request.actor.desk):
        raise Http404
    return case
