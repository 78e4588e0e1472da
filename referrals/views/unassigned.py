"""The Office's page of what nobody took on: how much, at which desks."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from coordination import duty, vocabularies
from coordination.http import ActorRequest, require_permission
from referrals import narrowing
from referrals import unassigned as free
from referrals.actions.reminding import REMIND
from referrals.filters import UnknownFilter


@require_safe
def unassigned(request: ActorRequest) -> HttpResponse:
    require_permission(request, free.VIEW)
    now = timezone.now()
    try:
        where = narrowing.read(request.GET, narrowing.Where)
    except UnknownFilter:
        return redirect("leaving:unassigned")
    found = [each for each in free.unassigned(request.actor) if each.is_in(where)]
    held = duty.at_desks([each.desk for each in found], at=now)
    shown = [
        {
            "desk": each.desk,
            "rings": held[each.desk.pk].rings,
            "waiting": each.waiting,
            "by_urgency": [
                (code, each.by_urgency[code])
                for code in free.standards()
                if code in each.by_urgency
            ],
            "since": now - each.oldest_at if each.oldest_at else None,
        }
        for each in found
    ]
    context = {
        "rows": shown,
        "narrowed": where,
        "panel": where.panel(),
        "standards": vocabularies.entries("assign_within"),
        "may_remind": request.actor.may(REMIND),
    }
    return render(request, "referrals/unassigned.html", context)
