"""The Office's page of what to look at now."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from coordination import coverage, operations
from coordination.groups import RUN
from coordination.http import ActorRequest, require_permission


@require_safe
def operations_page(request: ActorRequest) -> HttpResponse:
    require_permission(request, operations.VIEW)
    found = operations.operations(request.actor, at=timezone.now())
    context = {
        "found": found,
        "may_remind": request.actor.may(coverage.REMIND),
        "runs": request.actor.may(RUN),
    }
    return render(request, "coordination/operations.html", context)
