"""A new referral on one page: of a new case, or of one that the desk leads."""

import uuid

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from cases.models import Case
from coordination import idempotency, references
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
from referrals import child_reports, consents, presenting
from referrals.actions.referring import refer
from referrals.addressees import Addressees, addressees
from referrals.guard_rails import BeforeSending
from referrals.new_forms import NewReferralForm, ReferForm
from referrals.proposals import not_offered
from referrals.rail_forms import CHANGE
from referrals.rail_forms import said as said_in
from referrals.targets import target_of
from referrals.views import rails
from referrals.views.pages import load
from referrals.views.presets import preset


@require_http_methods(["GET", "HEAD", "POST"])
def one_page(request: ActorRequest, reference: str | None = None) -> HttpResponse:
    """Show and take the form; `reference` names the case, where there is one already."""
    require_permission(request, "referrals.send_referral")
    actor = request.actor
    if actor.desk is None:
        return redirect("coordination:choose_desk")
    case = visible_or_404(Case.objects.visible_to(actor), reference) if reference else None
    if case and not actor.acts_for(case.lead_desk_id):
        raise Http404
    offered = addressees(without=actor.desk)
    kind = ReferForm if case else NewReferralForm
    initial = {**preset(request), "key": str(uuid.uuid4()), "to": request.GET.get("to", "")}
    agreed = consents.usable(case, actor, at=timezone.now()) if case else []
    form = kind(request.POST or None, offered=offered, consents=agreed, initial=initial)
    status = 200
    if request.method == "POST" and CHANGE not in request.POST:
        status = UNPROCESSABLE
        answer = _take(request, case, form, offered) if form.is_valid() else None
        if answer:
            return answer
    context = {"form": form, "case": case}
    return render(request, "referrals/new.html", context, status=status)


@require_safe
def sent(request: ActorRequest, reference: str) -> HttpResponse:
    """Say that it is sent, with the code large: it is what the desk's own file keeps."""
    require_permission(request, "referrals.send_referral")
    referral = load(request, reference)
    if not request.actor.acts_for(referral.from_desk_id) or not referral.sent_at:
        raise Http404
    shown = presenting.shown(referral, request.actor, at=timezone.now())
    context = {
        "r": shown,
        "child_report": child_reports.owed(referral.readable_case, request.actor),
        "not_offered": not_offered(target_of(referral), shown.services),
    }
    return render(request, "referrals/sent.html", context)


def _take(
    request: ActorRequest, case: Case | None, form: ReferForm | NewReferralForm, offered: Addressees
) -> HttpResponse | None:
    """Send, or ask first what has to be asked; nothing for what is wrong at a field."""
    try:
        made = _create(request, case, form, offered)
    except BeforeSending as refusal:
        return rails.ask(request, refusal)
    except Invalid as refusal:
        add_refusal(form, refusal)
    except NotAllowed as refusal:
        return refuse(request, refusal, "referrals:new")
    except Refused as refusal:
        form.add_error(None, str(refusal))
    else:
        return redirect("referrals:sent", references.display(made.body["reference"]))
    return None


def _create(
    request: ActorRequest, case: Case | None, form: ReferForm | NewReferralForm, offered: Addressees
) -> Answer:
    """Open the case, write the referral and send it: together or not at all, and once a key."""
    actor, now, typed = request.actor, timezone.now(), form.codes()

    def create() -> Answer:
        to, words = offered.get(typed["to"]), form.said()
        said = said_in(request.POST)
        made = refer(actor=actor, case=case, to=to, typed=typed, words=words, said=said, at=now)
        return Answer(201, {"reference": made.reference})

    payload = {**typed, "case": case.reference if case else None, "words": form.typed()}
    with transaction.atomic():
        return idempotency.once(
            actor, route="page:new", key=typed["key"], payload=payload, create=create, waits=True
        )
