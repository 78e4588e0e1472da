"""Desks of an agency: what they offer, how they are reached, who covers them, their end."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination.desks import CHANGEABLE, change_desk, close_desk, covers_of, desks_of
from coordination.errors import Refused
from coordination.http import (
    ActorRequest,
    carried_out,
    done,
    form_page,
    refuse,
    require_permission,
)
from coordination.people_forms import DeskForm

MANAGE = "coordination.manage_desk"
_LIST = "coordination:desks"


@require_safe
def desks(request: ActorRequest) -> HttpResponse:
    require_permission(request, MANAGE)
    return render(request, "coordination/desks.html", {"desks": list(desks_of(request.actor))})


@require_http_methods(["GET", "HEAD", "POST"])
def desk(request: ActorRequest, slug: str) -> HttpResponse:
    require_permission(request, MANAGE)
    found = get_object_or_404(desks_of(request.actor), slug=slug)
    initial = {name: getattr(found, name) for name in CHANGEABLE}
    initial["cover_desk"] = found.cover_desk.slug if found.cover_desk else ""
    form = DeskForm(request.POST or None, initial=initial, covers=list(covers_of(found)))

    def changed() -> HttpResponse:
        change_desk(actor=request.actor, desk=found, facts=form.facts(), at=timezone.now())
        return done(
            request, _("Saved. The directory shows it now."), "coordination:desk", found.slug
        )

    if answer := carried_out(request, form, changed, _LIST):
        return answer
    return form_page(request, "coordination/desk.html", {"desk": found, "form": form})


@require_POST
def close(request: ActorRequest, slug: str) -> HttpResponse:
    require_permission(request, MANAGE)
    found = get_object_or_404(desks_of(request.actor), slug=slug)
    if "sure" not in request.POST:
        messages.error(request, _("Tick that you are sure, then close the desk."))
        return redirect("coordination:desk", found.slug)
    try:
        close_desk(actor=request.actor, desk=found, at=timezone.now())
    except Refused as refusal:
        return refuse(request, refusal, "coordination:desk", found.slug)
    messages.success(request, _("Closed. What was pending there goes to who covers it."))
    return redirect(_LIST)
