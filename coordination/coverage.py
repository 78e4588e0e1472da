"""Where the network offers what, now: each service by region; where nobody does; who is slow."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import connection

from coordination import access, offering, vocabularies
from coordination.models import Desk

VIEW = "coordination.oversee_desks"
REMIND = "referrals.remind_desk"
"""Who may ask a slow desk to look at its inbox: on a page above."""
REGIONS = ("central", "east", "north", "toronto", "west")
"""The ministry's regions."""

MISSED = dt.timedelta(days=90)
"""So long a service counts as missed after a desk said that nobody offers it."""

SLOW = ("within_3_days", "longer")
"""Of the vocabulary `usual_time`: longer than a day, over five acceptances at least."""


@dataclass
class Cell:
    """A service in a region: how many desks offer it, and how many of them are not full."""

    offering: int = 0
    accepting: int = 0
    is_missed: bool = False
    """A desk looked for it there lately. Which one, when and how often is not said."""


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
    for service, region in _missed(begins=(at - MISSED).date()):
        if service in rows and region in REGIONS:
            rows[service].cells[region].is_missed = True
    return list(rows.values())


def gaps(rows: Sequence[Row]) -> list[tuple[str, str]]:
    """Return service and region of what was looked for lately, where nobody takes it now."""
    return [
        (row.service, region)
        for row in rows
        for region, cell in row.cells.items()
        if cell.is_missed and not cell.accepting
    ]


def _missed(*, begins: dt.date) -> list[tuple[str, str]]:
    """Return what desks looked for in vain, at most ninety days back; for the Office alone."""
    with connection.cursor() as cursor:
        cursor.execute("select service, region from services_missed(%s)", [begins])
        return list(cursor.fetchall())


def slow_desks() -> Sequence[tuple[Desk, str]]:
    """Return the desks that usually take longer than a day to accept, with how long."""
    desks = offering.with_offer(access.addressable_desks()).order_by("team__region", "slug")
    found = ((desk, offering.usual_time_of(desk)) for desk in desks)
    return [(desk, usual) for desk, usual in found if usual in SLOW]
