"""
What a person or a desk held gets a new holder, when nobody works there any more.

The worker's own actions: the commit that ends a seat wakes them, and beat sweeps. They go by what
is so now, not by what was asked for, so that one that was missed is found by the next.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from audit import sweeps
from audit.record import acting, record
from audit.verbs import Verb
from cases.models import Case
from cases.states import Status as CaseStatus
from coordination import access
from coordination.models import Desk, Membership, User
from coordination.roles import Role
from referrals import holdings, passing_on
from referrals.handoff_moves import OFFERED
from referrals.handoff_states import HandoffStatus
from referrals.models import Handoff, HandoffGrant, Referral, ReferralGrant, UnsentForm
from referrals.states import AWAITING_ANSWER, RECEIVER_RESPONSIBLE, Box, Side, Status

_ONE_AT_A_TIME = 7_204_310
"""Key of the advisory lock: two workers would only wait for each other's rows."""

LATE = dt.timedelta(hours=1)
"""Whoever left so lately may have finished something meanwhile: it is looked at again."""


def pass_on(*, at: dt.datetime) -> int:
    """Give all that has no holder a new one; return how many seats and desks were looked at."""
    owing = Membership.objects.owing() | Membership.objects.filter(
        until__gt=at - LATE, until__lte=at
    )
    seats = list(owing.distinct().order_by("pk"))
    sweeps.each(seats, lambda seat: pass_on_seat(seat=seat, at=at))
    left = [each.desk for each in holdings.desks_left()]
    sweeps.each(left, lambda desk: pass_on_desk(desk=desk, at=at))
    again = Desk.objects.exclude(stranded_at=None).exclude(pk__in=[each.pk for each in left])
    sweeps.each(again, lambda desk: _say_stranded(desk, is_so=False, at=at))
    return len(seats) + len(left)


@transaction.atomic
def pass_on_seat(*, seat: Membership, at: dt.datetime) -> bool:
    """
    Give what a person held at a desk to whom the administrator named, else to the desk as a whole.

    A draft needs a writer: without a successor, a duty lead of the desk, else anybody who works
    there. Return whether all of it has a holder; a draft waits until somebody works at the desk.
    """
    _alone()
    seat = Membership.objects.select_related("user", "desk", "successor").get(pk=seat.pk)
    person, desk = seat.user, seat.desk
    people = [] if _works(person, desk) else access.people_at(desk)
    named = seat.successor if seat.successor in people else None
    if not _works(person, desk):
        with acting(seat.ended_by_id):
            _assign(person, desk, named, at=at)
            _assign_cases(person, desk, named, at=at)
            heir = named or _first_of(desk, people)
            if not _pass_on_drafts(person, desk, heir, at=at):
                return False
            UnsentForm.objects.filter(writer=person, desk=desk).delete()
    Membership.objects.filter(pk=seat.pk, passed_on_at=None).update(passed_on_at=at)
    return True


@transaction.atomic
def pass_on_desk(*, desk: Desk, at: dt.datetime) -> bool:
    """
    Give what is pending at a desk to its cover desk, else to its team's duty desk.

    What neither may have stays where it is, and the Office's list names the desk. Return whether
    nothing stayed.
    """
    _alone()
    if access.people_at(desk):
        return True
    heirs = _heirs(desk)
    _hold(desk)
    for rows, move in _pending(desk):
        for each in rows:
            move(each, desk, heirs, at=at)
    with connection.cursor() as cursor:
        cursor.execute("select * from pending_at(%s)", [desk.pk])
        stays = any(cursor.fetchone())
    _say_stranded(desk, is_so=stays, at=at)
    return not stays


def _pending(desk: Desk) -> list[tuple[Any, Callable[..., bool]]]:
    """Return what is pending at a desk, locked and in one order, with how each kind moves."""
    referrals = Referral.objects.select_for_update(of=("self",)).select_related("basis")
    referrals = referrals.select_related("basis", "from_desk", "responsible_desk").order_by("pk")
    lines = ReferralGrant.objects.current().filter(
        group_id=desk.pk, reason=Side.RECEIVER, declined=False, box__in=[Box.INBOX, Box.WAITING]
    )
    offers = HandoffGrant.objects.current().filter(group_id=desk.pk, reason=OFFERED, declined=False)
    return [
        (
            referrals.filter(
                accepting_desk=desk, status__in=[str(each) for each in RECEIVER_RESPONSIBLE]
            ),
            passing_on.pass_on_held,
        ),
        (
            referrals.filter(
                status__in=[str(each) for each in AWAITING_ANSWER],
                pk__in=lines.values("content_object_id"),
            ),
            passing_on.pass_on_waiting,
        ),
        (
            Handoff.objects.select_for_update(of=("self",))
            .filter(status=HandoffStatus.PROPOSED, pk__in=offers.values("content_object_id"))
            .order_by("pk"),
            passing_on.pass_on_offer,
        ),
        (
            Case.objects.select_for_update(of=("self",), no_key=True)
            .filter(~Q(status=CaseStatus.CLOSED), lead_desk=desk)
            .order_by("pk"),
            passing_on.pass_on_case,
        ),
    ]


def _hold(desk: Desk) -> None:
    """Lock all of it in the order of everybody else (docs/adr/0019): offers, cases, referrals."""
    led = Q(lead_desk=desk) & ~Q(status=CaseStatus.CLOSED)
    cases = list(Case.objects.filter(led).values_list("pk", flat=True))
    offered = HandoffGrant.objects.current().filter(group_id=desk.pk, reason=OFFERED)
    offers = Q(case__in=cases) | Q(pk__in=offered.values("content_object_id"))
    held = Q(accepting_desk=desk, status__in=[str(each) for each in RECEIVER_RESPONSIBLE])
    asked = Q(status__in=[str(each) for each in AWAITING_ANSWER], grants__group_id=desk.pk)
    of_them = Referral.objects.filter(held | asked | Q(case__in=cases)).values("pk")
    for rows in (
        Handoff.objects.filter(offers, status=HandoffStatus.PROPOSED),
        Case.objects.filter(pk__in=cases),
        Referral.objects.filter(pk__in=of_them),
    ):
        list(rows.select_for_update(of=("self",), no_key=True).order_by("pk"))


def _heirs(desk: Desk) -> list[Desk]:
    """Return who takes over, first first: of these, those at which somebody works."""
    named = [desk.cover_desk, desk.team.duty_desk if desk.team else None]
    heirs = {each.pk: each for each in named if each and each.pk != desk.pk}
    return [each for each in heirs.values() if access.people_at(each)]


def _assign(person: User, desk: Desk, to: User | None, *, at: dt.datetime) -> None:
    lines = (
        ReferralGrant.objects.current()
        .select_for_update(of=("self",))
        .filter(group_id=desk.pk, assignee=person)
        .exclude(box=Box.CLOSED)
        .select_related("content_object")
        .order_by("pk")
    )
    for line in lines:
        ReferralGrant.objects.filter(pk=line.pk).update(assignee=to)
        record(
            Verb.REFERRAL_ASSIGNED,
            subject=line.content_object.subject,
            at=at,
            data={
                "to": to.pk if to else None,
                "before": person.pk,
                "desk": desk.slug,
                "why": "left",
            },
        )


def _assign_cases(person: User, desk: Desk, to: User | None, *, at: dt.datetime) -> None:
    """Give the cases on which a person worked to somebody else; a closed one keeps who it was."""
    cases = Case.objects.select_for_update(of=("self",)).filter(lead_desk=desk, assignee=person)
    for case in cases.exclude(status=CaseStatus.CLOSED).order_by("pk"):
        case.assignee = to
        case.save(update_fields=["assignee"])
        record(
            Verb.CASE_ASSIGNED,
            subject=case.subject,
            at=at,
            data={
                "to": to.pk if to else None,
                "before": person.pk,
                "desk": desk.slug,
                "why": "left",
            },
        )


def _pass_on_drafts(person: User, desk: Desk, to: User | None, *, at: dt.datetime) -> bool:
    """Return whether each draft has a writer who works at the desk."""
    drafts = Referral.objects.select_for_update(of=("self",)).filter(
        from_desk=desk, writer=person, status=Status.DRAFT
    )
    for draft in drafts.order_by("pk"):
        if to is None:
            return False
        draft.writer, draft.version = to, draft.version + 1
        draft.save(update_fields=["writer", "version"])
        record(
            Verb.REFERRAL_PASSED_ON,
            subject=draft.subject,
            version=draft.version,
            at=at,
            data={"writer": to.pk, "before": person.pk, "desk": desk.slug, "why": "left"},
        )
    return True


def _first_of(desk: Desk, people: Sequence[User]) -> User | None:
    """Return a duty lead of the desk, else the first who works there."""
    leads = Membership.objects.current().filter(desk=desk, role=Role.LEAD)
    keys = set(leads.values_list("user_id", flat=True))
    return next((each for each in people if each.pk in keys), next(iter(people), None))


@transaction.atomic
def _say_stranded(desk: Desk, *, is_so: bool, at: dt.datetime) -> None:
    """Record that a desk keeps what nobody could take, and that this is over; once each."""
    if (desk.stranded_at is not None) == is_so:
        return
    Desk.objects.filter(pk=desk.pk).update(stranded_at=at if is_so else None)
    verb = Verb.DESK_STRANDED if is_so else Verb.DESK_STRANDED_NO_MORE
    record(verb, subject=f"desk:{desk.slug}", at=at, data={})


def _works(person: User, desk: Desk) -> bool:
    seats = Membership.objects.current().working_records()
    return seats.filter(user=person, desk=desk).exists()


def _alone() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
