"""The pages of cases. A case shows with its referrals, so they live up here."""

from typing import Any

from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _t
from django.views.decorators.http import require_safe

from audit.record import record
from audit.verbs import Verb
from cases.actions import leading, notes
from cases.actions.requesting import requests_of
from cases.facts import lead_facts, task_facts
from cases.models import Case, CaseLink
from cases.models.identity import may_hold
from cases.states import ENTERED_IN_ERROR, Status
from coordination import history, references
from coordination.access import Actor
from coordination.holds import is_held
from coordination.http import ActorRequest, require_permission, visible_or_404
from referrals import (
    child_reports,
    consents,
    handoffs,
    labels,
    lines,
    passing,
    presenting,
    readers,
    telling,
    wording,
    worklist,
)
from referrals.former_leads import former_leads
from referrals.models import Handoff, Referral
from referrals.states import LIVE, UNSETTLED
from referrals.views import case_assigning as assigning

PAGE = 25
SHOWS = {"me": _t("Mine"), "nobody": _t("Nobody’s"), "error": _t("Entered in error")}
"""Which cases a list has, by the word of its address."""

_LIVE = [str(status) for status in LIVE]
_UNSETTLED = [str(status) for status in UNSETTLED]


@require_safe
def cases(request: ActorRequest) -> HttpResponse:
    """List the cases that one's desks lead or work on, newest first, with what is open of each."""
    require_permission(request, "cases.view_case")
    actor = request.actor
    show = request.GET.get("show", "")
    rows = (
        Case.objects.visible_to(actor)
        .listed(show, actor)
        .select_related("lead_desk__agency", "assignee")
        .order_by("-opened_at", "-pk")  # what was imported may be older than its row
    )
    if before := request.GET.get("before"):
        last = visible_or_404(Case.objects.visible_to(actor), before)
        older = Q(opened_at__lt=last.opened_at) | Q(opened_at=last.opened_at, pk__lt=last.pk)
        rows = rows.filter(older)
    found = list(rows[: PAGE + 1])
    shown = found[:PAGE]
    opened = dict(
        Referral.objects.visible_to(actor)
        .filter(Q(status__in=_LIVE) | Q(status__in=_UNSETTLED, settled_at=None), case__in=shown)
        .values("case_id")
        .annotate(number=Count("pk"))
        .values_list("case_id", "number")
    )
    record(
        Verb.CASES_LISTED,
        subject="box:cases",
        at=timezone.now(),
        data={
            "shown": [each.reference for each in shown],
            **({"show": show} if show in SHOWS else {}),
        },
    )
    ends = consents.ends_of(shown, actor, at=timezone.now())
    former = former_leads(shown, actor)
    listed = [
        {
            "case": each,
            "facts": task_facts(each) if each.lead_desk_id in actor.desk_ids else None,
            "lead": former[each.pk].lead if each.pk in former else each.lead_desk,
            "url": labels.case_url(each.reference),
            "open": opened.get(each.pk, 0),
            "assignee": each.assignee if each.lead_desk_id in actor.desk_ids else None,
            "consent_ends": ends.get(each.pk),
        }
        for each in shown
    ]
    tabs = [("", _t("All")), *((code, label) for code, label in SHOWS.items())]
    more = references.display(shown[-1].reference) if len(found) > PAGE else None
    return render(
        request,
        "referrals/cases.html",
        {
            "rows": listed,
            "more": more,
            "is_later_page": bool(before),
            "show": show if show in SHOWS else "",
            "tabs": tabs,
            "can_import": actor.may("cases.import_case"),
            "can_export": actor.may("cases.export_case"),
        },
    )


@require_safe
def case_detail(request: ActorRequest, reference: str) -> HttpResponse:
    require_permission(request, "cases.view_case")
    actor = request.actor
    case = visible_or_404(
        Case.objects.visible_to(actor).select_related(
            "lead_desk__agency", "lead_desk__team", "assignee"
        ),
        reference,
    )
    now = timezone.now()
    record(Verb.CASE_VIEWED, subject=case.subject, at=now)
    leads = case.lead_desk_id in actor.desk_ids
    found = _referrals(case, actor)
    facts = task_facts(case) if leads else presenting.facts_through(found, actor, at=now)
    rows = [lines.line(each, actor, at=now) for each in found]
    shown = references.display(case.reference)
    offers = list(Handoff.objects.visible_to(actor).with_desks().filter(case=case))
    former = former_leads([case], actor).get(case.pk)
    lead = former.lead if former else case.lead_desk
    passings = passing.passings_of(case, actor) if leads else []
    passed = {each.reference for each in passings}
    context: dict[str, Any] = {
        "case": case,
        "facts": facts,
        "area_labels": labels.area_labels(facts.areas_to_avoid) if facts else [],
        "lead_facts": lead_facts(case) if leads else None,
        "lead_label": labels.desk_label(lead) if lead else "",
        "former": former,
        "in_error": [row for row in rows if row.closes_in_error] if leads else [],
        "live": [row for row in rows if row.status in LIVE or row.needs_attention],
        "over": [row for row in rows if not (row.status in LIVE or row.needs_attention)],
        "timeline": _timeline(case, found, actor, leads=leads),
        "viewers": history.viewers_of(case.subject, actor) if leads else [],
        "access": readers.now(case),
        "access_before": readers.before(case) if leads else [],
        "leads": leads,
        "is_held": leads and is_held(case.reference),
        "requests": list(requests_of(actor).filter(case_reference=case.reference, outcome=""))
        if leads
        else [],
        "can_ask": actor.acts_for(case.lead_desk_id) and actor.may("cases.open_request"),
        **assigning.panel(case, actor),
        "can_note": notes.may_add_note(actor, case),
        "can_refer": actor.acts_for(case.lead_desk_id) and case.status != Status.CLOSED,
        "outcomes": list(case.outcomes.all()) if leads else [],
        "can_hold_identity": actor.desk is not None and may_hold(case, actor.desk),
        "child_report": child_reports.shown(case, actor)
        if leads and case.closure_reason != ENTERED_IN_ERROR
        else None,
        "handoffs": handoffs.lines(
            [each for each in offers if each.reference not in passed], actor, at=now
        ),
        "passings": passings,
        "consents": consents.of_case(case, actor, at=now),
        "can_consent": actor.acts_for(case.lead_desk_id) and case.status != Status.CLOSED,
        "links": list(
            CaseLink.objects.visible_to(actor)
            .filter(Q(case=case) | Q(kept=case))
            .select_related("case", "kept")
        ),
        "actions": [
            (wording.CASE_BUTTONS[verb], reverse(f"cases:{verb}", args=[shown]))
            for verb in leading.allowed_verbs(case, actor)
        ],
    }
    return render(request, "referrals/case.html", context)


@require_safe
def recorded(request: ActorRequest, reference: str) -> HttpResponse:
    """Say in plain sentences what is recorded, to be read aloud to the person or printed."""
    require_permission(request, "cases.view_case")
    actor = request.actor
    case = visible_or_404(
        Case.objects.visible_to(actor).select_related("lead_desk__agency", "lead_desk__team"),
        reference,
    )
    if case.lead_desk_id not in actor.desk_ids:
        raise Http404
    record(Verb.CASE_TOLD, subject=case.subject, at=timezone.now())
    found = _referrals(case, actor)
    context = {"case": case, "sections": telling.sections(case, found, actor)}
    return render(request, "referrals/recorded.html", context)


def _referrals(case: Case, actor: Actor) -> list[Referral]:
    rows = Referral.objects.visible_to(actor).with_desks().filter(case=case).order_by("pk")
    found = list(rows)
    worklist.attach_cases(found, actor)
    return found


def _timeline(
    case: Case, found: list[Referral], actor: Actor, *, leads: bool
) -> list[dict[str, Any]]:
    """Return what happened to the case and its referrals, as far as the reader sees them."""
    events = presenting.timeline(case.subject, actor) if leads else []
    for referral in found:
        shown = references.display(referral.reference)
        events += [{**event, "of": shown} for event in presenting.timeline(referral.subject, actor)]
    return sorted(events, key=lambda event: event["at"], reverse=True)
