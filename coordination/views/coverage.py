"""What the network offers where, for the Office: where nobody does, and what was done about it."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from coordination import coverage, vocabularies
from coordination import gaps as story
from coordination.counting.sealed import SERVICES as SEALED
from coordination.groups import RUN
from coordination.http import ActorRequest, require_permission
from coordination.models.group import READ


@require_safe
def services(request: ActorRequest) -> HttpResponse:
    require_permission(request, coverage.VIEW)
    rows = coverage.table(at=timezone.now())
    context = {
        "regions": coverage.REGIONS,
        "rows": [(row.service, list(row.cells.items())) for row in rows],
        "slow": coverage.slow_desks(),
        "may_remind": request.actor.may(coverage.REMIND),
        "runs": request.actor.may(RUN),
    }
    return render(request, "coordination/services.html", context)


@require_safe
def service_page(request: ActorRequest, service: str) -> HttpResponse:
    """Show one service in all regions, and what was done about it."""
    require_permission(request, coverage.VIEW)
    return _gap(request, service)


@require_safe
def gap(request: ActorRequest, region: str, service: str) -> HttpResponse:
    """Show one service in one region: what was done about it, and whether the releases moved."""
    if not request.actor.may(coverage.VIEW):
        require_permission(request, READ)
    if region not in coverage.REGIONS:
        raise Http404
    return _gap(request, service, region)


def _gap(request: ActorRequest, service: str, region: str = "") -> HttpResponse:
    """:raises Http404: if there is no such service, or no action for it that the person reads."""
    is_known = service in vocabularies.codes("service_need")
    if not is_known or not story.may_read(request.actor, service=service, region=region):
        raise Http404
    found = story.gap(request.actor, service=service, region=region, at=timezone.now())
    context = {
        "gap": found,
        "today": timezone.localdate(),
        "plans": request.actor.may(RUN) and service not in SEALED,
    }
    return render(request, "coordination/gap.html", context)
