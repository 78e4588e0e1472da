"""One view a verb of a case, drawn from one table: scope, action, answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _t
from django.views.decorators.http import require_http_methods

from audit.record import record
from audit.verbs import Verb
from cases.actions import leading, reporting
from cases.facts import TASK_FACTS, lead_facts
from cases.models import Case
from cases.states import TRANSITIONS
from coordination import references
from coordination.http import (
    ActorRequest,
    carried_out,
    done,
    form_page,
    require_permission,
    visible_or_404,
)
from referrals import case_forms, child_reports, wording
from referrals.actions import closing, mistakes
from referrals.forms import VersionForm
from referrals.labels import status_label

_DETAIL = "cases:detail"


@dataclass(frozen=True)
class Page:
    """A verb's action, how its form is made for a case, and what is said when it is done."""

    action: Callable[..., Case]
    form: Callable[..., VersionForm]
    done: Promise
    waiting: Promise | None = None
    """What is said where the case could not get its new status yet."""

    more: Callable[[Case], dict[str, Any]] = lambda _case: {}


def _facts(case: Case) -> dict[str, Any]:
    facts = {name: getattr(case, name) for name in TASK_FACTS} | lead_facts(case)
    return {"initial": {"version": case.version, **facts}}


_PAGES: Mapping[str, Page] = {
    "change": Page(
        leading.change_case, case_forms.ChangeForm, _t("The facts are corrected."), more=_facts
    ),
    "follow_up": Page(
        leading.follow_up_case,
        case_forms.FollowUpForm,
        _t("In follow-up. Your desk still leads the case."),
    ),
    "resume": Page(leading.resume_case, VersionForm, _t("Open again.")),
    "close": Page(
        closing.close_case,
        case_forms.CloseForm,
        _t("The case is closed. You can open it again while it is kept."),
        more=lambda case: {"needs": closing.needs_of(case)},
    ),
    "enter_in_error": Page(
        mistakes.enter_case_in_error,
        case_forms.MistakeForm,
        _t("Entered in error: out of the lists and counts. The history stays."),
        _t("Others are still responsible. They were asked to close; then do this again."),
    ),
    "report": Page(
        reporting.report_case,
        case_forms.ReportForm,
        _t("Recorded. It stays on your list until it is reported."),
        more=lambda case: {"answers": reporting.answers_for(case.lead_desk.agency.kind)},
    ),
    "reopen": Page(leading.reopen_case, case_forms.ReopenForm, _t("Open again.")),
}


def view_of(verb: str) -> Callable[..., HttpResponse]:
    """Return the view of a verb of `cases.states.TRANSITIONS`."""
    page = _PAGES[verb]

    @require_http_methods(["GET", "HEAD", "POST"])
    def view(request: ActorRequest, reference: str) -> HttpResponse:
        require_permission(request, TRANSITIONS[verb].permission)
        rows = Case.objects.visible_to(request.actor).select_related("lead_desk__agency")
        case = visible_or_404(rows, reference)
        if not request.actor.acts_for(case.lead_desk_id):
            raise PermissionDenied
        return _answer(request, case, verb, page)

    return view


def _answer(request: ActorRequest, case: Case, verb: str, page: Page) -> HttpResponse:
    shown = references.display(case.reference)
    options = {"initial": {"version": case.version}, **page.more(case)}
    form = page.form(request.POST or None, **options)

    def carry_out() -> HttpResponse:
        changed = page.action(case=case, actor=request.actor, at=timezone.now(), **form.arguments())
        target = TRANSITIONS[verb].target
        is_done = target is None or changed.status == target
        return done(
            request, str(page.done if is_done else page.waiting or page.done), _DETAIL, shown
        )

    if answer := carried_out(request, form, carry_out, _DETAIL, shown):
        return answer
    if request.method != "POST":
        if verb not in leading.allowed_verbs(case, request.actor):
            messages.error(request, str(_t("This is not possible now.")))
            return redirect(_DETAIL, shown)
        record(Verb.CASE_VIEWED, subject=case.subject, at=timezone.now())
    context = {
        "case": case,
        "form": form,
        "verb": verb,
        "action_label": wording.CASE_BUTTONS[verb],
        "societies": child_reports.societies(case.lead_desk) if verb == "report" else None,
        "still_open": [
            {"reference": each.reference, "status_label": status_label(each)}
            for each in (closing.open_referrals(case) if verb == "close" else [])
        ],
        "held": mistakes.held_by_others(case) if verb == "enter_in_error" else [],
    }
    template = [f"referrals/case_{verb}.html", "referrals/case_verb.html"]
    return form_page(request, template, context)
