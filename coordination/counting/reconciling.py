"""Comparing the counts, cell by cell, with a rebuild from the record."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from audit.models import Pending
from coordination.counting.histories import Counts, Place, month_of
from coordination.counting.tallies import counted, rebuilt


@dataclass(frozen=True)
class Comparison:
    compared: int
    differences: list[tuple[Place, int, int]]
    """Where, how many are counted, how many the record says."""

    left_out: list[dt.date]
    """Months of which the record no longer says all."""

    waiting: int
    """Entries that are not counted yet."""


def compare() -> Comparison:
    """Compare everything, in one snapshot of the database."""
    should: Counts = Counter()
    left_out: set[dt.date] = set()
    for entries, counts in rebuilt():
        if counts is None:
            left_out |= {month_of(each.occurred_at) for each in entries}
        else:
            should.update(counts)
    found = counted()
    places = sorted(place for place in {*should, *found} if place.month not in left_out)
    return Comparison(
        len(places),
        [(each, found[each], should[each]) for each in places if found[each] != should[each]],
        sorted(left_out),
        Pending.objects.filter(follower="count").count(),
    )
