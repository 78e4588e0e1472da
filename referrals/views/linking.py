"""The page on which two cases become one: side by side first, then one stays."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from audit.record import record
from audit.verbs import Verb
from cases.facts import LEAD_FACTS, TASK_FACTS, lead_facts
from cases.models import Case
from cases.states import TRANSITIONS, Status
from coordination import references, vocabularies
from coordination.http import (
    UNPROCESSABLE,
    ActorRequest,
    carried_out,
    done,
    form_page,
    note_refusal,
    require_permission,
    visible_or_404,
)
from referrals.actions import linking
from referrals.case_forms import ChangeForm, LinkForm, OtherCaseForm
from referrals.labels import area_labels
from referrals.telling import FACTS

_DETAIL = "cases:detail"


@dataclass(frozen=True)
class Pair:
    """One fact of both cases, in words."""

    label: str | Promise
    this: str
    other: str

    @property
    def differs(self) -> bool:
        return self.this != self.other


@require_http_methods(["GET", "HEAD", "POST"])
def link(request: ActorRequest, reference: str) -> HttpResponse:
    """Ask for the other case, show both, and close the one that does not stay."""
    require_permission(request, TRANSITIONS["link"].permission)
    case = _visible(request, reference)
    if not request.actor.acts_for(case.lead_desk_id):
        raise PermissionDenied
    asked = request.POST or request.GET
    which = OtherCaseForm(asked if "code" in asked or request.method == "POST" else None)
    other = _other(request, case, which) if which.is_bound and which.is_valid() else None
    if other is None:
        record(Verb.CASE_VIEWED, subject=case.subject, at=timezone.now())
        status = UNPROCESSABLE if which.is_bound else 200
        context = {"case": case, "form": which}
        return render(request, "referrals/case_link.html", context, status=status)
    return _both(request, case, other)


def _both(request: ActorRequest, case: Case, other: Case) -> HttpResponse:
    form = LinkForm(
        request.POST or None,
        both=[case, other],
        initial={
            "version": case.version,
            "other_version": other.version,
            "needs": _united(case, other),
        },
    )

    def linked() -> HttpResponse:
        closed = linking.link_cases(
            actor=request.actor, at=timezone.now(), **form.chosen(case, other)
        )
        kept = other if closed.pk == case.pk else case
        return done(
            request,
            _("One case now. The other one is closed and linked."),
            _DETAIL,
            references.display(kept.reference),
        )

    if answer := carried_out(request, form, linked, _DETAIL, references.display(case.reference)):
        return answer
    if request.method != "POST":
        for each in (case, other):
            record(Verb.CASE_VIEWED, subject=each.subject, at=timezone.now())
    context = {"case": case, "other": other, "form": form, "pairs": _pairs(case, other)}
    return form_page(request, "referrals/case_link_both.html", context)


def _visible(request: ActorRequest, reference: str) -> Case:
    rows = Case.objects.visible_to(request.actor).select_related("lead_desk__agency", "lead_facts")
    return visible_or_404(rows, reference)


def _other(request: ActorRequest, case: Case, form: OtherCaseForm) -> Case | None:
    """Return the other case, if the acting desk leads it and it is open; else say so."""
    code = form.cleaned_data["code"]
    try:
        other = _visible(request, code)
    except Http404:
        note_refusal(request, code, 404)
        other = None
    if (
        other is None
        or other.pk == case.pk
        or other.status == Status.CLOSED
        or not request.actor.acts_for(other.lead_desk_id)
    ):
        form.add_error(
            "code", _("There is no other open case with this code that your desk leads.")
        )
        return None
    return other


def _united(case: Case, other: Case) -> list[str]:
    return list(dict.fromkeys([*other.needs, *case.needs]))


def _pairs(case: Case, other: Case) -> Sequence[Pair]:
    facts = [
        {name: getattr(each, name) for name in TASK_FACTS} | lead_facts(each)
        for each in (case, other)
    ]
    return [
        Pair(ChangeForm.base_fields[name].label or name, *(_said(name, each) for each in facts))
        for name in (*TASK_FACTS, *LEAD_FACTS)
    ]


def _said(name: str, facts: dict[str, Any]) -> str:
    value = facts.get(name)
    if name == "areas_to_avoid":
        return ", ".join(area_labels(value or []))
    if name not in FACTS:
        return str(value if value is not None else "")
    vocabulary, _title = FACTS[name]
    codes = value if isinstance(value, list) else [value] if value else []
    return ", ".join(vocabularies.label(vocabulary, code) for code in codes)
