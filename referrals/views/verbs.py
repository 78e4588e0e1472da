"""
One view a verb, drawn from one table: scope, action, answer.

A verb that needs no further word is a button; one that needs words has a page of its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
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
from coordination.errors import Invalid, Refused, Stale
from coordination.http import (
    UNPROCESSABLE,
    ActorRequest,
    add_refusal,
    refuse,
    require_permission,
)
from referrals import audience, chain, consents, forms, presenting, rail_forms, training, wording
from referrals.actions import answering, contacting, following, sending, serving
from referrals.addressees import addressees
from referrals.allowed import may_carry_out, side_of
from referrals.guard_rails import BeforeSending
from referrals.models import Referral
from referrals.states import TRANSITIONS, Side
from referrals.views import rails
from referrals.views.pages import load

STALE = 412

View = Callable[..., HttpResponse]
_t = gettext_lazy


@dataclass(frozen=True)
class Needs:
    """The page of a verb that needs words: its form, and what the form is made with."""

    form: Callable[..., forms.VersionForm]
    more: Callable[[ActorRequest, Referral], dict[str, Any]] = lambda _request, _referral: {}


def _desks_to_suggest(request: ActorRequest, referral: Referral) -> dict[str, Any]:
    ours = (request.actor.desk, referral.from_desk)
    return {"desks": [desk for desk in access.addressable_desks() if desk not in ours]}


def _doors_left(request: ActorRequest, referral: Referral) -> dict[str, Any]:
    declined = chain.declined_desk_ids(referral)
    offered = addressees(without=request.actor.desk, declined=declined)
    now = timezone.now()
    carries_on = audience.carries_on(referral, at=now)
    case, asks = referral.readable_case, [each.service for each in referral.services.all()]
    agreed = (
        []
        if carries_on or case is None
        else consents.usable(case, request.actor, at=now, asks=asks)
    )
    return {"offered": offered, "carries_on": carries_on, "consents": agreed, "asks": asks}


def _services(_request: ActorRequest, referral: Referral) -> dict[str, Any]:
    return {"services": [each.service for each in referral.services.all()]}


def _questions(_request: ActorRequest, referral: Referral) -> dict[str, Any]:
    return {"questions": referral.questions}


_ACTIONS: Mapping[str, tuple[Callable[..., Referral], Needs | None, Promise]] = {
    "send": (sending.send_referral, None, _t("Referral sent.")),
    "ask": (answering.ask_referral, Needs(forms.AskForm), _t("Your questions were sent.")),
    "answer": (
        sending.answer_referral,
        Needs(forms.AnswerForm, _questions),
        _t("Your answers were sent."),
    ),
    "accept": (
        answering.accept_referral,
        None,
        _t("Accepted. Your desk is responsible now. You can undo it for 10 minutes."),
    ),
    "undo_accept": (
        answering.undo_accept_referral,
        None,
        _t("The acceptance is undone. The sender is responsible again."),
    ),
    "decline": (
        answering.decline_referral,
        Needs(forms.DeclineForm, _desks_to_suggest),
        _t("Declined. The sender stays responsible and is told right away."),
    ),
    "withdraw": (sending.withdraw_referral, Needs(forms.WithdrawForm), _t("Referral withdrawn.")),
    "confirm_contact": (
        contacting.confirm_contact_referral,
        Needs(forms.ConfirmContactForm),
        _t("Recorded: you spoke with each other."),
    ),
    "start": (serving.start_referral, None, _t("Recorded: the service has started.")),
    "waitlist": (
        serving.waitlist_referral,
        Needs(forms.WaitlistForm),
        _t("On your waiting list. Your desk stays responsible."),
    ),
    "complete": (
        serving.complete_referral,
        Needs(forms.CompleteForm, _services),
        _t("Completed. You can open it again for 14 days."),
    ),
    "request_withdrawal": (
        following.request_withdrawal_referral,
        Needs(forms.RequestWithdrawalForm),
        _t("The receiver is asked to close it, and stays responsible until then."),
    ),
    "confirm_withdrawal": (
        serving.confirm_withdrawal_referral,
        None,
        _t("Closed. The sender is responsible again."),
    ),
    "give_back": (
        serving.give_back_referral,
        Needs(forms.GiveBackForm),
        _t("The sender is asked to take it back. Your desk stays responsible until then."),
    ),
    "take_back": (
        following.take_back_referral,
        None,
        _t("Taken back. Your desk is responsible: send it on, or resolve it."),
    ),
    "reopen": (serving.reopen_referral, Needs(forms.ReopenForm), _t("Open again.")),
    "reroute": (
        following.reroute_referral,
        Needs(forms.RerouteForm, _doors_left),
        _t("Sent on. Services, urgency and basis were copied, words were not."),
    ),
    "resolve": (following.resolve_referral, Needs(forms.ResolveForm), _t("Resolved.")),
}


def view_of(verb: str) -> View:
    """Return the view of a verb of `states.TRANSITIONS`."""
    action, needs, done = _ACTIONS[verb]
    if needs is None:

        @require_POST
        def at_once(request: ActorRequest, reference: str) -> HttpResponse:
            return _at_once(request, reference, verb, action, done)

        return at_once

    @require_http_methods(["GET", "HEAD", "POST"])
    def page(request: ActorRequest, reference: str) -> HttpResponse:
        return _page(request, reference, verb, action, needs, done)

    return page


def _at_once(
    request: ActorRequest,
    reference: str,
    verb: str,
    action: Callable[..., Referral],
    done: Promise,
) -> HttpResponse:
    require_permission(request, TRANSITIONS[verb].permission)
    referral = load(request, reference)
    page = references.display(referral.reference)
    if rail_forms.CHANGE in request.POST:
        return redirect("referrals:detail", page)
    form = forms.VersionForm(request.POST)
    version = form.cleaned_data["version"] if form.is_valid() else 0  # 0: stale by definition
    told = rail_forms.arguments(request.POST) if verb == "send" else {}
    now = timezone.now()
    without = (
        training.said_of(training.verdict_on(referral, request.actor, side=Side.RECEIVER, at=now))
        if verb == "accept"
        else ""
    )
    try:
        action(referral=referral, actor=request.actor, version=version, at=now, **told)
    except BeforeSending as refusal:
        return rails.ask(request, refusal)
    except Refused as refusal:
        return refuse(request, refusal, "referrals:detail", page)
    messages.success(request, str(done))
    if without:
        messages.warning(request, without)
    if verb == "accept" and request.POST.get("then") == "next":
        return redirect("referrals:next")
    return redirect("referrals:detail", page)


def _page(
    request: ActorRequest,
    reference: str,
    verb: str,
    action: Callable[..., Referral],
    needs: Needs,
    done: Promise,
) -> HttpResponse:
    require_permission(request, TRANSITIONS[verb].permission)
    referral = load(request, reference)
    page = references.display(referral.reference)
    _require_side(request, referral, verb)
    initial, more = {"version": referral.version}, needs.more(request, referral)
    form = needs.form(request.POST or None, initial=initial, **more)
    status = 200
    shown = presenting.shown(referral, request.actor, at=timezone.now())
    if request.method == "POST" and rail_forms.CHANGE not in request.POST:
        status = UNPROCESSABLE
        if form.is_valid():
            try:
                changed = action(
                    referral=referral,
                    actor=request.actor,
                    at=timezone.now(),
                    **form.arguments(),
                )
            except BeforeSending as refusal:
                return rails.ask(request, refusal)
            except Invalid as refusal:
                add_refusal(form, refusal)
            except Stale as refusal:
                # What was typed stays, with the version that is now: read again, and send again.
                form = _again(request, needs, referral)
                add_refusal(form, refusal)
                status = STALE
            except Refused as refusal:
                return refuse(request, refusal, "referrals:detail", page)
            else:
                messages.success(request, str(done))
                return _onward(request, changed)
    elif verb not in {each.verb for each in shown.actions}:
        messages.error(request, _("This is not possible now."))
        return redirect("referrals:detail", page)
    else:
        record(Verb.REFERRAL_VIEWED, subject=referral.subject, at=timezone.now())
    context = {
        "r": shown,
        "form": form,
        "action_label": wording.button(verb, referral),
        "changed": presenting.timeline(referral.subject, request.actor)[:1]
        if status == STALE
        else [],
    }
    template = [f"referrals/{verb}.html", "referrals/_verb.html"]
    return render(request, template, context, status=status)


def _require_side(request: ActorRequest, referral: Referral, verb: str) -> None:
    """:raises PermissionDenied: if the other side of the referral has this verb."""
    side = side_of(referral, request.actor)
    if side is None or not may_carry_out(TRANSITIONS[verb], referral, side):
        raise PermissionDenied


def _onward(request: ActorRequest, changed: Referral) -> HttpResponse:
    """Go to what was changed; from what other desks of the team go on with, back to the inbox."""
    if Referral.objects.visible_to(request.actor).filter(pk=changed.pk).exists():
        return redirect("referrals:detail", references.display(changed.reference))
    return redirect("referrals:inbox")


def _again(request: ActorRequest, needs: Needs, referral: Referral) -> forms.VersionForm:
    """Return the form as it was typed, for the referral as it is now."""
    typed = request.POST.copy()
    typed["version"] = str(Referral.objects.visible_to(request.actor).get(pk=referral.pk).version)
    form = needs.form(typed, **needs.more(request, referral))
    form.full_clean()
    return form
