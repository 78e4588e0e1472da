"""What nobody at a desk took on for longer than its urgency allows: counts for the Office."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import connection
from django.utils.dateparse import parse_duration

from coordination import access, vocabularies
from coordination.models import Desk
from referrals.narrowing import Where

VIEW = "referrals.view_overdue"
"""As the overdue list: a live count of one is a referral that came."""


@dataclass
class Unassigned:
    """A desk, and how much waits there for somebody to take it on; never which."""

    desk: Desk
    by_urgency: dict[str, int] = field(default_factory=dict)
    waiting: int = 0
    oldest_at: dt.datetime | None = None

    def is_in(self, where: Where) -> bool:
        """Tell whether the desk is where the list is narrowed to."""
        team, own = self.desk.team, self.desk.agency.region
        return where.covers({team.region if team else own}, {team.slug} if team else ())


def standards() -> Mapping[str, dt.timedelta]:
    """Return how long work of an urgency may wait for somebody; the database has the same table."""
    return {
        each.code: parse_duration(str(each.extra["map"])) or dt.timedelta()
        for each in vocabularies.entries("assign_within")
    }


def unassigned(actor: access.Actor) -> Sequence[Unassigned]:
    """Return the desks where work waits for too long, the most first; for coordinators alone."""
    if not actor.may(VIEW):
        return []
    with connection.cursor() as cursor:
        cursor.execute("select desk_id, urgency, waiting, oldest_at from unassigned()")
        rows = cursor.fetchall()
    desks = Desk.objects.select_related("agency", "team").in_bulk({row[0] for row in rows})
    found = {key: Unassigned(desk) for key, desk in desks.items()}
    oldest: dict[int, list[dt.datetime]] = defaultdict(list)
    for key, urgency, waiting, since in rows:
        found[key].waiting += waiting
        if urgency:
            found[key].by_urgency[urgency] = waiting
            oldest[key].append(since)
    for key, moments in oldest.items():
        found[key].oldest_at = min(moments)
    return sorted(found.values(), key=lambda each: (-each.waiting, each.desk.slug))


def count(actor: access.Actor) -> int:
    """Return at how many desks something waits."""
    return len(unassigned(actor))
