"""
A new referral in four steps: need, person, sharing, check and send.

What a step took is kept on the server, so that it can be finished later; nothing is sent, and no
case is opened, before the last step.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_time
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t
from django.views.decorators.http import require_http_methods, require_POST

from cases.actions.notes import Words
from coordination import idempotency, references
from coordination.calendar import end_of_day
from coordination.errors import Invalid, NotAllowed, Refused
from coordination.http import (
    UNPROCESSABLE,
    ActorRequest,
    add_refusal,
    refuse,
    require_permission,
    visible_or_404,
)
from coordination.idempotency import Answer
from referrals import audience, proposals
from referrals.actions.referring import refer
from referrals.actions.unsent import discard_unsent, keep_unsent
from referrals.addressees import Addressees, addressees
from referrals.guard_rails import BeforeSending
from referrals.interruptions import interruptions
from referrals.labels import area_labels
from referrals.models import Basis, UnsentForm
from referrals.new_forms import NeedForm, PersonForm, SharingForm, moment_of_call
from referrals.rail_forms import CHANGE
from referrals.rail_forms import said as said_in
from referrals.saying import SaysForm
from referrals.views import rails
from referrals.views.presets import kinds_without_police, preset

STEPS: Mapping[str, tuple[type[Form], Promise]] = {
    "need": (NeedForm, _t("Need and urgency")),
    "person": (PersonForm, _t("Person and safety")),
    "sharing": (SharingForm, _t("Consent and desk")),
}
CHECK = "check"
_ORDER = (*STEPS, CHECK)
_ROUTE = "page:wizard"


@require_http_methods(["GET", "HEAD", "POST"])
def step(request: ActorRequest, step: str = "need", reference: str | None = None) -> HttpResponse:
    """Show and take one step; without a reference, it is the first one of a new form."""
    require_permission(request, "referrals.send_referral")
    if request.actor.desk is None:
        return redirect("coordination:choose_desk")
    begins = reference is None and request.method != "POST" and "steps" not in request.GET
    if begins and request.actor.user.one_page:
        return redirect(f"{reverse('referrals:one_page')}?{request.GET.urlencode()}")
    sent = _sent_before(request, reference) if reference else ""
    if sent:
        return redirect("referrals:sent", sent)
    unsent = _load(request, reference) if reference else None
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
    context = {"form": form, **_frame(step, unsent, answers)}
    return render(request, f"referrals/new_{step}.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def check(request: ActorRequest, reference: str) -> HttpResponse:
    """Show everything once more, and send it: together or not at all, and once."""
    require_permission(request, "referrals.send_referral")
    if request.actor.desk is None:
        return redirect("coordination:choose_desk")
    sent = _sent_before(request, reference)
    if sent:
        return redirect("referrals:sent", sent)
    unsent = _load(request, reference)
    offered = addressees(without=request.actor.desk)
    wrong = [each for each in STEPS if not _bound(each, unsent.answers, offered).is_valid()]
    if wrong:
        messages.error(request, _("Something is missing here."))
        return redirect("referrals:step", references.display(unsent.reference), wrong[0])
    typed = _typed(unsent.answers, offered)
    return (
        _take(request, unsent, typed, offered)
        if request.method == "POST" and CHANGE not in request.POST
        else _shown(request, unsent, typed, offered, SaysForm())
    )


def _take(
    request: ActorRequest, unsent: UnsentForm, typed: dict[str, Any], offered: Addressees
) -> HttpResponse:
    """Send; or ask first what has to be asked, or show what is wrong."""
    confirmed = request.POST.getlist("confirmed")
    asked, alike = interruptions(typed, confirmed=confirmed, actor=request.actor, at=timezone.now())
    if asked:
        to = offered.get(typed["to"])
        context: dict[str, Any] = {"asked": asked, "alike": alike, "confirmed": confirmed, "to": to}
        context |= {"said": SaysForm(request.POST)}
        return render(request, "referrals/interruption.html", {**context, "unsent": unsent})
    form = SaysForm(request.POST)
    try:
        form.full_clean()
        sent = _send(request, unsent, typed, offered, words=form.said())
        return redirect("referrals:sent", sent)
    except BeforeSending as refusal:
        return rails.ask(request, refusal)
    except Invalid as refusal:
        add_refusal(form, refusal)
    except NotAllowed as refusal:
        return refuse(request, refusal, "referrals:new")
    except Refused as refusal:
        form.add_error(None, str(refusal))
    return _shown(request, unsent, typed, offered, form)


def _shown(
    request: ActorRequest,
    unsent: UnsentForm,
    typed: dict[str, Any],
    offered: Addressees,
    form: SaysForm,
) -> HttpResponse:
    context = {"form": form, "typed": typed, "to": offered.by_value.get(typed["to"])}
    context |= _frame(CHECK, unsent, unsent.answers)
    context["called_at"] = moment_of_call(typed["agreed_at"], now=timezone.now())
    areas = area_labels(typed["areas_to_avoid"])
    status = UNPROCESSABLE if form.is_bound else 200
    return render(
        request, "referrals/new_check.html", {**context, "area_labels": areas}, status=status
    )


@require_POST
def discard(request: ActorRequest, reference: str) -> HttpResponse:
    require_permission(request, "referrals.draft_referral")
    discard_unsent(unsent=_load(request, reference))
    messages.success(request, _("Thrown away. Nothing was sent."))
    return redirect("referrals:box", "drafts")


def _send(
    request: ActorRequest,
    unsent: UnsentForm,
    typed: dict[str, Any],
    offered: Addressees,
    *,
    words: Words | None,
) -> str:
    actor, now = request.actor, timezone.now()

    def create() -> Answer:
        to = offered.get(typed["to"])
        said = said_in(request.POST)
        sent = refer(actor=actor, case=None, to=to, typed=typed, words=words, said=said, at=now)
        discard_unsent(unsent=unsent)
        return Answer(201, {"reference": sent.reference})

    with transaction.atomic():
        made = idempotency.once(
            actor, route=_ROUTE, key=unsent.reference, payload={}, create=create, waits=True
        )
    return references.display(made.body["reference"])


def _sent_before(request: ActorRequest, reference: str) -> str:
    """Return the reference that this form became: of a double click, or of going back."""
    try:
        key = references.parse(reference)
    except references.BadReference:
        raise Http404 from None
    kept = idempotency.answered(request.actor, route=_ROUTE, key=key)
    return references.display(kept.body["reference"]) if kept else ""


def _load(request: ActorRequest, reference: str) -> UnsentForm:
    return visible_or_404(UnsentForm.objects.visible_to(request.actor), reference)


def _onward(request: ActorRequest, unsent: UnsentForm, step: str) -> HttpResponse:
    """Go to the next step; who came from the check page goes back there."""
    shown = references.display(unsent.reference)
    if "later" in request.POST:
        messages.success(request, _("Saved. You find it under Drafts for 7 days."))
        return redirect("referrals:box", "drafts")
    following = CHECK if request.GET.get("back") == CHECK else _ORDER[_ORDER.index(step) + 1]
    if following == CHECK:
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
    kind, _label = STEPS[step]
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


def _bound(step: str, answers: Mapping[str, Any], offered: Addressees) -> Form:
    """Return a step's form over what is kept: the network may have changed since."""
    kind, _label = STEPS[step]
    return SharingForm(answers, offered=offered) if kind is SharingForm else kind(answers)


def _plain(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return cleaned values as JSON can hold them."""
    return {
        name: value.isoformat() if isinstance(value, dt.date | dt.time) else value
        for name, value in typed.items()
        if name != "proposed"
    }


def _typed(answers: Mapping[str, Any], offered: Addressees) -> dict[str, Any]:
    """Return the cleaned values of all steps."""
    typed: dict[str, Any] = {}
    for each in STEPS:
        form = _bound(each, answers, offered)
        form.is_valid()
        typed |= form.cleaned_data
    return typed


def _frame(step: str, unsent: UnsentForm | None, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return what each step shows around its form: where we are, and what was said so far."""
    place = _ORDER.index(step)
    labels = [*(label for _kind, label in STEPS.values()), _("Check and send")]
    shown = references.display(unsent.reference) if unsent else ""
    return {
        "unsent": unsent,
        "step": step,
        "step_label": labels[place],
        "steps": [
            {"label": label, "done": index < place, "now": index == place}
            for index, label in enumerate(labels)
        ],
        "previous": reverse("referrals:step", args=[shown, _ORDER[place - 1]])
        if place and unsent
        else None,
        "so_far": {
            **answers,
            "until": parse_date(answers.get("until") or ""),
            "agreed_at": parse_time(answers.get("agreed_at") or ""),
        }
        if unsent
        else {},
    }
