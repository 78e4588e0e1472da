"""What the walls cost a writer: sending and accepting, with the triggers that watch and without."""

import datetime as dt
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import transaction
from psycopg import sql

from audit.record import set_actor
from bench.load import OF_A_TEAM
from bench.place import Place
from bench.reads import speaking_to
from bench.report import Report
from bench.timing import p50
from cases.actions.opening import open_case
from coordination import access
from coordination.models import Desk, User
from referrals.actions.answering import accept_referral
from referrals.actions.drafting import BasisGiven, draft_referral
from referrals.actions.sending import send_referral
from referrals.models import Referral

BLOCKS = 4
SENDER, RECEIVER = 7, 7 + OF_A_TEAM
THIRD = 1.33
"""So many times as long a verb may take with its walls."""

_FACTS = {
    "age_band": "18_20",
    "gender_identity": "woman_girl",
    "situation": "left_recently",
    "service_language": "en",
}
# All but those that the record itself is written by: of its entries only what guards them.
_WATCHING = """
select c.relname, t.tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid
where not t.tgisinternal and (c.relname ~ '^(cases|referrals|coordination)_'
  or c.relname = 'audit_entry' and t.tgname ~ 'guard')
"""


def measure(report: Report, place: Place, *, rounds: int) -> None:
    """Compare both verbs, each action in a transaction of its own, in blocks of both kinds."""
    watched: dict[str, list[float]] = defaultdict(list)
    free: dict[str, list[float]] = defaultdict(list)
    _go_on_numbering(place)
    with speaking_to(place):
        _round(defaultdict(list))  # fills the caches
        for _ in range(BLOCKS):
            for _each in range(rounds // BLOCKS):
                _round(watched)
            with _without_triggers(place):
                for _each in range(rounds // BLOCKS):
                    _round(free)
    for verb, times in watched.items():
        with_them, without = p50(times), p50(free[verb])
        ratio = with_them / without
        report.add(f"{verb} with its triggers / without, p50, {place.size:,}", ratio, most=THIRD)
        report.note(f"To {verb}, ms at p50: {with_them:.1f} with triggers, {without:.1f} without")


def _go_on_numbering(place: Place) -> None:
    """Let keys go on after those that the load gave itself."""
    with psycopg.connect(place.admin, autocommit=True) as admin:
        for table in ("cases_case", "cases_consent", "referrals_referral"):
            admin.execute(
                sql.SQL("select setval(pg_get_serial_sequence({}, 'id'), max(id)) from {}").format(
                    sql.Literal(table), sql.Identifier(table)
                )
            )


def _round(taken: dict[str, list[float]]) -> None:
    """Draft, send and accept one referral."""
    now = _now()
    with _acting(SENDER) as actor:
        referral = draft_referral(
            actor=actor,
            case=open_case(actor=actor, facts=_FACTS, lead_facts={}, at=now),
            to=Desk.objects.select_related("agency", "team").get(pk=RECEIVER),
            services=("emergency_shelter",),
            urgency="urgent",
            basis=BasisGiven(
                "express_informed", ["community_org"], now + dt.timedelta(days=90), form="spoken"
            ),
            at=now,
        )
    with _timed(taken, "send"), _acting(SENDER) as actor:
        sent = Referral.objects.visible_to(actor).get(pk=referral.pk)
        send_referral(referral=sent, actor=actor, at=_now())
    with _timed(taken, "accept"), _acting(RECEIVER) as actor:
        waiting = Referral.objects.visible_to(actor).get(pk=referral.pk)
        accept_referral(referral=waiting, actor=actor, at=_now())


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@contextmanager
def _timed(taken: dict[str, list[float]], verb: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    taken[verb].append((time.perf_counter() - started) * 1_000)


@contextmanager
def _acting(user: int) -> Iterator[access.Actor]:
    with transaction.atomic():
        set_actor(user, user)
        yield access.actor_for(User.objects.select_related("agency").get(pk=user))


@contextmanager
def _without_triggers(place: Place) -> Iterator[None]:
    with psycopg.connect(place.admin, autocommit=True) as admin:
        found = admin.execute(_WATCHING).fetchall()
        for change in ("disable", "enable"):
            for table, name in found:
                admin.execute(
                    sql.SQL("alter table {} {} trigger {}").format(
                        sql.Identifier(table), sql.SQL(change), sql.Identifier(name)
                    )
                )
            if change == "disable":
                yield
