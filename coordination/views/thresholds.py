"""Thresholds of the statistics: one person of the Office proposes, another confirms."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t
from django.views.decorators.http import require_http_methods, require_POST

from coordination import thresholds
from coordination.http import (
    ActorRequest,
    carried_out,
    form_page,
    pressed,
    require_permission,
)
from coordination.models import ThresholdProposal
from coordination.releasing.thresholds import Thresholds, in_force

_PAGE = "coordination:thresholds"


def _number(name: str, **said: Any) -> forms.IntegerField:
    """Return the field of a number; of its bounds the action tells, in words of its own."""
    least, most = thresholds.BOUNDS[name]
    shown = {"class": "text", "inputmode": "numeric", "min": least, "max": most}
    return forms.IntegerField(widget=forms.NumberInput(attrs=shown), **said)


class ThresholdsForm(forms.Form):
    network = _number(
        "network",
        label=_t("On the pages of Relay, hide fewer than"),
        help_text=_t("From 11 to 100."),
    )
    exported = _number(
        "exported",
        label=_t("In whatever leaves Relay, hide fewer than"),
        help_text=_t("From 20 to 200, and never less than on the pages."),
    )
    base = forms.TypedChoiceField(
        label=_t("Round to multiples of"),
        coerce=int,
        choices=[(each, str(each)) for each in thresholds.BASES],
    )
    dominance = _number(
        "dominance",
        label=_t("Hide what one agency has more of than, in per cent"),
        help_text=_t("From 50 to 85; less hides more."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def thresholds_page(request: ActorRequest) -> HttpResponse:
    """Show the thresholds in force, what is proposed, and what was decided."""
    require_permission(request, thresholds.SET_ASIDE)
    now = in_force()
    form = ThresholdsForm(request.POST or None, initial=now.written())
    if request.method == "POST":
        require_permission(request, thresholds.PROPOSE)

    def proposed() -> HttpResponse:
        made = thresholds.propose_thresholds(
            actor=request.actor,
            thresholds=Thresholds(**form.cleaned_data),
            at=timezone.now(),
        )
        if thresholds.can_be_confirmed(made.proposed_by, since=made.proposed_at):
            messages.success(request, _("Proposed. The privacy officer is told."))
        else:
            messages.warning(request, _("Proposed. Nobody can confirm it."))
        return redirect(_PAGE)

    if answer := carried_out(request, form, proposed, _PAGE):
        return answer
    proposals = ThresholdProposal.objects.visible_to(request.actor)
    people = proposals.select_related("proposed_by", "decided_by")
    waiting = people.waiting().first()
    may_propose = request.actor.may(thresholds.PROPOSE) and waiting is None
    officer = waiting is not None and request.actor.may(thresholds.CONFIRM)
    by, since = request.actor.user, timezone.now()
    if waiting:
        by, since = waiting.proposed_by, waiting.proposed_at
    context = {
        "now": now,
        "waiting": waiting,
        "nobody": (waiting is not None or may_propose)
        and not thresholds.can_be_confirmed(by, since=since),
        "decided": list(people.exclude(decision="")[:10]),
        "officer": officer,
        "why_not": thresholds.why_not(request.actor, waiting) if waiting and officer else "",
        "form": form if may_propose or request.method == "POST" else None,
    }
    return form_page(request, "coordination/thresholds.html", context)


@require_POST
def confirm(request: ActorRequest, number: int) -> HttpResponse:
    require_permission(request, thresholds.CONFIRM)
    proposal = _proposal(request, number)
    return pressed(
        request,
        lambda: thresholds.confirm_thresholds(
            actor=request.actor, proposal=proposal, at=timezone.now()
        ),
        _("Confirmed. In force from the next release on."),
        _PAGE,
    )


@require_POST
def set_aside(request: ActorRequest, number: int) -> HttpResponse:
    require_permission(request, thresholds.SET_ASIDE)
    proposal = _proposal(request, number)
    return pressed(
        request,
        lambda: thresholds.set_aside_thresholds(
            actor=request.actor, proposal=proposal, at=timezone.now()
        ),
        _("Set aside. What is in force stays."),
        _PAGE,
    )


def _proposal(request: ActorRequest, number: int) -> ThresholdProposal:
    return get_object_or_404(ThresholdProposal.objects.visible_to(request.actor), number=number)
