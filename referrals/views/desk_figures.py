"""A desk's own figures, for its workers and leads."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from coordination.http import ActorRequest, require_permission
from referrals import desk_figures


@require_safe
def figures(request: ActorRequest) -> HttpResponse:
    require_permission(request, "referrals.view_referral")
    desk = request.actor.desk
    if desk is None or desk.pk not in request.actor.desk_ids:
        return redirect("coordination:choose_desk")
    shown = desk_figures.of_desk(request.actor, desk, at=timezone.now())
    return render(request, "referrals/desk_figures.html", {"desk": desk, "figures": shown})
