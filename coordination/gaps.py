"""
One gap of the network: a service, who offers it, what was asked, and what was done about it.

In a region, or everywhere: then with each region. Whoever reads an action for a gap reads the gap:
what desks say that they offer, and the actions that they read anyway.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import models

from coordination import coverage
from coordination.access import Actor
from coordination.group_results import UNMET, Result, gap_place, reader, result_of
from coordination.models import GroupAction
from coordination.releasing.computing import NETWORK
from coordination.releasing.periods import Period
from coordination.releasing.reading import VIEW, editions
from coordination.releasing.shown import Cell

REQUESTED = "requested"
QUARTERS = 4
"""So many of the last releases are shown."""


@dataclass(frozen=True)
class Released:
    """What a release says of a gap; a hidden figure has no number."""

    period: Period
    title: str
    requested: Cell
    unmet: Cell


@dataclass(frozen=True)
class Done:
    """An action for a gap, and what the release after it says."""

    action: GroupAction
    result: Result | None


@dataclass(frozen=True)
class Gap:
    service: str
    region: str
    """Empty of all."""

    now: coverage.Cell
    regions: Mapping[str, coverage.Cell]
    """Of all, each of them."""

    releases: Sequence[Released]
    """The newest first; none for whom they are not for."""

    actions: Sequence[Done]
    """Open ones first."""


def may_read(actor: Actor, *, service: str, region: str) -> bool:
    """Tell whether somebody reads a gap: the Office all, others that of an action they read."""
    return actor.may(coverage.VIEW) or _actions(actor, service, region).exists()


def gap(
    actor: Actor, *, service: str, region: str = "", at: dt.datetime, audience: str = NETWORK
) -> Gap:
    """Return what is known of a service, and what was done about it."""
    read = reader(actor, audience=audience)
    regions = next(row.cells for row in coverage.table(at=at) if row.service == service)
    place, found = gap_place(service, region), []
    reads = actor.may(VIEW)
    quarters = [each.period for each in editions(actor) if each.period.quarter] if reads else []
    for period in [each for each in quarters if not each.month][:QUARTERS]:
        edition = read(period)
        requested = edition.table(REQUESTED) if edition else None
        unmet = edition.table(UNMET) if edition else None
        if edition and requested and unmet:
            cells = requested.cell(**place), unmet.cell(**place)
            found.append(Released(period, edition.title, *cells))
    actions = _actions(actor, service, region)
    actions = actions.select_related("group", "owner__agency", "owner__team", "about_desk__agency")
    done = [Done(action, result_of(action, read) if reads else None) for action in actions]
    return Gap(
        service=service,
        region=region,
        now=regions[region] if region else coverage.together(regions.values()),
        regions={} if region else regions,
        releases=found,
        actions=sorted(done, key=lambda each: not each.action.is_open()),
    )


def _actions(actor: Actor, service: str, region: str) -> "models.QuerySet[GroupAction]":
    found = GroupAction.objects.visible_to(actor).filter(service=service)
    return found.filter(region=region) if region else found
