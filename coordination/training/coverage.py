"""
How many people have a course, by sector and region: the only thing that the Office sees of it.

Staff are no survivors, but three named people of the one agency of a kind are people too: what is
fewer than five of them is not counted out, neither those who have the course nor those who have
not. The database does so itself (`training_coverage`), so nobody at the Office can ask past it.
There are no totals: one would say what the cells hide. And it counts as of the end of the last
month, in steps of five: what differs between two days is one person.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.utils import timezone

from coordination.models import Course

VIEW = "coordination.oversee_desks"
LEAST = 5
"""People; the database function has the same number, and a test compares them."""


@dataclass(frozen=True)
class Cell:
    """
    A sector in a region, in multiples of five.

    `people` and `held` are None where they would count too few.
    """

    kind: str
    region: str
    people: int | None
    held: int | None
    said: str
    """Of the vocabulary `coverage_said`."""

    @property
    def share(self) -> int | None:
        """Return the share of those who have it in percent, where both are counted."""
        if self.people is None or self.held is None:
            return None
        return round(100 * self.held / self.people)


def counted_on(*, at: dt.datetime) -> dt.date:
    """Return the day at whose end what is shown at a moment was counted: the last month's last."""
    return timezone.localdate(at).replace(day=1) - dt.timedelta(days=1)


def coverage(course: Course) -> Sequence[Cell]:
    """
    Return the cells of one course for the sectors that it is for, for the Office alone.

    They are those of the end of the last month, whatever was entered since.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select kind, region, people, held, said from training_coverage(%s)", [course.code]
        )
        cells = [Cell(*row) for row in cursor.fetchall()]
    return [each for each in cells if course.is_for(each.kind)]
