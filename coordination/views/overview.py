"""The Office's overview of a period, and closer: one region, one team."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.views.decorators.http import require_safe

from coordination import coverage, vocabularies
from coordination.coverage import REGIONS
from coordination.http import ActorRequest, require_permission
from coordination.models import Team
from coordination.overview import closer, province
from coordination.overview.choosing import COMPARED, Chosen, choose
from coordination.overview.doing import doing
from coordination.overview.headlines import headlines
from coordination.releasing.reading import VIEW


@require_safe
def overview(request: ActorRequest) -> HttpResponse:
    chosen = _chosen(request)
    late_teams = import_string(settings.LATE_TEAMS)
    context = _context(chosen) | {"late": late_teams(request.actor, at=timezone.now())}
    if chosen:
        regions, times = _regions(chosen), chosen.table("time_to_accept")
        teams = _teams(chosen, times.rows.codes if times else ())
        context |= {
            "headlines": headlines(chosen),
            "cards": province.before_flow(chosen, regions=regions, teams=teams),
            "flow": province.flows(chosen, regions),
            "more": province.after_flow(chosen, gaps=_gap_links(request)),
        }
    context |= _doing(request, chosen)
    return render(request, "coordination/overview.html", context)


@require_safe
def region_overview(request: ActorRequest, region: str) -> HttpResponse:
    chosen = _chosen(request)
    if region not in REGIONS:
        raise Http404
    teams = list(Team.objects.filter(region=region).order_by("slug"))
    links = _teams(chosen, [each.slug for each in teams])
    context = _context(chosen) | {
        "region": region,
        "teams": [(each.name, links[each.slug]) for each in teams],
        "gaps": _gaps(request, region),
    }
    if chosen:
        gaps = _gap_links(request, region)
        context["cards"] = closer.of_region(request.actor, chosen, region, teams=links, gaps=gaps)
    context |= _doing(request, chosen, region=region)
    return render(request, "coordination/overview_region.html", context)


@require_safe
def team_overview(request: ActorRequest, slug: str) -> HttpResponse:
    chosen = _chosen(request)
    team = get_object_or_404(Team.objects.all(), slug=slug)
    now = timezone.now()
    desks = closer.desks_of(team, at=now)
    context = _context(chosen) | {
        "team": team,
        "desks": desks,
        "gaps": _gaps(request, team.region),
        "region_link": reverse("coordination:region_overview", args=[team.region])
        + (chosen.query if chosen else ""),
    }
    if chosen:
        context["cards"] = closer.of_team(request.actor, chosen, team, desks)
    return render(request, "coordination/overview_team.html", context)


def _chosen(request: ActorRequest) -> Chosen | None:
    """:raises PermissionDenied: if the person does not read the statistics."""
    require_permission(request, VIEW)
    return choose(request.actor, request.GET.dict())


def _context(chosen: Chosen | None) -> dict[str, Any]:
    return {
        "chosen": chosen,
        "compared": COMPARED.items(),
        "urgencies": vocabularies.entries("urgency"),
    }


def _doing(request: ActorRequest, chosen: Chosen | None, *, region: str = "") -> dict[str, Any]:
    period = chosen.edition.period if chosen else None
    return {
        "doing": doing(request.actor, period, region=region),
        "today": timezone.localdate(),
    }


def _gap_links(request: ActorRequest, region: str = "") -> dict[str, str]:
    """Return where each service leads to, for who reads what is offered where."""
    if not request.actor.may(coverage.VIEW):
        return {}
    services = vocabularies.codes("service_need")
    if region:
        return {code: reverse("coordination:service_gap", args=[region, code]) for code in services}
    return {code: reverse("coordination:service", args=[code]) for code in services}


def _gaps(request: ActorRequest, region: str) -> list[str]:
    if not request.actor.may(coverage.VIEW):
        return []
    return closer.gaps_of(region, at=timezone.now())


def _regions(chosen: Chosen) -> dict[str, str]:
    return {
        code: reverse("coordination:region_overview", args=[code]) + chosen.query
        for code in REGIONS
    }


def _teams(chosen: Chosen | None, slugs: Iterable[str]) -> dict[str, str]:
    query = chosen.query if chosen else ""
    return {slug: reverse("coordination:team_overview", args=[slug]) + query for slug in slugs}
