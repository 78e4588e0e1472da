"""The registers of the privacy officer: lists, lines to add, and what became of them."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t
from django.views.decorators.http import require_http_methods, require_safe

from coordination import holds, registers
from coordination.http import (
    ActorRequest,
    carried_out,
    done,
    form_page,
    require_permission,
    visible_or_404,
)
from coordination.models import AccessRequest, Breach, LegalProcess
from coordination.register_forms import AnswerForm, AssessForm, BreachForm, ProcessForm
from coordination.registers import KEEP, Said, lines_of

_LIST = "coordination:registers"


@require_safe
def registers_page(request: ActorRequest) -> HttpResponse:
    require_permission(request, KEEP)
    context = {
        "requests": lines_of(AccessRequest, request.actor),
        "processes": lines_of(LegalProcess, request.actor).select_related("hold"),
        "breaches": lines_of(Breach, request.actor),
        "years": registers.years(request.actor),
        "today": timezone.localdate(),
    }
    return render(request, "coordination/registers.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def enter_process(request: ActorRequest) -> HttpResponse:
    form = ProcessForm(request.POST or None)

    def enter() -> None:
        given = form.codes()
        case = given.pop("case")
        now = timezone.now()
        hold = case and holds.set_hold(actor=request.actor, of=case, reason="legal_process", at=now)
        registers.enter_process(
            actor=request.actor, at=now, said=_said(form), hold=hold or None, **given
        )

    return _answer(request, form, enter, title=_t("Legal process received"))


@require_http_methods(["GET", "HEAD", "POST"])
def enter_breach(request: ActorRequest) -> HttpResponse:
    form = BreachForm(request.POST or None)

    def enter() -> None:
        registers.enter_breach(
            actor=request.actor, at=timezone.now(), said=_said(form), **form.codes()
        )

    return _answer(request, form, enter, title=_t("Privacy breach"))


@require_http_methods(["GET", "HEAD", "POST"])
def answer_process(request: ActorRequest, reference: str) -> HttpResponse:
    require_permission(request, KEEP)
    process = visible_or_404(lines_of(LegalProcess, request.actor), reference)
    form = AnswerForm(request.POST or None)

    def answer() -> None:
        registers.answer_process(
            actor=request.actor, process=process, at=timezone.now(), **form.cleaned_data
        )

    return _answer(request, form, answer, title=_t("What was given"), line=process)


@require_http_methods(["GET", "HEAD", "POST"])
def assess_breach(request: ActorRequest, reference: str) -> HttpResponse:
    require_permission(request, KEEP)
    breach = visible_or_404(lines_of(Breach, request.actor), reference)
    before = {name: getattr(breach, name) for name in registers.ASSESSED}
    form = AssessForm(request.POST or None, initial=before)

    def assess() -> None:
        registers.assess_breach(
            actor=request.actor, breach=breach, found=form.cleaned_data, at=timezone.now()
        )

    return _answer(request, form, assess, title=_t("Assess the breach"), line=breach)


def _said(form: Any) -> Said:
    return Said(form.typed(), form.kept())


def _answer(
    request: ActorRequest,
    form: forms.Form,
    act: Callable[[], None],
    *,
    title: str | Promise,
    line: Any = None,
) -> HttpResponse:
    require_permission(request, KEEP)

    def written() -> HttpResponse:
        act()
        return done(request, _("Written down."), _LIST)

    context = {"form": form, "title": title, "line": line, "back": _LIST}
    return carried_out(request, form, written, _LIST) or form_page(
        request, "coordination/register_form.html", context
    )
