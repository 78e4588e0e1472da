"""Pages that say who could see a case between two days: for its lead, and for the auditor."""

import datetime as dt
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
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
from referrals import labels, readers, tracing
from referrals.actions.tracing import trace_access
from referrals.former_leads import former_leads
from referrals.tracing_forms import AskedForm, DaysForm, TraceForm

_LATELY = dt.timedelta(days=30)


@require_safe
def case_access(request: ActorRequest, reference: str) -> HttpResponse:
    """Show who can see a case now, and who could between two days; a reader, its own desk only."""
    require_permission(request, "cases.view_case")
    actor = request.actor
    case = visible_or_404(
        Case.objects.visible_to(actor).select_related("lead_desk__agency", "lead_desk__team"),
        reference,
    )
    record(Verb.CASE_VIEWED, subject=case.subject, at=timezone.now())
    today = timezone.localdate()
    lately = {"begins": today - _LATELY, "ends": today}
    asked = {"begins", "ends"} & set(request.GET)
    form = DaysForm(request.GET if asked else lately)
    status = 200 if form.is_valid() else UNPROCESSABLE
    leads = case.lead_desk_id in actor.desk_ids
    former = former_leads([case], actor).get(case.pk)
    lead = former.lead if former else case.lead_desk
    context = {
        "case": case,
        "form": form,
        "access": readers.now(case),
        "leads": leads,
        "lead_label": labels.desk_label(lead) if lead else "",
    }
    if form.is_valid():
        context |= _found(case.reference, actor, leads=leads, form=form)
    return render(request, "referrals/case_access.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def trace(request: ActorRequest) -> HttpResponse:
    """Take for which purpose an auditor asks, then show who could see the case; no fact of it."""
    require_permission(request, "coordination.trace_access")
    if request.method != "POST":
        return _traced(request)
    form = TraceForm(request.POST)
    if not form.is_valid():
        return render(request, "referrals/trace.html", {"form": form}, status=UNPROCESSABLE)
    starts, ends = form.span()
    try:
        trace_access(
            actor=request.actor,
            case_reference=form.cleaned_data["code"],
            purpose=form.cleaned_data["purpose"],
            at=timezone.now(),
            starts=starts,
            ends=ends,
        )
    except Refused as refusal:
        return refuse(request, refusal, "cases:trace")
    asked = {name: form.data[name] for name in ("code", "begins", "ends")}
    return redirect(f"{reverse('cases:trace')}?{urlencode(asked)}")


def _traced(request: ActorRequest) -> HttpResponse:
    """Show what was asked with a purpose in the last minutes; else the form, to say why."""
    asked = AskedForm(request.GET or None)
    context: dict[str, Any] = {"form": TraceForm(initial=request.GET.dict())}
    if asked.is_bound and asked.is_valid():
        code = asked.cleaned_data["code"]
        spans = AccessSpan.objects.visible_to(request.actor)
        if not spans.filter(case_reference=code).exists():
            raise Http404
        context |= {"traced": code, **_found(code, request.actor, leads=True, form=asked)}
    return render(request, "referrals/trace.html", context)


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
