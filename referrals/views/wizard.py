"""
A new referral in four steps: need, person, sharing, check and send.

What a step took is kept on the server, so that it can be finished later; nothing is sent, and no
case is opened, before the last step.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from coordination import references
from coordination.calendar import end_of_day
from coordination.errors import Invalid, NotAllowed
from coordination.http import (
    UNPROCESSABLE,
    ActorRequest,
    add_refusal,
    refuse,
    require_permission,
)
from referrals import audience, proposals
from referrals.actions.unsent import discard_unsent, keep_unsent
from referrals.addressees import addressees
from referrals.models import Basis, UnsentForm
from referrals.new_forms import SharingForm
from referrals.views import kept
from referrals.views.presets import kinds_without_police, preset


@require_http_methods(["GET", "HEAD", "POST"])
def step(request: ActorRequest, step: str = "need", reference: str | None = None) -> HttpResponse:
    """Show and take one step; without a reference, it is the first one of a new form."""
    require_permission(request, "referrals.send_referral")
    if request.actor.desk is None:
        return redirect("coordination:choose_desk")
    begins = reference is None and request.method != "POST" and "steps" not in request.GET
    if begins and request.actor.user.one_page:
        return redirect(f"{reverse('referrals:one_page')}?{request.GET.urlencode()}")
    sent = kept.sent_before(request, reference) if reference else ""
    if sent:
        return redirect("referrals:sent", sent)
    unsent = kept.load(request, reference) if reference else None
    answers = unsent.answers if unsent else _start(request)
    form = _form(request, step, answers)
    status = 200
    if request.method == "POST":
        status = UNPROCESSABLE
        if form.is_valid() and ("later" in request.POST or _could_send(request, form, answers)):
            try:
                unsent = keep_unsent(
                    actor=request.actor,
                    answers={**({} if unsent else answers), **_plain(form.cleaned_data)},
                    at=timezone.now(),
                    unsent=unsent,
                )
            except NotAllowed as refusal:
                return refuse(request, refusal, "referrals:new")
            return _onward(request, unsent, step)
    context = {"form": form, **kept.frame(step, unsent, answers)}
    return render(request, f"referrals/new_{step}.html", context, status=status)


@require_POST
def discard(request: ActorRequest, reference: str) -> HttpResponse:
    require_permission(request, "referrals.draft_referral")
    discard_unsent(unsent=kept.load(request, reference))
    messages.success(request, _("Thrown away. Nothing was sent."))
    return redirect("referrals:box", "drafts")


def _onward(request: ActorRequest, unsent: UnsentForm, step: str) -> HttpResponse:
    """Go to the next step; who came from the check page goes back there."""
    shown = references.display(unsent.reference)
    if "later" in request.POST:
        messages.success(request, _("Saved. You find it under Drafts for 7 days."))
        return redirect("referrals:box", "drafts")
    following = (
        kept.CHECK
        if request.GET.get("back") == kept.CHECK
        else kept.ORDER[kept.ORDER.index(step) + 1]
    )
    if following == kept.CHECK:
        return redirect("referrals:check", shown)
    return redirect("referrals:step", shown, following)


def _could_send(request: ActorRequest, form: Form, answers: Mapping[str, Any]) -> bool:
    """Refuse at its field what sending would refuse; who finishes later may ask the person yet."""
    desk = request.actor.desk
    if desk is None or not isinstance(form, SharingForm):
        return True
    typed = form.cleaned_data
    code, provision, until = typed["basis"], typed["provision"], end_of_day(typed["until"])
    basis = Basis(code=code, audience=typed["audience"], until=until, provision=provision)
    try:
        audience.require_sound(code=code, provision=provision, until=until)
        audience.require_sends(basis, sender=desk, at=timezone.now())
        audience.reached(
            form.offered.get(typed["to"]),
            audience=basis.audience,
            services=answers.get("services") or [],
            sender_id=desk.pk,
        )
    except Invalid as refusal:
        add_refusal(form, refusal)
        return False
    return True


def _start(request: ActorRequest) -> dict[str, Any]:
    """Return what is preset; `to` in the address names a desk that was chosen in the directory."""
    answers = preset(request)
    to = request.GET.get("to", "")
    # Only what is offered is kept: whatever else stands in the address must not get into a table.
    known = to and to in addressees(without=request.actor.desk).by_value
    return {**answers, "to": to} if known else answers


def _form(request: ActorRequest, step: str, answers: Mapping[str, Any]) -> Form:
    kind, _label = kept.STEPS[step]
    data = request.POST if request.method == "POST" else None
    if kind is not SharingForm:
        return kind(data, initial=dict(answers))
    desk = request.actor.desk
    offered = addressees(without=desk)
    kinds = answers.get("audience") or kinds_without_police()
    found = proposals.propose(answers, sender=desk, kinds=kinds, at=timezone.now()) if desk else []
    initial = dict(answers)
    chosen = initial.get("to", "")
    if chosen in proposals.values_of(found):
        initial |= {"proposed": chosen, "to": ""}
    form = SharingForm(data, initial=initial, offered=offered, proposed=proposals.values_of(found))
    form.proposals = found  # type: ignore[attr-defined]  # for the template: each with its reasons
    form.misses_preference = proposals.misses_preference(answers, found)  # type: ignore[attr-defined]
    return form


def _plain(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return cleaned values as JSON can hold them."""
    return {
        name: value.isoformat() if isinstance(value, dt.date | dt.time) else value
        for name, value in typed.items()
        if name != "proposed"
    }
