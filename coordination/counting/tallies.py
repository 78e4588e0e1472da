"""Counts in the database: written by the follower, added up by a sweep, read by releases."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from itertools import groupby

from django.db import connection, transaction
from django.db.models import Sum

from audit.models import Entry, Pending
from coordination.counting import network
from coordination.counting.histories import COUNTED, Counts, Place, counts_of, history_of
from coordination.models import Tally

BATCH = 20_000

# One statement: whoever reads meanwhile sees the changes or their sum. Locked rows are another's.
_COMPACT = """
with taken as (
  delete from coordination_tally where id in (
    select id from coordination_tally where is_change order by id limit %s
    for update skip locked)
  returning population, month, codes, agency, number),
added as (
  select population, month, codes, agency, sum(number) as number from taken
  group by population, month, codes, agency having sum(number) <> 0
  order by population, month, codes, agency),
kept as (
  insert into coordination_tally (population, month, codes, agency, number, is_change)
  select population, month, codes, agency, number, false from added
  on conflict (population, month, codes, agency) where not is_change
  do update set number = coordination_tally.number + excluded.number)
select count(*) from taken
"""


def count(entry: Entry) -> None:
    """Write what one entry changes; the effect of a follower."""
    if entry.verb not in COUNTED:
        return
    before = history_of(entry.subject, before=entry.pk)
    if not all(map(has_body, [*before, entry])):
        return  # disposed of: what it counted for stays
    changed = Counter(counts_of([*before, entry]))
    changed.subtract(counts_of(before) if before else Counter())
    Tally.objects.bulk_create(
        Tally(**_columns(place), number=number)
        for place, number in sorted(changed.items())
        if number
    )


def compact(*, at: dt.datetime) -> int:  # noqa: ARG001  a sweep is told the time
    """Add the changes up, and return how many there were."""
    total = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(_COMPACT, [BATCH])
            taken = int(cursor.fetchone()[0])
            total += taken
            if taken < BATCH:
                return total


def counted(*, months: tuple[dt.date, dt.date] | None = None) -> Counts:
    """Return the counts, of all months or from the first to the second."""
    rows = Tally.objects.all()
    if months:
        rows = rows.filter(month__range=months)
    sums = rows.values_list("population", "month", "codes", "agency").annotate(n=Sum("number"))
    return Counter({Place(p, m, tuple(c), a): n for p, m, c, a, n in sums.order_by() if n})


def rebuilt() -> Iterator[tuple[list[Entry], Counts | None]]:
    """
    Yield the history of each subject and what it counts for; None if a body was disposed of.

    One pass over the record: a subject is in memory at a time, not the record.
    """
    rows = Entry.objects.filter(verb__in=COUNTED).select_related("body").order_by("subject", "pk")
    for _subject, each in groupby(rows.iterator(), key=lambda entry: entry.subject):
        entries = list(each)
        yield entries, counts_of(entries) if all(map(has_body, entries)) else None


@transaction.atomic
def rebuild() -> int:
    """
    Count all anew from the record, in place of what the follower owes; return how many places.

    For a history that was loaded at once, while nobody follows. What commits meanwhile is owed.

    :raises ValueError: if the record no longer says all: what was disposed of counts as it did.
    """
    counts: Counts = Counter()
    with connection.cursor() as cursor:
        cursor.execute("set transaction isolation level repeatable read")
    with network.remembered():
        for _entries, found in rebuilt():
            if found is None:
                raise ValueError("What was disposed of cannot be counted anew.")
            counts.update(found)
    Pending.objects.filter(follower="count").delete()
    Tally.objects.all().delete()
    Tally.objects.bulk_create(
        Tally(**_columns(place), number=number, is_change=False)
        for place, number in sorted(counts.items())
        if number
    )
    return len(counts)


def has_body(entry: Entry) -> bool:
    return hasattr(entry, "body")


def _columns(place: Place) -> dict[str, object]:
    return {**place._asdict(), "codes": list(place.codes)}
