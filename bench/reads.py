"""Reading a worklist: the floors, Relay's own way, and the ways that it does not take."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import psycopg
from django.db import connection, transaction
from django.db.models import Q
from django.test import Client

from audit.record import set_actor
from bench import lean
from bench.load import HUGE, MULTI
from bench.place import Place, use
from coordination import access
from coordination.models import User
from coordination.tokens import digest
from referrals import worklist
from referrals.filters import Filters
from referrals.models import Referral
from referrals.states import Box

Measured = Callable[[], list[int]]
"""What is timed; it answers with the keys that it found, for the gates."""

TOKEN = "relay_bench"
DEEP = 50_000

_BRANCH = """
(select g.due_at, g.content_object_id as object from referrals_referralgrant g
 where g.group_id = {desk} and g.box = '{box}'
   and (g.until is null or g.until > statement_timestamp())
 order by g.due_at, g.content_object_id limit 52)
"""
_PAGE = """
select r.id from (select distinct on (due_at, object) due_at, object from ({branches}) z
  order by due_at, object limit 25) p join referrals_referral r on r.id = p.object
order by r.due_at, r.id
"""
_COUNTED = """
(select g.content_object_id as object from referrals_referralgrant g
 where g.group_id = {desk} and g.box = '{box}'
   and (g.until is null or g.until > statement_timestamp())
 order by g.due_at, g.content_object_id limit 122)
"""
_COUNT = "select count(*) from (select distinct object from ({branches}) z limit 61) k"
EITHER_SIDE = """
select id from referrals_referral
where (from_desk_id = any (%(desks)s) or to_desk_id = any (%(desks)s)) and status = 'sent'
order by due_at, id limit 25
"""


class Reader:
    """One person of one database: the huge desk's worker, or who sits at five desks."""

    def __init__(self, place: Place, who: str) -> None:
        self.place, self.who = place, who
        self.user = HUGE if who == "huge" else MULTI[0]
        self.desks = [HUGE] if who == "huge" else list(MULTI)
        self.page = _PAGE.format(branches=_each(_BRANCH, self.desks))
        self.closed = _PAGE.format(branches=_each(_BRANCH, self.desks, box="closed"))
        self.count = _COUNT.format(branches=_each(_COUNTED, self.desks))
        self.raw = psycopg.connect(place.admin, autocommit=True)
        self.raw.prepare_threshold = 0
        self.walled = psycopg.connect(place.urls.app)
        self.walled.prepare_threshold = 0
        self.lean = lean.Floor(place.urls.app, self.user)
        # One for all requests: a new one would build the chain of middleware for each.
        self.client = Client(headers={"Authorization": f"Token {TOKEN}-{self.user}"})

    def raw_floor(self) -> list[int]:
        """A page and its count as prepared statements, without a wall: nothing can be faster."""
        found = self.raw.execute(self.page).fetchall()
        self.raw.execute(self.count).fetchone()
        return [key for (key,) in found]

    def open_page(self) -> list[int]:
        """The page alone, in a transaction, without row-level security."""
        with self.raw.transaction():
            self.raw.execute("select set_config('relay.actor', %s, true)", [str(self.user)])
            return self._keys(self.raw, self.page)

    def walled_page(self) -> list[int]:
        """The same page, in the same transaction, behind row-level security."""
        with self.walled.transaction():
            self.walled.execute("select set_config('relay.actor', %s, true)", [str(self.user)])
            return self._keys(self.walled, self.page)

    def closed_page(self) -> list[int]:
        """The closed box in the same way: lines that have ended stand among its own."""
        with self.walled.transaction():
            self.walled.execute("select set_config('relay.actor', %s, true)", [str(self.user)])
            return self._keys(self.walled, self.closed)

    def unset(self) -> list[int]:
        with self.walled.transaction():
            return self._keys(self.walled, self.page)

    def either_side(self) -> list[int]:
        """What the list would be without lines: a condition on both sides of the referral."""
        found = self.raw.execute(EITHER_SIDE, {"desks": self.desks}).fetchall()
        return [key for (key,) in found]

    def capped_count(self) -> list[int]:
        with self.walled.transaction():
            self.walled.execute("select set_config('relay.actor', %s, true)", [str(self.user)])
            row = self.walled.execute(self.count).fetchone()
            return [row[0]] if row else []

    def secured_floor(self) -> list[lean.Row]:
        """What PERFORMANCE section 2 defines: lean SQL, one transaction, everything prepared."""
        return self.lean.page()

    def recorded_floor(self) -> list[lean.Row]:
        """The same with the entry that the list was read: a write, so a commit that waits."""
        return self.lean.page(recorded=True)

    def own_queries(self) -> list[int]:
        """The application's own queries, without Django's and DRF's frame around a view."""
        with transaction.atomic():
            set_actor(self.user)
            actor = access.actor_for(User.objects.select_related("agency").get(pk=self.user))
            page = worklist.page_of(actor, Box.INBOX)
            worklist.count_of(actor, Box.INBOX)
            return [each.pk for each in page.referrals]

    def api(self) -> bytes:
        """The list through the API, in this process: middleware, view, record, JSON."""
        answer = self.client.get("/api/v1/referrals?box=inbox")
        if answer.status_code != 200:
            raise RuntimeError(answer.content[:300])
        return answer.content

    def api_alone(self) -> bytes:
        """The first on a connection: what a kept one (`CONN_MAX_AGE`) saves those that follow."""
        connection.close()
        return self.api()

    def lines_of_api(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.api())["results"]
        return found

    def guardians_way(self) -> list[int]:
        """Django's query over both sides, ordered, without lines to read."""
        rows = Referral.objects.filter(
            Q(from_desk_id__in=self.desks) | Q(to_desk_id__in=self.desks), status="sent"
        )
        with transaction.atomic():
            set_actor(self.user)
            return list(rows.order_by("due_at", "pk").values_list("pk", flat=True)[:25])

    def closed_at(self, depth: int) -> Measured:
        """Return how to read the page of the closed box that begins after so many lines."""
        with self.raw.cursor() as cursor:
            cursor.execute(
                "select due_at, content_object_id from referrals_referralgrant"
                " where group_id = %s and box = 'closed' order by 1, 2 offset %s limit 1",
                [self.desks[0], depth],
            )
            row = cursor.fetchone()
        after = worklist.Position(*row) if row and depth else None

        def read() -> list[int]:
            with transaction.atomic():
                set_actor(self.user)
                actor = access.actor_for(User.objects.get(pk=self.user))
                page = worklist.page_of(actor, Box.CLOSED, after=after, filters=Filters())
                return [each.pk for each in page.referrals]

        return read

    def _keys(self, on: "psycopg.Connection[Any]", statement: str) -> list[int]:
        return [key for (key,) in on.execute(statement).fetchall()]


def _each(branch: str, desks: list[int], *, box: str = "inbox") -> str:
    return " union all ".join(branch.format(desk=desk, box=box) for desk in desks)


@contextmanager
def speaking_to(place: Place) -> Iterator[None]:
    """Let Django read this database as the web process, until the next one."""
    use(place.urls.app)
    try:
        # There is no broker here, and a thread that tries to wake followers would disturb whatever
        # is measured next.
        with patch("audit.waking._wake", new=lambda: None):
            yield
    finally:
        connection.close()


def key_of(line: dict[str, Any]) -> int:
    """Return the key of a referral of the load, which is in its reference."""
    return int(line["reference"].replace("-", "")[1:], 16)


def ended_lines(place: Place, desk: int) -> int:
    """Return how many lines of a desk have ended, as of a team of which another desk accepted."""
    with psycopg.connect(place.admin) as admin:
        row = admin.execute(
            "select count(*) from referrals_referralgrant"
            " where group_id = %s and box = 'closed' and until <= now()",
            [desk],
        ).fetchone()
        return int(row[0]) if row else 0


def issue_tokens(place: Place) -> None:
    """Give the measured people a token each, as the administrator."""
    with psycopg.connect(place.admin, autocommit=True) as admin:
        for user in (HUGE, MULTI[0]):
            admin.execute(
                "insert into coordination_apitoken (user_id, name, digest, scope, expires_at,"
                " last_used_on) values (%s, 'bench', %s, 'read', now() + interval '1 day',"
                " current_date)",
                [user, digest(f"{TOKEN}-{user}")],
            )
