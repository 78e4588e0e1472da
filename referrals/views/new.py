"""The one-page new referral: of a new case, or of one that the desk leads."""

import datetime as dt
import uuid
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases.actions import open_case
from cases.facts import TASK_FACTS
from cases.models import Case
from coordination import idempotency, references, vocabularies
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
from referrals.actions.drafting import BasisGiven, draft_referral
from referrals.actions.sending import send_referral
from referrals.addressees import Addressees, addressees
from referrals.forms import NewReferralForm, ReferForm

BASIS_DAYS = 90


@require_http_methods(["GET", "HEAD", "POST"])
def new_referral(request: ActorRequest, reference: str | None = None) -> HttpResponse:
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
    form = kind(request.POST or None, offered=offered, initial=_initial(request))
    status = 200
    if request.method == "POST":
        status = UNPROCESSABLE
        if form.is_valid():
            try:
                made = _create(request, case, form.cleaned_data, offered)
            except Invalid as refusal:
                add_refusal(form, refusal)
            except NotAllowed as refusal:
                return refuse(request, refusal, "referrals:new")
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                code = references.display(made.body["reference"])
                messages.success(
                    request,
                    _("Referral %(code)s is sent. Write this code in your own case file.")
                    % {"code": code},
                )
                return redirect("referrals:detail", code)
    context = {"form": form, "case": case}
    return render(request, "referrals/new.html", context, status=status)


def _create(
    request: ActorRequest, case: Case | None, typed: dict[str, Any], offered: Addressees
) -> Answer:
    """Open the case, write the referral and send it: together or not at all, and once a key."""
    actor, now = request.actor, timezone.now()
    ends = dt.datetime.combine(typed["until"], dt.time.max, timezone.get_current_timezone())
    basis = BasisGiven(typed["basis"], typed["audience"], ends, typed["provision"])

    def create() -> Answer:
        of = case or open_case(
            actor=actor, facts={name: typed[name] for name in TASK_FACTS}, at=now
        )
        draft = draft_referral(
            actor=actor,
            case=of,
            to=offered.get(typed["to"]),
            services=typed["services"],
            urgency=typed["urgency"],
            basis=basis,
            at=now,
        )
        sent = send_referral(referral=draft, actor=actor, at=now)
        return Answer(201, {"reference": sent.reference})

    payload = {**typed, "case": case.reference if case else None}
    with transaction.atomic():
        return idempotency.once(
            actor, route="page:new", key=typed["key"], payload=payload, create=create
        )


def _initial(request: ActorRequest) -> dict[str, Any]:
    today = timezone.localdate()
    return {
        "key": str(uuid.uuid4()),
        "until": (today + dt.timedelta(days=BASIS_DAYS)).isoformat(),
        "service_language": request.actor.user.language,
        "audience": [
            entry.code
            for entry in vocabularies.entries("organisation_kind")
            if not entry.extra["police_involved"]
        ],
    }
