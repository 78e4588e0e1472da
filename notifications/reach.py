"""Whom an entry of the record concerns now: from the words of a rule to people."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping

from django.db.models.functions import Greatest, Now

from audit.models import Entry
from cases.models import CaseGrant
from coordination import duty, standards
from coordination.duty import Because
from coordination.models import (
    AccessSpan,
    Completion,
    Desk,
    GroupAction,
    GroupAgency,
    Meeting,
    Membership,
    User,
)
from coordination.roles import Role
from notifications.kinds import Kind, kind_of
from notifications.told import Rule, Told
from referrals.handoff_moves import OFFERED, PROPOSED_IT
from referrals.models import HandoffGrant, Referral, ReferralGrant
from referrals.states import Side

_OTHER = {Side.SENDER: Side.RECEIVER, Side.RECEIVER: Side.SENDER}


def recipients(entry: Entry, rule: Rule) -> dict[int, Desk | None]:
    """
    Return the people whom a rule names at this moment, without whoever did it.

    With each, the desk that they stand in for where they sit at neither side: being on duty opens
    nothing.
    """
    tells, at = rule.tells, moment_of(entry)
    found: dict[int, Desk | None] = {}
    if isinstance(tells, Side):
        desks = _desks(entry.subject, tells)
        found |= dict.fromkeys(_seated(desks))
        found = _standing_in(entry, desks, at=at) | found
    else:
        for told in tells:
            found = _told(entry, told, at=at) | found
    inside = _seated(desks_of(entry.subject)) if any(found.values()) else set()
    found.pop(entry.actor_id or 0, None)
    return {person: None if person in inside else desk for person, desk in found.items()}


def losing(entry: Entry, rule: Rule) -> set[int]:
    """Return who works at the desks that an entry names as having lost sight of its subject."""
    slugs = entry.said.get("lost") if rule.lost else None
    if not isinstance(slugs, list):
        return set()
    # Whoever never saw it is told of nothing, whatever the entry says.
    saw = AccessSpan.objects.filter(subject=entry.subject).values("desk_id")
    named = Desk.objects.filter(
        pk__in=saw, slug__in=[each for each in slugs if isinstance(each, str)]
    )
    seats = Membership.objects.current().working_records().filter(desk__in=named)
    return set(seats.values_list("user_id", flat=True)) - {entry.actor_id or 0}


def moment_of(entry: Entry) -> dt.datetime:
    """Return the moment of telling: who is on duty then, and not when a late worker should have."""
    moments = Entry.objects.filter(pk=entry.pk).annotate(moment=Greatest("occurred_at", Now()))
    moment: dt.datetime = moments.values_list("moment", flat=True).get()
    return moment


def _told(entry: Entry, told: Told, *, at: dt.datetime) -> dict[int, Desk | None]:
    """Return people seen from the side that has to act; nobody there: one level up, at once."""
    if told in _NAMED:
        return dict.fromkeys(_NAMED[told](entry))
    if told == Told.DESK:
        named = _desks(entry.subject, Side.RECEIVER)
        leads = {user.pk: desk for desk in named for user in duty.leads(desk)}
        return _people(named, at=at) | leads
    side = Side(entry.said["side"])
    desks = _desks(entry.subject, side)
    if told == Told.WHO_ACTS:
        return dict.fromkeys(_assigned(entry.subject, side)) or _people(desks, at=at)
    if told == Told.OTHER_SIDE:
        other = _OTHER[side]
        assigned = dict.fromkeys(_assigned(entry.subject, other))
        return assigned or _people(_desks(entry.subject, other), at=at)
    if told == Told.LEADS:
        return {
            user.pk: desk
            for desk in desks
            for user in duty.leads(desk) or duty.reached(desk, at=at)
        }
    return {
        user.pk: desk
        for desk in desks
        if desk.team and desk.team.duty_desk
        for user in duty.reached(desk.team.duty_desk, at=at)
    }


def _standing_in(entry: Entry, desks: list[Desk], *, at: dt.datetime) -> dict[int, Desk | None]:
    """
    Return who is told besides of what may not wait, while nobody of a desk itself is on duty.

    At the desk that covers it everybody: whoever works there may be the one who takes the call.
    """
    if kind_of(entry.verb) != Kind.TO_ANSWER or not _runs_at_night(entry.subject):
        return {}
    found: dict[int, Desk | None] = {}
    for desk in desks:
        held = duty.at_desks([desk], at=at)[desk.pk]
        if held.because == Because.COVER:
            found |= dict.fromkeys(_seated([held.desk]), desk)
        elif held.because == Because.NOBODY:
            found |= _people([desk], at=at)
    return found


def _runs_at_night(subject: str) -> bool:
    """Tell whether a referral's clock runs around the clock."""
    kind, _colon, reference = subject.partition(":")
    found = Referral.objects.filter(reference=reference) if kind == "referral" else None
    urgency = found.values_list("urgency", flat=True).first() if found is not None else None
    return bool(urgency and standards.standard(urgency).hours)


def desks_of(subject: str) -> list[Desk]:
    """Return the desks of both sides."""
    return [desk for side in Side for desk in _desks(subject, side)]


def _admins(entry: Entry) -> set[int]:
    agency = User.objects.filter(pk=int(entry.subject.partition(":")[2])).values("agency_id")
    seats = Membership.objects.current().filter(role=Role.AGENCY_ADMIN, user__agency__in=agency)
    found = set(seats.values_list("user_id", flat=True))
    return found or {user.pk for user in duty.coordinators()}


def _seat_leads(entry: Entry) -> set[int]:
    """Return the duty leads of a desk; of one named with a person, if they sit or sat there."""
    kind, _colon, named = entry.subject.partition(":")
    desks = Desk.objects.filter(slug=named)
    if kind == "user":
        seats = Membership.objects.filter(user=int(named)).values("desk_id")
        desks = Desk.objects.filter(pk__in=seats, slug=str(entry.said.get("desk")))
    return {user.pk for desk in desks for user in duty.leads(desk)}


def _leads_left(entry: Entry) -> set[int]:
    """Return nobody where a seat ended that works no records, or another took its place."""
    person, desk = int(entry.subject.partition(":")[2]), entry.body.data["desk"]
    stays = Membership.objects.current().working_records().filter(user=person, desk__slug=desk)
    worked = entry.body.data["role"] in {Role.WORKER, Role.LEAD}
    return _seat_leads(entry) if worked and not stays.exists() else set()


def _office_seats(entry: Entry) -> set[int]:
    """Return who has to know whom the Office let in: else one person could be two of them."""
    if entry.said.get("role") not in {Role.ANALYST, Role.COORDINATOR, Role.AUDITOR}:
        return set()
    told = {user.pk for user in (*duty.coordinators(), *duty.privacy_officers())}
    return told - {int(entry.subject.partition(":")[2])}


def _opened_to(entry: Entry) -> set[int]:
    return {user.pk for user in duty.coordinators()} if entry.said.get("opened") else set()


def _owners(entry: Entry) -> set[int]:
    actions = GroupAction.objects.filter(reference=entry.subject.partition(":")[2])
    found: set[int] = set()
    for action in actions.select_related("owner__agency"):
        admins = Membership.objects.current().filter(
            role=Role.AGENCY_ADMIN, desk__agency=action.owner.agency_id
        )
        leads = {user.pk for user in duty.leads(action.owner)}
        found |= leads or set(admins.values_list("user_id", flat=True))
    return found


def _in_group(entry: Entry) -> set[int]:
    meetings = Meeting.objects.filter(reference=entry.subject.partition(":")[2])
    here = GroupAgency.objects.filter(group__in=meetings.values("group_id"), left_at=None)
    seats = Membership.objects.current().filter(
        role__in=(Role.LEAD, Role.AGENCY_ADMIN), desk__agency__in=here.values("agency_id")
    )
    return set(seats.values_list("user_id", flat=True))


def _writer(entry: Entry) -> set[int]:
    rows = Referral.objects.filter(reference=entry.subject.partition(":")[2])
    return set(rows.values_list("writer_id", flat=True))


def _holder(entry: Entry) -> set[int]:
    rows = Completion.objects.filter(reference=entry.subject.partition(":")[2])
    return set(rows.values_list("person_id", flat=True))


def _desk_people(entry: Entry) -> set[int]:
    return _seated(Desk.objects.filter(slug=entry.subject.partition(":")[2]))


_NAMED: Mapping[Told, Callable[[Entry], set[int]]] = {
    Told.ADMINS: _admins,
    Told.SEAT_LEADS: _seat_leads,
    Told.LEADS_LEFT: _leads_left,
    Told.OWNERS: _owners,
    Told.IN_GROUP: _in_group,
    Told.OFFICE: lambda _entry: {user.pk for user in duty.coordinators()},
    Told.PRIVACY: lambda _entry: {user.pk for user in duty.privacy_officers()},
    Told.OFFICE_SEATS: _office_seats,
    Told.OPENED_TO: _opened_to,
    Told.STEWARDS: lambda _entry: {user.pk for user in duty.stewards()},
    Told.WRITER: _writer,
    Told.HOLDER: _holder,
    Told.DESK_PEOPLE: _desk_people,
}
"""People whom the entry itself names, whichever side has to act."""


def _seated(desks: Iterable[Desk]) -> set[int]:
    """Return everybody who works at one of these desks."""
    seats = Membership.objects.current().working_records()
    keys = [desk.pk for desk in desks]
    return set(seats.filter(desk_id__in=keys).values_list("user_id", flat=True))


def _people(desks: Iterable[Desk], *, at: dt.datetime) -> dict[int, Desk | None]:
    return {user.pk: desk for desk in desks for user in duty.reached(desk, at=at)}


def _assigned(subject: str, side: Side) -> set[int]:
    """Return who works on a referral at the desks of a side, if they still do."""
    kind, _colon, reference = subject.partition(":")
    if kind != "referral":
        return set()
    lines = ReferralGrant.objects.current().filter(
        content_object__reference=reference, reason=side, assignee__isnull=False
    )
    seats = Membership.objects.current().working_records()
    return {
        line.assignee_id
        for line in lines
        if seats.filter(user_id=line.assignee_id, desk_id=line.group_id).exists()
    }


def _desks(subject: str, side: Side) -> list[Desk]:
    """Return the desks of a side that hold a grant on it now; of a case, the desk that leads it."""
    kind, _colon, reference = subject.partition(":")
    if kind == "case":
        reason, grants = "lead", CaseGrant.objects.current()
    elif kind == "handoff":
        reason = OFFERED if side == Side.RECEIVER else PROPOSED_IT
        grants = HandoffGrant.objects.current().filter(declined=False)
    elif kind == "desk":
        return list(Desk.objects.filter(slug=reference).select_related("team__duty_desk__team"))
    else:
        reason, grants = side, ReferralGrant.objects.current()
    held = grants.filter(content_object__reference=reference, reason=reason)
    desks = Desk.objects.filter(pk__in=held.values("group_id"))
    return list(desks.select_related("team__duty_desk__team").order_by("pk"))
