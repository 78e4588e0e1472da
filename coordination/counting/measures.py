"""What a release asks of the record beside counts: times, active desks, what is not counted yet."""

import datetime as dt
import zoneinfo
from collections import Counter, defaultdict

from django.db.models import Q

from audit.models import Entry, Pending
from audit.verbs import READS, Verb
from coordination.models import Desk

_ZONE = zoneinfo.ZoneInfo("America/Toronto")
Span = tuple[dt.datetime, dt.datetime]


def span(first: dt.date, last: dt.date) -> Span:
    """Return the moments in which the first of two months begins and the second ends."""
    after = (last + dt.timedelta(days=31)).replace(day=1)
    return dt.datetime.combine(first, dt.time(), _ZONE), dt.datetime.combine(
        after, dt.time(), _ZONE
    )


def waiting(*, before: dt.datetime) -> int:
    """Return how many entries of an earlier time are not counted yet."""
    owed = Pending.objects.filter(follower="count", entry__occurred_at__lt=before)
    return int(owed.count())


def times_to_accept(of: Span) -> dict[tuple[str, str], list[int]]:
    """Return the minutes that first acceptances took, by team and urgency; not what was undone."""
    rows = Entry.objects.filter(verb=Verb.REFERRAL_ACCEPTED).select_related("body")
    said = {each.subject: each for each in rows.filter(body__isnull=False).order_by("-pk")}
    undone = Entry.objects.filter(verb=Verb.REFERRAL_ACCEPT_UNDONE)
    gone = set(undone.values_list("subject", flat=True))
    drafts = Entry.objects.filter(verb=Verb.REFERRAL_DRAFTED, body__isnull=False)
    urgency = dict(drafts.values_list("subject", "body__data__urgency"))
    teams = dict(Desk.objects.filter(team__isnull=False).values_list("pk", "team__slug"))
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for subject, entry in said.items():
        data, team = entry.said, teams.get(entry.desk_id or 0)
        if (
            team is None
            or subject not in urgency
            or subject in gone
            or "reported" in data
            or not isinstance(data.get("minutes"), int)
        ):
            continue
        if of[0] <= entry.occurred_at < of[1]:
            found[team, urgency[subject]].append(data["minutes"])
    return found


def desks_by_activity(of: Span) -> Counter[tuple[tuple[str, ...], int]]:
    """Return how many desks of each region recorded something, and how many did not, by agency."""
    begins, ends = of
    entries = Entry.objects.filter(occurred_at__gte=begins, occurred_at__lt=ends)
    acted = set(entries.exclude(verb__in=READS).values_list("desk_id", flat=True).distinct())
    # What was recorded in the name of a desk before Relay had it, as a year that is loaded, counts.
    open_then = Q(created_at__lt=ends) | Q(pk__in=acted)
    desks = Desk.objects.filter(open_then, team__isnull=False).exclude(closed_at__lt=begins)
    found: Counter[tuple[tuple[str, ...], int]] = Counter()
    for key, agency, region in desks.values_list("pk", "agency_id", "team__region"):
        found[("active" if key in acted else "silent", region), agency] += 1
    return found
