"""The pages of one referral and of one case, and the way to them by code. Opening is recorded."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from audit.record import record
from audit.verbs import Verb
from cases.models import Case
from coordination import history, references
from coordination.access import people_at
from coordination.errors import Invalid
from coordination.http import (
    ActorRequest,
    pressed,
    refuse,
    require_permission,
    visible_or_404,
)
from referrals import chain, child_reports, lines, presenting, worklist
from referrals.actions import assigning
from referrals.actions.assigning import see_referral
from referrals.forms import AssignForm
from referrals.models import Referral, ReferralGrant
from referrals.states import Side

_DETAIL = "referrals:detail"


@require_safe
def detail(request: ActorRequest, reference: str) -> HttpResponse:
    require_permission(request, "referrals.view_referral")
    actor, now = request.actor, timezone.now()
    referral = load(request, reference)
    own = worklist.own_lines([referral], actor).get(referral.pk)
    if own and own.reason == Side.RECEIVER and not own.seen_at and actor.acts_for(own.group_id):
        see_referral(referral=referral, actor=actor, at=now)
    record(Verb.REFERRAL_VIEWED, subject=referral.subject, at=now)
    shown = presenting.shown(referral, actor, at=now)
    timeline = presenting.timeline(referral.subject, actor)
    return render(
        request,
        "referrals/detail.html",
        {
            "r": shown,
            "own_duty": child_reports.own_duty(shown.facts, actor)
            if shown.side != Side.SENDER
            else None,
            "child_report": child_reports.owed(referral.readable_case, actor),
            "assign": _assign_form(request, own),
            "takes": own is not None and own.assignee_id != actor.user.pk,
            "chain": [lines.line(each, actor, at=now) for each in chain.doors_of(referral, actor)],
            "timeline": timeline,
            "said": presenting.said_with(timeline),
            "viewers": history.viewers_of(referral.subject, actor),
        },
    )


@require_safe
def printed(request: ActorRequest, reference: str) -> HttpResponse:
    """Show a referral as it goes on paper; that it was printed is recorded, with who and when."""
    require_permission(request, "referrals.view_referral")
    referral = load(request, reference)
    now = timezone.now()
    record(Verb.REFERRAL_PRINTED, subject=referral.subject, at=now)
    return render(
        request,
        "referrals/print.html",
        {
            "r": presenting.shown(referral, request.actor, at=now),
            "timeline": presenting.timeline(referral.subject, request.actor),
        },
    )


@require_POST
def assign_referral(request: ActorRequest, reference: str) -> HttpResponse:
    """Give a referral to a worker of the desk, or take it oneself: `to` is a key, or "me"."""
    require_permission(request, "referrals.assign_referral")
    actor = request.actor
    referral = load(request, reference)
    page = references.display(referral.reference)
    form = AssignForm(request.POST, people=people_at(actor.desk) if actor.desk else [])
    takes = request.POST.get("to") == "me"
    if not takes and not form.is_valid():
        return refuse(request, Invalid(_("Choose somebody who works at your desk.")), _DETAIL, page)
    to = actor.user if takes else form.person()
    return pressed(
        request,
        lambda: assigning.assign_referral(referral=referral, actor=actor, to=to, at=timezone.now()),
        _("Assigned.") if to else _("Assigned to nobody."),
        _DETAIL,
        page,
    )


def _assign_form(request: ActorRequest, own: ReferralGrant | None) -> AssignForm | None:
    """Return the form to assign with, where the actor's own desk has a line of the referral."""
    actor = request.actor
    if own is None or actor.desk is None or not actor.acts_for(own.group_id):
        return None
    return AssignForm(people=people_at(actor.desk), initial={"to": own.assignee_id or ""})


@require_safe
def find(request: ActorRequest) -> HttpResponse:
    """Open what a code names: a referral, else a case. Unknown and invisible look the same."""
    require_permission(request, "referrals.view_referral")
    typed = request.GET.get("code", "")
    try:
        reference = references.parse(typed)
    except references.BadReference:
        messages.error(request, _("This is not a code. Check its eight characters, one by one."))
        return redirect("referrals:inbox")
    shown = references.display(reference)
    if Referral.objects.visible_to(request.actor).filter(reference=reference).exists():
        return redirect("referrals:detail", shown)
    if Case.objects.visible_to(request.actor).filter(reference=reference).exists():
        return redirect("cases:detail", shown)
    return redirect("referrals:detail", shown)  # which answers 404, and records that it did


def load(request: ActorRequest, reference: str) -> Referral:
    """Return a visible referral with its desks and its readable case, or 404."""
    referral = visible_or_404(Referral.objects.visible_to(request.actor).with_desks(), reference)
    worklist.attach_cases([referral], request.actor)
    return referral
