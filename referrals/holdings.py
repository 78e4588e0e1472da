"""
How much a person or a desk holds: numbers for administrators and the Office, who see no record.

The database counts, in functions that answer only for whom the reader administers.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from coordination import access, duty
from coordination.models import Desk, User


@dataclass(frozen=True)
class Held:
    """What a person holds at one desk, and who there could take it over."""

    desk: Desk
    cases: int
    referrals: int
    drafts: int
    shifts: int
    exceptions: int
    colleagues: Sequence[User]
    leads_alone: bool
    """Whether this is the last duty lead, or the last who works here at all."""


@dataclass(frozen=True)
class LeftDesk:
    """A desk at which nobody works, and what is pending there; never whose."""

    desk: Desk
    since: dt.datetime | None
    cases: int
    held: int
    waiting: int
    offers: int


def held_by(person: User) -> list[Held]:
    """Return what a person holds at each desk where they sit, for whoever administers them."""
    rows = _rows("select * from held_by(%s)", person.pk)
    desks = _desks([int(row[0]) for row in rows])
    duties = {row[0]: row for row in _rows("select * from duties_of(%s)", person.pk)}
    return [
        Held(
            desks[desk],
            cases,
            referrals,
            drafts,
            duties[desk][1],
            duties[desk][2],
            [each for each in access.people_at(desks[desk]) if each != person],
            (duty.leads(desks[desk]) or access.people_at(desks[desk])) == [person],
        )
        for desk, cases, referrals, drafts in rows
    ]


def desks_left() -> list[LeftDesk]:
    """Return the desks at which nobody works and something is pending, for the Office."""
    rows = _rows("select * from desks_left()")
    desks = _desks([row[0] for row in rows])
    return [LeftDesk(desks[desk], *numbers) for desk, *numbers in rows]


def count_left(actor: access.Actor) -> int:
    """Return how many desks are on that list: nothing for whom it is not for."""
    return len(desks_left()) if actor.may("coordination.oversee_desks") else 0


def _rows(sql: str, *values: int) -> list[tuple]:  # type: ignore[type-arg]  # as the query says
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def _desks(keys: Sequence[int]) -> dict[int, Desk]:
    rows = Desk.objects.select_related("agency", "team__duty_desk__agency", "cover_desk__agency")
    return rows.in_bulk(keys)
