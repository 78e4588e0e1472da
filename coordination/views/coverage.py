"""What the network offers where, for the Office: where nobody does, and what was done about it."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from coordination import coverage, vocabularies
from coordination import gaps as story
from coordination.groups import RUN
from coordination.http import ActorRequest, require_permission


@require_safe
def services(request: ActorRequest) -> HttpResponse:
    require_permission(request, coverage.VIEW)
    rows = coverage.table(at=timezone.now())
    context = {
        "regions": coverage.REGIONS,
        "rows": [(row.service, list(row.cells.items())) for row in rows],
        "gaps": coverage.gaps(rows),
        "slow": coverage.slow_desks(),
        "may_remind": request.actor.may(coverage.REMIND),
        "runs": request.actor.may(RUN),
    }
    return render(request, "coordination/services.html", context)


@require_safe
def gap(request: ActorRequest, region: str, service: str) -> HttpResponse:
    """Show one service in one region: what was done about it, and whether the releases moved."""
    require_permission(request, coverage.VIEW)
    if region not in coverage.REGIONS or service not in vocabularies.codes("service_need"):
        raise Http404
    found = story.gap(request.actor, service=service, region=region, at=timezone.now())
    context = {
        "gap": found,
        "today": timezone.localdate(),
        "runs": request.actor.may(RUN),
    }
    return render(request, "coordination/gap.html", context)
