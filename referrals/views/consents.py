"""Pages of a case's consents: record one, and take one back after seeing what that does."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _t
from django.views.decorators.http import require_http_methods

from audit.record import record
from audit.verbs import Verb
from cases.actions.consents import record_consent
from cases.models import Case, Consent
from coordination import references
from coordination.errors import Refused
from coordination.http import (
    CONFLICT,
    UNPROCESSABLE,
    ActorRequest,
    carried_out,
    done,
    form_page,
    refuse,
    require_permission,
    visible_or_404,
)
from referrals import consents
from referrals.actions.consenting import withdraw_consent
from referrals.consent_forms import ConsentForm, WithdrawConsentForm
from referrals.effects import effect_of, why_over

_DETAIL = "cases:detail"


@require_http_methods(["GET", "HEAD", "POST"])
def record_one(request: ActorRequest, reference: str) -> HttpResponse:
    require_permission(request, "cases.record_consent")
    case = _led(request, reference)
    shown = references.display(case.reference)
    form = ConsentForm(request.POST or None)

    def recorded() -> HttpResponse:
        record_consent(actor=request.actor, case=case, given=form.given(), at=timezone.now())
        return done(request, str(_t("Recorded. What rests on it ends with it.")), _DETAIL, shown)

    if answer := carried_out(request, form, recorded, _DETAIL, shown):
        return answer
    return form_page(request, "referrals/consent.html", {"case": case, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw_one(request: ActorRequest, reference: str, number: int) -> HttpResponse:
    """Show what would end, desk by desk, and carry it out."""
    require_permission(request, "cases.withdraw_consent")
    case = _led(request, reference)
    shown, now = references.display(case.reference), timezone.now()
    rows = Consent.objects.visible_to(request.actor).select_related("desk__agency")
    consent = get_object_or_404(rows, case=case, number=number)
    effect = effect_of(consent, at=now)
    over = why_over(consent, effect, at=now)
    form = WithdrawConsentForm(request.POST or None, initial={"version": consent.version})
    status = 200
    if over:
        status = CONFLICT
    elif request.method == "POST":
        status = UNPROCESSABLE
        if form.is_valid():
            try:
                withdraw_consent(consent=consent, actor=request.actor, at=now, **form.arguments())
            except Refused as refusal:
                return refuse(request, refusal, _DETAIL, shown)
            messages.success(request, str(_t("Taken back. Nothing new is shared on it.")))
            return redirect(_DETAIL, shown)
    else:
        record(Verb.CASE_VIEWED, subject=case.subject, at=now)
    context = {
        "case": case,
        "consent": consents.consent_shown(consent, case, at=now),
        "effect": consents.effect_shown(effect),
        "form": form,
        "over": over,
    }
    return render(request, "referrals/consent_withdraw.html", context, status=status)


def _led(request: ActorRequest, reference: str) -> Case:
    """Return a case whose consents the reader sees, and whose lead desk they act for."""
    case = visible_or_404(Case.objects.visible_to(request.actor), reference)
    if request.actor.acts_for(case.lead_desk_id):
        return case
    if Consent.objects.visible_to(request.actor).filter(case=case).exists():
        raise PermissionDenied
    raise Http404
