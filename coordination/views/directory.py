"""The directory: who offers what, whom to phone, and what nobody offers."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from coordination import access, duty, eligibility, offering, vocabularies
from coordination.actions import report_gap
from coordination.directory_filters import Search, agencies_of, desks_of, panel, read
from coordination.http import (
    ActorRequest,
    pressed,
    require_permission,
)
from coordination.models import Desk, Team

PAGE = 25
_VIEW = "coordination.view_network"
_NEAREST = {
    "north": ("central", "east", "toronto", "west"),
    "east": ("central", "toronto", "north", "west"),
    "central": ("toronto", "west", "east", "north"),
    "toronto": ("central", "west", "east", "north"),
    "west": ("central", "toronto", "east", "north"),
}
"""Regions by nearness, seen from each."""


@dataclass(frozen=True)
class Card:
    """A desk with what it says of itself now."""

    desk: Desk
    level: str
    until: dt.datetime | None
    beds: int | None
    note: str
    usual_time: str
    terms: Sequence[tuple[str, eligibility.Terms]]
    """Services that take fewer people than the desk itself, and whom."""

    on_duty: duty.Duty
    """Who answers for it now."""


@require_safe
def directory(request: ActorRequest) -> HttpResponse:
    require_permission(request, _VIEW)
    search = read(request.GET)
    desks = desks_of(search, offering.with_offer(access.addressable_desks()))
    ordered = desks.order_by("team__region", "team__slug", "slug")
    page = Paginator(ordered, PAGE).get_page(request.GET.get("page"))
    is_last = page.number == page.paginator.num_pages
    return render(
        request,
        "coordination/directory.html",
        {
            "search": search,
            "panel": panel(search),
            "page": page,
            "cards": _cards(page.object_list),
            "agencies": agencies_of(search)[:PAGE] if is_last else [],
            "gap": _gap(search) if not page.paginator.count else None,
            "query": urlencode(search.pairs()),
            "can_report": request.actor.may("coordination.report_gap"),
        },
    )


@require_safe
def desk_card(request: ActorRequest, slug: str) -> HttpResponse:
    require_permission(request, _VIEW)
    desks = offering.with_offer(access.addressable_desks())
    desk = get_object_or_404(desks, slug=slug)
    return render(request, "coordination/desk_card.html", {"card": _cards([desk])[0]})


@require_safe
def team_card(request: ActorRequest, slug: str) -> HttpResponse:
    require_permission(request, _VIEW)
    team = get_object_or_404(Team.objects.prefetch_related("areas"), slug=slug)
    desks = offering.with_offer(access.addressable_desks()).filter(team=team)
    return render(request, "coordination/team_card.html", {"team": team, "cards": _cards(desks)})


@require_safe
def phones(request: ActorRequest) -> HttpResponse:
    """The duty phones of all desks on paper, for the day on which Relay is away."""
    require_permission(request, _VIEW)
    desks = list(access.addressable_desks().order_by("team__region", "team__slug", "slug"))
    duties = duty.at_desks(desks, at=timezone.now())
    groups = [
        (
            vocabularies.label("region", region),
            team,
            [(desk, duties[desk.pk].rings) for desk in found],
        )
        for (region, team), found in groupby(
            desks, key=lambda d: (d.team.region if d.team else "", d.team)
        )
    ]
    return render(request, "coordination/phones.html", {"groups": groups})


@require_http_methods(["GET", "HEAD", "POST"])
def gap(request: ActorRequest) -> HttpResponse:
    """Tell the Office that nobody offers what was looked for; a reload leads back."""
    if request.method != "POST":
        return redirect("coordination:directory")
    require_permission(request, "coordination.report_gap")
    search = read(request.POST)
    if not {"service", "region"} <= set(search.codes):
        raise Http404
    if desks_of(search, access.addressable_desks()).exists():
        messages.info(request, _("Some desks offer it: see the list."))
        return redirect(f"{reverse('coordination:directory')}?{urlencode(search.pairs())}")
    return pressed(
        request,
        lambda: report_gap(
            actor=request.actor,
            service=search.codes["service"],
            region=search.codes["region"],
            at=timezone.now(),
        ),
        _("Recorded for the Office: nobody offers this. Thank you."),
        "coordination:directory",
    )


def _cards(desks: Iterable[Desk]) -> list[Card]:
    now, found = timezone.now(), list(desks)
    duties = duty.at_desks(found, at=now)
    return [_card(desk, duties[desk.pk], at=now) for desk in found]


def _card(desk: Desk, on_duty: duty.Duty, *, at: dt.datetime) -> Card:
    return Card(
        desk=desk,
        level=offering.level_of(desk, at=at),
        until=offering.until_of(desk, at=at),
        beds=offering.beds_of(desk, at=at),
        note=offering.note_of(desk, at=at),
        usual_time=offering.usual_time_of(desk),
        terms=[
            (service, terms)
            for service in desk.services
            if (terms := eligibility.terms_of(desk, service)).is_narrower(desk)
        ],
        on_duty=on_duty,
    )


def _gap(search: Search) -> dict[str, str] | None:
    """Return what nobody offers there, with the nearest region where somebody does."""
    service, region = search.codes.get("service"), search.codes.get("region")
    if not service or not region:
        return None
    offered = set(
        access.addressable_desks()
        .filter(services__contains=[service])
        .values_list("team__region", flat=True)
    )
    if region in offered:
        return None
    nearest = next((each for each in _NEAREST.get(region, ()) if each in offered), "")
    return {"service": service, "region": region, "nearest": nearest}
