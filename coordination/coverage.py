"""Where the network offers what, now: each service by region; where nobody does; who is slow."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from coordination import access, offering, vocabularies
from coordination.models import Desk

VIEW = "coordination.oversee_desks"
REMIND = "referrals.remind_desk"
"""Who may ask a slow desk to look at its inbox: on a page above."""
REGIONS = ("central", "east", "north", "toronto", "west")
"""The ministry's regions."""

SLOW = ("within_3_days", "longer")
"""Of the vocabulary `usual_time`: longer than a day, over five acceptances at least."""


@dataclass
class Cell:
    """A service in a region: how many desks offer it, and how many of them are not full."""

    offering: int = 0
    accepting: int = 0


def together(cells: Iterable[Cell]) -> Cell:
    """Return what several regions come to: a desk stands in one."""
    found = list(cells)
    return Cell(sum(each.offering for each in found), sum(each.accepting for each in found))


@dataclass(frozen=True)
class Row:
    service: str
    cells: Mapping[str, Cell] = field(default_factory=lambda: {code: Cell() for code in REGIONS})


def table(*, at: dt.datetime) -> list[Row]:
    """Return every service of the vocabulary with its cell for each region."""
    rows = {code: Row(code) for code in vocabularies.codes("service_need")}
    for desk in offering.with_offer(access.addressable_desks()):
        region = desk.team.region if desk.team else ""
        if region not in REGIONS:
            continue
        is_full = offering.level_of(desk, at=at) == offering.FULL
        for service in set(desk.services) & rows.keys():
            cell = rows[service].cells[region]
            cell.offering += 1
            cell.accepting += not is_full
    return list(rows.values())


def gaps(rows: Sequence[Row]) -> list[tuple[str, str]]:
    """
    Return service and region of what nobody takes now, what nobody offers first.

    That a desk looked for it is not asked: one report, told on its day, is what releases hide.
    """
    found = [
        (cell.offering, row.service, region)
        for row in rows
        for region, cell in row.cells.items()
        if not cell.accepting
    ]
    found.sort(key=lambda each: each[0])
    return [(service, region) for _offering, service, region in found]


def slow_desks() -> Sequence[tuple[Desk, str]]:
    """Return the desks that usually take longer than a day to accept, the slowest first."""
    desks = offering.with_offer(access.addressable_desks()).order_by("team__region", "slug")
    usual = [(desk, offering.usual_time_of(desk)) for desk in desks]
    return [(desk, code) for slow in reversed(SLOW) for desk, code in usual if code == slow]
