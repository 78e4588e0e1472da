"""Pages that say who could see a case between two days: for its lead, and for the auditor."""

import datetime as dt
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from audit.record import record
from audit.verbs import Verb
from cases.models import Case
from coordination.access import Actor
from coordination.errors import Refused
from coordination.http import (
    UNPROCESSABLE,
    ActorRequest,
    refuse,
    require_permission,
    visible_or_404,
)
from coordination.models import AccessSpan
from referrals import telling, tracing
from referrals.actions.tracing import trace_access
from referrals.tracing_forms import DaysForm, TraceForm

_LATELY = dt.timedelta(days=30)


@require_safe
def case_access(request: ActorRequest, reference: str) -> HttpResponse:
    """Show who can see a case now, and who could between two days; a reader, its own desk only."""
    require_permission(request, "cases.view_case")
    actor = request.actor
    case = visible_or_404(Case.objects.visible_to(actor).select_related("lead_desk"), reference)
    record(Verb.CASE_VIEWED, subject=case.subject, at=timezone.now())
    today = timezone.localdate()
    lately = {"begins": today - _LATELY, "ends": today}
    asked = {"begins", "ends"} & set(request.GET)
    form = DaysForm(request.GET if asked else lately)
    status = 200 if form.is_valid() else UNPROCESSABLE
    context = {"case": case, "form": form, "access": telling.access_now(case)}
    if form.is_valid():
        context |= _found(
            case.reference, actor, leads=case.lead_desk_id in actor.desk_ids, form=form
        )
    return render(request, "referrals/case_access.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def trace(request: ActorRequest) -> HttpResponse:
    """Show an auditor who could see a case, once the purpose is said; no fact of it is shown."""
    require_permission(request, "coordination.trace_access")
    form = TraceForm(request.POST or None)
    status, context = 200, {"form": form}
    if request.method == "POST":
        status = UNPROCESSABLE
        if form.is_valid():
            status, code = 200, form.cleaned_data["code"]
            starts, ends = form.span()
            try:
                trace_access(
                    actor=request.actor,
                    case_reference=code,
                    purpose=form.cleaned_data["purpose"],
                    at=timezone.now(),
                    starts=starts,
                    ends=ends,
                )
            except Refused as refusal:
                return refuse(request, refusal, "cases:trace")
            spans = AccessSpan.objects.visible_to(request.actor)
            if not spans.filter(case_reference=code).exists():
                raise Http404
            context |= {"traced": code, **_found(code, request.actor, leads=True, form=form)}
    return render(request, "referrals/trace.html", context, status=status)


def _found(code: str, actor: Actor, *, leads: bool, form: DaysForm) -> dict[str, Any]:
    starts, ends = form.span()
    periods = tracing.periods_of(code, actor, starts=starts, ends=ends)
    if not leads:
        periods = [each for each in periods if each.desk.pk in actor.desk_ids]
    subjects = {each.subject for each in periods}
    return {
        "periods": periods,
        "looks": tracing.looks_at(code, subjects, starts=starts, ends=ends) if leads else [],
    }
