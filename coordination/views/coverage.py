"""The Office's page of what the network offers where, and where nobody does."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from coordination import coverage
from coordination.http import ActorRequest, require_permission


@require_safe
def services(request: ActorRequest) -> HttpResponse:
    require_permission(request, coverage.VIEW)
    rows = coverage.table(at=timezone.now())
    context = {
        "regions": coverage.REGIONS,
        "rows": [(row.service, list(row.cells.items())) for row in rows],
        "gaps": [
            (row.service, region)
            for row in rows
            for region, cell in row.cells.items()
            if cell.is_missed and not cell.accepting
        ],
        "slow": coverage.slow_desks(),
        "may_remind": request.actor.may(coverage.REMIND),
    }
    return render(request, "coordination/services.html", context)
