"""One gap of the network: a service in a region, who offers it, what was asked, what was done."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from coordination import coverage
from coordination.access import Actor
from coordination.group_results import UNMET, Result, gap_place, reader, result_of
from coordination.models import GroupAction
from coordination.releasing.computing import NETWORK
from coordination.releasing.periods import Period
from coordination.releasing.reading import editions
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
    now: coverage.Cell
    releases: Sequence[Released]
    """The newest first."""

    actions: Sequence[Done]
    """Open ones first."""


def gap(
    actor: Actor, *, service: str, region: str, at: dt.datetime, audience: str = NETWORK
) -> Gap:
    """Return what is known of a service in a region, and what was done about it."""
    read = reader(actor, audience=audience)
    rows = {row.service: row for row in coverage.table(at=at)}
    place, found = gap_place(service, region), []
    quarters = [each.period for each in editions(actor) if each.period.quarter]
    for period in [each for each in quarters if not each.month][:QUARTERS]:
        edition = read(period)
        requested = edition.table(REQUESTED) if edition else None
        unmet = edition.table(UNMET) if edition else None
        if edition and requested and unmet:
            cells = requested.cell(**place), unmet.cell(**place)
            found.append(Released(period, edition.title, *cells))
    actions = GroupAction.objects.visible_to(actor).filter(service=service, region=region)
    actions = actions.select_related("group", "owner__agency", "owner__team", "about_desk__agency")
    done = [Done(action, result_of(action, read)) for action in actions]
    return Gap(
        service=service,
        region=region,
        now=rows[service].cells[region],
        releases=found,
        actions=sorted(done, key=lambda each: not each.action.is_open()),
    )
