"""Several lines at once: assign, mark as seen; and the views that one keeps. Never an answer."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from coordination import references
from coordination.access import people_at
from coordination.errors import Invalid, NotAllowed, Refused
from coordination.http import ActorRequest, note_refusal, refuse, require_permission
from referrals import filters
from referrals.actions import assigning
from referrals.actions.saved_views import delete_view, save_view
from referrals.filters import UnknownFilter
from referrals.forms import AssignForm
from referrals.labels import box_url
from referrals.models import Referral, SavedView
from referrals.states import Box

MOST = 50
NOT_FOUND, FORBIDDEN = 404, 403


@dataclass(frozen=True)
class Item:
    """What became of one line."""

    reference: str
    answer: str
    is_done: bool


@require_POST
def bulk(request: ActorRequest) -> HttpResponse:
    """Do one thing to the lines that were ticked, each by itself, and say what became of each."""
    require_permission(request, "referrals.view_referral")
    chosen = list(dict.fromkeys(request.POST.getlist("reference")))[:MOST]
    if not chosen:
        messages.error(request, _("Tick at least one line first."))
        return redirect("referrals:inbox")
    try:
        act, done = _act(request)
    except Refused as refusal:
        return refuse(request, refusal, "referrals:inbox")
    found = _find(request, chosen)
    items = []
    for reference in chosen:
        referral = found.get(reference)
        if referral is None:
            note_refusal(request, reference, NOT_FOUND)
            items.append(Item(reference[:9], _("There is no such line."), is_done=False))
            continue
        try:
            with transaction.atomic():
                answer = act(referral)
        except Refused as refusal:
            if isinstance(refusal, NotAllowed):
                note_refusal(request, reference, FORBIDDEN)
            items.append(Item(references.display(referral.reference), str(refusal), is_done=False))
        else:
            said = done if answer is not False else _("Nothing changed.")
            items.append(Item(references.display(referral.reference), said, is_done=True))
    return render(request, "referrals/bulk.html", {"items": items})


@require_POST
def save(request: ActorRequest) -> HttpResponse:
    """Keep the box and the filters that were shown."""
    require_permission(request, "referrals.view_referral")
    query = QueryDict(request.POST.get("query", "")[:500])
    box = request.POST.get("box", "")
    try:
        wanted = filters.read(query)
        view = save_view(
            actor=request.actor,
            box=Box(box),
            filters=wanted,
            shared="shared" in request.POST,
            default="default" in request.POST,
        )
    except (UnknownFilter, ValueError):
        raise Http404 from None
    except Refused as refusal:
        return refuse(request, refusal, "referrals:inbox")
    messages.success(request, _("View saved."))
    return redirect(f"{box_url(Box(view.box))}?{view.query}")


@require_POST
def delete(request: ActorRequest, pk: int) -> HttpResponse:
    require_permission(request, "referrals.view_referral")
    own = SavedView.objects.visible_to(request.actor).filter(owner=request.actor.user)
    view = get_object_or_404(own, pk=pk)
    delete_view(view=view, actor=request.actor)
    messages.success(request, _("View deleted."))
    return redirect("referrals:inbox")


def _act(request: ActorRequest) -> tuple[Callable[[Referral], object], str]:
    """Return what to do to each line, and what to say when it is done."""
    actor, now = request.actor, timezone.now()
    if actor.desk is None:
        raise NotAllowed(_("Choose the desk you are acting for, then try again."))
    if request.POST.get("do") == "see":
        return (
            lambda referral: assigning.see_referral(referral=referral, actor=actor, at=now),
            _("Marked as seen."),
        )
    form = AssignForm(request.POST, people=people_at(actor.desk))
    if not form.is_valid():
        raise Invalid(_("Choose somebody who works at your desk."))
    person = form.person()
    return (
        lambda referral: assigning.assign_referral(
            referral=referral, actor=actor, to=person, at=now
        ),
        _("Assigned.") if person else _("Assigned to nobody."),
    )


def _find(request: ActorRequest, chosen: list[str]) -> dict[str, Referral]:
    """Return the visible ones among what was ticked, by the reference as it was sent."""
    parsed: dict[str, str] = {}
    for each in chosen:
        try:
            parsed[references.parse(each)] = each
        except references.BadReference:
            continue
    rows = Referral.objects.visible_to(request.actor).filter(reference__in=list(parsed))
    return {parsed[referral.reference]: referral for referral in rows}
