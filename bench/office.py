"""What the Office's pages ask: the overdue list, unassigned work, coverage, and slow desks."""

import datetime as dt
from collections.abc import Callable

import psycopg
from django.db import transaction

from audit.record import set_actor
from bench.load import DESKS, HUGE
from bench.place import Place
from bench.reads import speaking_to
from bench.report import Report
from bench.timing import interleaved, p50
from coordination import access, coverage
from coordination.models import User
from referrals import overdue, unassigned

COORDINATOR = DESKS + 1

PAGES: dict[str, Callable[[access.Actor], int]] = {
    "overdue list": lambda actor: len(overdue.overdue(actor)),
    "unassigned work": lambda actor: len(unassigned.unassigned(actor)),
    "services by region": lambda _actor: len(coverage.table(at=dt.datetime.now(dt.UTC))),
    "slow desks": lambda _actor: len(coverage.slow_desks()) + 1,
}


def measure(report: Report, small: Place, large: Place, *, rounds: int) -> None:
    """Compare each page's queries at two sizes: a page shows desks, or at most 500 lines."""
    times: dict[tuple[str, int], list[float]] = {}
    for place in {small.size: small, large.size: large}.values():
        _seat(place)
        with speaking_to(place):
            for name, read in PAGES.items():
                report.gate(f"something on the {name}, {place.size}", _read(read) > 0)
            found = interleaved({n: _reader(r) for n, r in PAGES.items()}, rounds=rounds)
        times |= {(name, place.size): each for name, each in found.items()}
    for name in PAGES:
        before, after = p50(times[name, small.size]), p50(times[name, large.size])
        if small.size != large.size:
            growth = f"{small.size:,} to {large.size:,}"
            report.add(f"Office's {name}, growth {growth}, p50", after / before)
        report.note(
            f"Office's {name}: {before:.0f} ms at {small.size:,}, {after:.0f} at {large.size:,}"
        )


def _seat(place: Place) -> None:
    """Seat a coordinator, who reaches no record; at both sizes most of what waits is late."""
    with psycopg.connect(place.admin, autocommit=True) as admin:
        admin.execute("set session_replication_role = replica")
        admin.execute(
            "update referrals_referral set due_at = sent_at + interval '15 minutes'"
            " where status = 'sent'"
        )
        admin.execute("vacuum analyze referrals_referral")
        admin.execute(
            "insert into coordination_user (id, password, is_superuser, username, first_name,"
            " last_name, email, agency_id, language, is_active, shortcuts, one_page)"
            " values (%s, '', false, 'office', 'A', 'B', '', 1, 'en', true, true, false)",
            [COORDINATOR],
        )
        admin.execute(
            "insert into coordination_membership (user_id, desk_id, role, since)"
            " values (%s, %s, 'coordinator', now() - interval '1 day')",
            [COORDINATOR, HUGE],
        )


def _reader(read: Callable[[access.Actor], int]) -> Callable[[], int]:
    return lambda: _read(read)


def _read(read: Callable[[access.Actor], int]) -> int:
    with transaction.atomic():
        set_actor(COORDINATOR)
        return read(access.actor_for(User.objects.get(pk=COORDINATOR)))
