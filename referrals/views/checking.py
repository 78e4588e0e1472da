"""The last step of a new referral: everything once more, and sending."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases.actions.notes import Words
from coordination import idempotency, references
from coordination.errors import Invalid, NotAllowed, Refused
from coordination.http import (
    UNPROCESSABLE,
    ActorRequest,
    add_refusal,
    refuse,
    require_permission,
)
from coordination.idempotency import Answer
from referrals.actions.referring import refer
from referrals.actions.unsent import discard_unsent
from referrals.addressees import Addressees, addressees
from referrals.guard_rails import BeforeSending
from referrals.interruptions import interruptions
from referrals.labels import area_labels
from referrals.models import UnsentForm
from referrals.new_forms import moment_of_call
from referrals.proposals import not_offered
from referrals.rail_forms import CHANGE
from referrals.rail_forms import said as said_in
from referrals.saying import SaysForm
from referrals.views import kept, rails


@require_http_methods(["GET", "HEAD", "POST"])
def check(request: ActorRequest, reference: str) -> HttpResponse:
    """Show everything once more, and send it: together or not at all, and once."""
    require_permission(request, "referrals.send_referral")
    if request.actor.desk is None:
        return redirect("coordination:choose_desk")
    sent = kept.sent_before(request, reference)
    if sent:
        return redirect("referrals:sent", sent)
    unsent = kept.load(request, reference)
    offered = addressees(without=request.actor.desk)
    wrong = [
        each for each in kept.STEPS if not kept.bound(each, unsent.answers, offered).is_valid()
    ]
    if wrong:
        messages.error(request, _("Something is missing here."))
        return redirect("referrals:step", references.display(unsent.reference), wrong[0])
    typed = kept.typed_in(unsent.answers, offered)
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
    context |= kept.frame(kept.CHECK, unsent, unsent.answers)
    context["not_offered"] = not_offered(offered.get(typed["to"]), typed["services"])
    context["called_at"] = moment_of_call(typed["agreed_at"], now=timezone.now())
    areas = area_labels(typed["areas_to_avoid"])
    status = UNPROCESSABLE if form.is_bound else 200
    return render(
        request, "referrals/new_check.html", {**context, "area_labels": areas}, status=status
    )


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
            actor, route=kept.ROUTE, key=unsent.reference, payload={}, create=create, waits=True
        )
    return references.display(made.body["reference"])
