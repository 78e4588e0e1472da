"""Pages of hand-offs: those that wait for somebody, one of them, and its verbs."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _t
from django.views.decorators.http import require_http_methods, require_safe

from audit.record import record
from audit.verbs import Verb
from cases.models import Case
from coordination import references
from coordination.errors import Invalid, NotAllowed
from coordination.http import (
    UNPROCESSABLE,
    ActorRequest,
    add_refusal,
    carried_out,
    form_page,
    refuse,
    require_permission,
    visible_or_404,
)
from referrals import consents, handoff_forms, handoffs, training, wording
from referrals.actions import handing_off
from referrals.addressees import addressees
from referrals.forms import VersionForm
from referrals.guard_rails import BeforeSending
from referrals.handoff_moves import verbs_of, verbs_of_side, verdict_on
from referrals.handoff_states import HANDOFF_TRANSITIONS
from referrals.models import Handoff
from referrals.rail_forms import CHANGE, said
from referrals.views import rails

_DETAIL = "handoffs:detail"
SHOWN = 50

_VERBS: Mapping[str, tuple[Callable[..., Handoff], Callable[..., VersionForm], Promise]] = {
    "accept": (
        handing_off.accept_handoff,
        handoff_forms.AcceptHandoffForm,
        _t("Accepted. Your desk leads this case now."),
    ),
    "decline": (
        handing_off.decline_handoff,
        handoff_forms.DeclineHandoffForm,
        _t("Declined. The other desk still leads the case and is told right away."),
    ),
    "withdraw": (
        handing_off.withdraw_handoff,
        handoff_forms.WithdrawHandoffForm,
        _t("Withdrawn. Your desk leads the case as before."),
    ),
}


@require_safe
def handoff_list(request: ActorRequest) -> HttpResponse:
    """List what waits for an answer first, then what was answered lately."""
    require_permission(request, "referrals.view_handoff")
    rows, now = Handoff.objects.visible_to(request.actor).with_desks(), timezone.now()
    waiting = list(rows.filter(status="proposed").order_by("due_at")[:SHOWN])
    over = list(rows.exclude(status="proposed").order_by("-answered_at")[:SHOWN])
    record(
        Verb.HANDOFFS_LISTED,
        subject="box:handoffs",
        at=now,
        data={"shown": [each.reference for each in (*waiting, *over)]},
    )
    context = {
        "waiting": handoffs.lines(waiting, request.actor, at=now),
        "over": handoffs.lines(over, request.actor, at=now),
    }
    return render(request, "referrals/handoffs.html", context)


@require_safe
def handoff_detail(request: ActorRequest, reference: str) -> HttpResponse:
    require_permission(request, "referrals.view_handoff")
    handoff = _load(request, reference)
    record(Verb.HANDOFF_VIEWED, subject=handoff.subject, at=timezone.now())
    context = {"h": handoffs.shown(handoff, request.actor, at=timezone.now())}
    return render(request, "referrals/handoff.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def propose(request: ActorRequest, reference: str) -> HttpResponse:
    require_permission(request, "referrals.propose_handoff")
    actor = request.actor
    case = visible_or_404(Case.objects.visible_to(actor), reference)
    if not actor.acts_for(case.lead_desk_id):
        raise Http404
    agreed = consents.usable(case, actor, at=timezone.now(), asks=case.needs)
    form = handoff_forms.ProposeForm(
        request.POST or None,
        offered=addressees(without=actor.desk),
        consents=agreed,
        asks=case.needs,
    )
    status = 200
    if request.method == "POST" and CHANGE not in request.POST:
        status = UNPROCESSABLE
        if form.is_valid():
            now = timezone.now()
            try:
                made = handing_off.propose_handoff(
                    actor=actor,
                    case=case,
                    to=form.target(),
                    proposal=form.proposal(now=now),
                    words=form.said(),
                    said=said(request.POST),
                    at=now,
                )
            except BeforeSending as refusal:
                return rails.ask(request, refusal)
            except Invalid as refusal:
                add_refusal(form, refusal)
            except NotAllowed as refusal:
                return refuse(request, refusal, "cases:detail", references.display(case.reference))
            else:
                messages.success(
                    request, str(_t("Offered. Your desk leads the case until they accept."))
                )
                return redirect(_DETAIL, references.display(made.reference))
    context = {"form": form, "case": case}
    return render(request, "referrals/handoff_propose.html", context, status=status)


def view_of(verb: str) -> Callable[..., HttpResponse]:
    """Return the view of a verb of `handoff_states.HANDOFF_TRANSITIONS`."""
    action, kind, done = _VERBS[verb]

    @require_http_methods(["GET", "HEAD", "POST"])
    def view(request: ActorRequest, reference: str) -> HttpResponse:
        require_permission(request, HANDOFF_TRANSITIONS[verb].permission)
        handoff = _load(request, reference)
        if verb not in verbs_of_side(handoff, request.actor):
            raise PermissionDenied
        return _answer(request, handoff, verb, (action, kind, done))

    return view


def _answer(request: ActorRequest, handoff: Handoff, verb: str, row: Any) -> HttpResponse:
    action, kind, done = row
    page = references.display(handoff.reference)
    form = kind(request.POST or None, initial={"version": handoff.version})

    def carry_out() -> HttpResponse:
        now = timezone.now()
        verdict = verdict_on(handoff, request.actor, at=now) if verb == "accept" else None
        without = training.said_of(verdict) if verdict else ""
        action(handoff=handoff, actor=request.actor, at=now, **form.arguments())
        messages.success(request, str(done))
        if without:
            messages.warning(request, without)
        # As its page is read: with the case, which who declined reads no longer.
        rows = Handoff.objects.visible_to(request.actor).with_desks()
        still = rows.filter(pk=handoff.pk).first()
        return redirect(_DETAIL, page) if still else redirect("handoffs:list")

    if answer := carried_out(request, form, carry_out, _DETAIL, page):
        return answer
    if request.method != "POST" and not verbs_of(handoff, request.actor, at=timezone.now()):
        messages.error(request, str(_t("This is not possible now.")))
        return redirect(_DETAIL, page)
    context = {
        "h": handoffs.shown(handoff, request.actor, at=timezone.now()),
        "form": form,
        "verb": verb,
        "action_label": wording.HANDOFF_BUTTONS[verb],
    }
    return form_page(request, "referrals/handoff_verb.html", context)


def _load(request: ActorRequest, reference: str) -> Handoff:
    return visible_or_404(Handoff.objects.visible_to(request.actor).with_desks(), reference)
