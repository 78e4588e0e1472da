"""Whom an entry of the record concerns now: from the words of a rule to people."""

from collections.abc import Iterable

from audit.models import Entry
from cases.models import CaseGrant
from coordination import duty
from coordination.models import Desk, Membership, User
from coordination.roles import Role
from notifications.rules import Rule, Told
from referrals.handoff_moves import OFFERED, PROPOSED_IT
from referrals.models import HandoffGrant, ReferralGrant
from referrals.states import Side

_OTHER = {Side.SENDER: Side.RECEIVER, Side.RECEIVER: Side.SENDER}


def recipients(entry: Entry, rule: Rule) -> set[int]:
    """Return the people whom a rule names at this moment, without whoever did it."""
    tells = rule.tells
    if isinstance(tells, Side):
        seats = Membership.objects.current().working_records()
        ids = [desk.pk for desk in _desks(entry.subject, tells)]
        found = set(seats.filter(desk_id__in=ids).values_list("user_id", flat=True))
    else:
        found = {person for told in tells for person in _told(entry, told)}
    return found - {entry.actor_id or 0}


def losing(entry: Entry, rule: Rule) -> set[int]:
    """Return who works at the desks that an entry names as having lost sight of its subject."""
    slugs = entry.body.data.get("lost", []) if rule.lost else []
    if not slugs:
        return set()
    seats = Membership.objects.current().working_records().filter(desk__slug__in=slugs)
    return set(seats.values_list("user_id", flat=True)) - {entry.actor_id or 0}


def _told(entry: Entry, told: Told) -> set[int]:
    """Return people seen from the side that has to act; nobody there: one level up, at once."""
    if told == Told.ADMINS:
        return _admins(entry.subject)
    if told == Told.SEAT_LEADS:
        return _seat_leads(entry)
    side = Side(entry.body.data["side"])
    desks = _desks(entry.subject, side)
    if told == Told.WHO_ACTS:
        return _assigned(entry.subject, side) or _people(desks)
    if told == Told.OTHER_SIDE:
        other = _OTHER[side]
        return _assigned(entry.subject, other) or _people(_desks(entry.subject, other))
    if told == Told.LEADS:
        return {user.pk for desk in desks for user in duty.leads(desk) or duty.reached(desk)}
    teams = {desk.team for desk in desks if desk.team}
    return _people(team.duty_desk for team in teams if team.duty_desk)


def desks_of(subject: str) -> list[Desk]:
    """Return the desks of both sides."""
    return [desk for side in Side for desk in _desks(subject, side)]


def _admins(subject: str) -> set[int]:
    agency = User.objects.filter(pk=int(subject.partition(":")[2])).values("agency_id")
    seats = Membership.objects.current().filter(role=Role.AGENCY_ADMIN, user__agency__in=agency)
    found = set(seats.values_list("user_id", flat=True))
    return found or {user.pk for user in duty.coordinators()}


def _seat_leads(entry: Entry) -> set[int]:
    desks = Desk.objects.filter(slug=entry.body.data.get("desk", ""))
    return {user.pk for desk in desks for user in duty.leads(desk)}


def _people(desks: Iterable[Desk]) -> set[int]:
    return {user.pk for desk in desks for user in duty.reached(desk)}


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
    else:
        reason, grants = side, ReferralGrant.objects.current()
    held = grants.filter(content_object__reference=reference, reason=reason)
    desks = Desk.objects.filter(pk__in=held.values("group_id"))
    return list(desks.select_related("team__duty_desk__team").order_by("pk"))
