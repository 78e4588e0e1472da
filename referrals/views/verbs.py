"""One view a verb: scope, action, answer. A verb that needs words has a page of its own."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from audit.record import record
from audit.verbs import Verb
from coordination import access, references
from coordination.errors import Invalid, Refused
from coordination.http import (
    UNPROCESSABLE,
    ActorRequest,
    add_refusal,
    refuse,
    require_permission,
)
from referrals import presenting, wording
from referrals.actions import answering, sending
from referrals.forms import AnswerForm, AskForm, DeclineForm, VersionForm, WithdrawForm
from referrals.models import Referral
from referrals.states import TRANSITIONS
from referrals.views.pages import load

Act = Callable[[Any], Referral]


@require_POST
def send_referral(request: ActorRequest, reference: str) -> HttpResponse:
    return _at_once(request, reference, sending.send_referral, gettext_lazy("Referral sent."))


@require_POST
def accept_referral(request: ActorRequest, reference: str) -> HttpResponse:
    done = gettext_lazy("Accepted. Your desk is responsible now. You can undo it for 10 minutes.")
    return _at_once(request, reference, answering.accept_referral, done)


@require_POST
def undo_accept_referral(request: ActorRequest, reference: str) -> HttpResponse:
    done = gettext_lazy("The acceptance is undone. The sender is responsible again.")
    return _at_once(request, reference, answering.undo_accept_referral, done)


@require_http_methods(["GET", "HEAD", "POST"])
def ask_referral(request: ActorRequest, reference: str) -> HttpResponse:
    referral = _loaded(request, reference, "ask")
    form = AskForm(request.POST or None, initial={"version": referral.version})

    def act(typed: dict[str, Any]) -> Referral:
        return answering.ask_referral(
            referral=referral, actor=request.actor, at=timezone.now(), **typed
        )

    return _page(request, "ask", referral, form, act, gettext_lazy("Your questions were sent."))


@require_http_methods(["GET", "HEAD", "POST"])
def answer_referral(request: ActorRequest, reference: str) -> HttpResponse:
    referral = _loaded(request, reference, "answer")
    form = AnswerForm(
        request.POST or None, questions=referral.questions, initial={"version": referral.version}
    )

    def act(typed: dict[str, Any]) -> Referral:
        return sending.answer_referral(
            referral=referral,
            actor=request.actor,
            answers=form.answers(),
            version=typed["version"],
            at=timezone.now(),
        )

    return _page(request, "answer", referral, form, act, gettext_lazy("Your answers were sent."))


@require_http_methods(["GET", "HEAD", "POST"])
def decline_referral(request: ActorRequest, reference: str) -> HttpResponse:
    referral = _loaded(request, reference, "decline")
    own = request.actor.desk
    desks = [desk for desk in access.addressable_desks() if desk not in (own, referral.from_desk)]
    form = DeclineForm(request.POST or None, desks=desks, initial={"version": referral.version})

    def act(typed: dict[str, Any]) -> Referral:
        suggested = typed.pop("suggested_desk")
        return answering.decline_referral(
            referral=referral,
            actor=request.actor,
            suggested_desk=next((desk for desk in desks if desk.slug == suggested), None),
            at=timezone.now(),
            **typed,
        )

    done = gettext_lazy("Declined. The sender stays responsible and is told right away.")
    return _page(request, "decline", referral, form, act, done)


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw_referral(request: ActorRequest, reference: str) -> HttpResponse:
    referral = _loaded(request, reference, "withdraw")
    form = WithdrawForm(request.POST or None, initial={"version": referral.version})

    def act(typed: dict[str, Any]) -> Referral:
        return sending.withdraw_referral(
            referral=referral, actor=request.actor, at=timezone.now(), **typed
        )

    return _page(request, "withdraw", referral, form, act, gettext_lazy("Referral withdrawn."))


def _loaded(request: ActorRequest, reference: str, verb: str) -> Referral:
    require_permission(request, TRANSITIONS[verb].permission)
    return load(request, reference)


def _at_once(
    request: ActorRequest, reference: str, action: Callable[..., Referral], done: Promise
) -> HttpResponse:
    require_permission(request, f"referrals.{action.__name__}")
    referral = load(request, reference)
    page = references.display(referral.reference)
    form = VersionForm(request.POST)
    version = form.cleaned_data["version"] if form.is_valid() else 0  # 0: stale by definition
    try:
        action(referral=referral, actor=request.actor, version=version, at=timezone.now())
    except Refused as refusal:
        return refuse(request, refusal, "referrals:detail", page)
    messages.success(request, str(done))
    return redirect("referrals:detail", page)


def _page(
    request: ActorRequest, verb: str, referral: Referral, form: Form, act: Act, done: Promise
) -> HttpResponse:
    page = references.display(referral.reference)
    shown = presenting.shown(referral, request.actor, at=timezone.now())
    if shown.side != TRANSITIONS[verb].side:
        raise PermissionDenied
    status = 200
    if request.method == "POST":
        status = UNPROCESSABLE
        if form.is_valid():
            try:
                act(dict(form.cleaned_data))
            except Invalid as refusal:
                add_refusal(form, refusal)
            except Refused as refusal:
                return refuse(request, refusal, "referrals:detail", page)
            else:
                messages.success(request, str(done))
                return redirect("referrals:detail", page)
    elif verb not in {action.verb for action in shown.actions}:
        messages.error(request, _("This is not possible now."))
        return redirect("referrals:detail", page)
    else:
        record(Verb.REFERRAL_VIEWED, subject=referral.subject, at=timezone.now())
    context = {"r": shown, "form": form, "action_label": wording.BUTTONS[verb]}
    return render(request, f"referrals/{verb}.html", context, status=status)
