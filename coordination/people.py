"""People of an agency: seated, moved and deactivated by its administrators, never by themselves."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from audit import waking
from audit.record import record
from audit.verbs import Verb
from coordination import access
from coordination.actions import add_member
from coordination.errors import Invalid, NotAllowed, WrongStatus
from coordination.models import Agency, Desk, Membership, User
from coordination.roles import AGENCY_ROLES, OFFICE_ROLES, Role

MANAGE = "coordination.manage_people"
STAND_IN = "coordination.stand_in"
OWN_SEAT = _("Nobody changes their own seat. Ask another administrator, or the Office.")
OF_A_BODY = _(
    "A governance body names its stewards and dismisses them: it asks whoever runs Relay."
)
LEAVING = "leaving"
"""The sweep that gives what a person or a desk held to its new holder."""


def agencies_of(actor: access.Actor) -> "QuerySet[Agency]":
    """Return the agencies whose people, desks and reviews this person administers now."""
    own = [m.desk.agency_id for m in actor.memberships if _may(m, MANAGE)]
    rows = Q(pk__in=own)
    if any(_may(m, STAND_IN) for m in actor.memberships):
        rows |= Q(~_has_administrator("pk"), desks__isnull=False)
    return Agency.objects.filter(rows).distinct().order_by("slug")


def people_of(actor: access.Actor) -> "QuerySet[User]":
    """Return the people that this person administers; the Office also the administrators."""
    rows = Q(agency__in=agencies_of(actor))
    if any(_may(m, STAND_IN) for m in actor.memberships):
        admins = Membership.objects.current().filter(role=Role.AGENCY_ADMIN)
        rows |= Q(pk__in=admins.values("user_id"))
    return User.objects.filter(rows).select_related("agency")


def seats() -> "Prefetch[Any]":
    """Return what loads a person's seats in force, as `seats`."""
    rows = Membership.objects.current().select_related("desk__agency", "desk__team")
    return Prefetch("memberships", rows.order_by("pk"), to_attr="seats")


def fresh(person: User) -> User:
    """Return a person as they are after a change, even if the actor administers them no longer."""
    return User.objects.select_related("agency").prefetch_related(seats()).get(pk=person.pk)


def find(username: str) -> User | None:
    return User.objects.filter(username=username, is_active=True).first()


@transaction.atomic
def seat_person(
    *, actor: access.Actor, person: User, desk: Desk, role: Role, at: dt.datetime
) -> Membership:
    """
    Seat a person at a desk of their agency, or change the role that they have there.

    :raises NotAllowed: unless the actor administers that agency; for oneself never.
    :raises Invalid: if the desk is closed or another agency's, or has no such role, or not for who
        stands in.
    :raises WrongStatus: if the person was deactivated.
    """
    _begin(actor, person, also={role}, ends=False)
    require_place(desk=desk, role=role, agency=person.agency, actor=actor)
    before = Membership.objects.current().filter(user=person, desk=desk, until=None).first()
    if before and before.role == role:
        return before
    if before:
        _require_over(actor, person, {Role(before.role)}, ends=role != Role.AGENCY_ADMIN)
        end(before, actor=actor, successor=None, at=at)
    return add_member(user=person, desk=desk, role=role, at=at)


@transaction.atomic
def end_seat(
    *,
    actor: access.Actor,
    person: User,
    desk: Desk,
    successor: User | None,
    at: dt.datetime,
) -> None:
    """
    End a person's seat at one desk; `successor`, who works there, takes over what they held.

    :raises NotAllowed: unless the actor administers that agency; for oneself never.
    :raises WrongStatus: if the person does not sit there.
    :raises Invalid: if the successor does not work at the desk.
    """
    seat = Membership.objects.current().filter(user=person, desk=desk, until=None).first()
    if seat is None:
        raise WrongStatus(_("This person does not sit at this desk any more."))
    _begin(actor, person, also={Role(seat.role)})
    end(seat, actor=actor, successor=successor, at=at)


@transaction.atomic
def deactivate_person(
    *,
    actor: access.Actor,
    person: User,
    successors: Mapping[str, User | None],
    at: dt.datetime,
) -> None:
    """
    End all of a person's seats and their account: sessions and tokens are dead with the commit.

    `successors` says, by the slug of a desk, who takes over there.

    :raises NotAllowed: unless the actor administers that agency; for oneself never.
    :raises WrongStatus: if it was done before.
    :raises Invalid: if a successor does not work at the desk.
    """
    held = list(Membership.objects.current().filter(user=person, until=None).select_related("desk"))
    _begin(actor, person, also={Role(seat.role) for seat in held} or {Role.AGENCY_ADMIN})
    for seat in held:
        end(seat, actor=actor, successor=successors.get(seat.desk.slug), at=at)
    User.objects.filter(pk=person.pk).update(is_active=False)
    record(
        Verb.USER_DEACTIVATED,
        subject=f"user:{person.pk}",
        at=at,
        data={"desks": [seat.desk.slug for seat in held]},
    )


_GIVEN_BY_THE_OFFICE = tuple(role for role in OFFICE_ROLES if role != Role.DATA_STEWARD)
"""A steward is named by the governance body: no page seats one, and the database refuses it."""


def roles_for(actor: access.Actor, agency: Agency) -> tuple[Role, ...]:
    """
    Return the roles that this person may give in an agency which they administer.

    Who stands in for administrators seats administrators and nobody else: whoever gives the seats
    that reach records answers to the agency.
    """
    if not at_home(actor, agency.pk):
        return (Role.AGENCY_ADMIN,)
    in_a_team = Desk.objects.filter(agency=agency, team__isnull=False).exists()
    return AGENCY_ROLES if in_a_team else _GIVEN_BY_THE_OFFICE


def require_place(*, desk: Desk, role: Role, agency: Agency, actor: access.Actor) -> None:
    """:raises Invalid: if the desk is closed, another agency's, or has no such role to give."""
    if desk.agency_id != agency.pk:
        raise Invalid(_("Choose a desk of the person’s own agency."), field="desk")
    if desk.closed_at is not None:
        raise Invalid(_("This desk is closed. Choose another."), field="desk")
    if role not in (AGENCY_ROLES if desk.team_id else OFFICE_ROLES):
        raise Invalid(_("This desk has no such role. Choose another."), field="role")
    if role not in roles_for(actor, agency):
        raise Invalid(_("Seat an administrator of the agency, who seats the others."), field="role")


def at_home(actor: access.Actor, agency_id: int) -> bool:
    """Tell whether they administer it as their own agency; else they stand in at most."""
    return any(_may(m, MANAGE) and m.desk.agency_id == agency_id for m in actor.memberships)


def require_agency(actor: access.Actor, agency: Agency) -> None:
    """:raises NotAllowed: unless the actor administers the agency now."""
    access.require(actor, MANAGE)
    if not agencies_of(actor).filter(pk=agency.pk).exists():
        raise NotAllowed(_("You administer your own agency only."))


def _begin(actor: access.Actor, person: User, *, also: set[Role], ends: bool = True) -> None:
    """Lock the agency's people, so that two administrators cannot end each other, and check."""
    access.require(actor, MANAGE)
    people = User.objects.select_for_update(no_key=True).filter(agency=person.agency_id)
    active = {each.pk for each in people.order_by("pk") if each.is_active}
    _require_over(actor, person, also, ends=ends)
    if person.pk not in active:
        raise WrongStatus(_("This person was deactivated already."))


def _require_over(
    actor: access.Actor, person: User, roles: set[Role], *, ends: bool = True
) -> None:
    """Whoever stands in seats where no administrator is, and ends the seats of administrators."""
    if person.pk == actor.user.pk:
        raise NotAllowed(OWN_SEAT)
    now = access.actor_for(actor.user)  # as it is under the lock
    if at_home(now, person.agency_id):
        return
    if not ends and agencies_of(now).filter(pk=person.agency_id).exists():
        return
    stands_in = any(_may(m, STAND_IN) for m in now.memberships)
    if not (stands_in and roles == {Role.AGENCY_ADMIN}):
        raise NotAllowed(_("You administer your own agency only."))


def end(seat: Membership, *, actor: access.Actor, successor: User | None, at: dt.datetime) -> None:
    """
    End a seat inside an action that has checked who may.

    :raises NotAllowed: if it is a steward's.
    :raises Invalid: if the successor does not work at the desk.
    """
    if seat.role == Role.DATA_STEWARD:
        raise NotAllowed(OF_A_BODY)
    if successor is not None and successor not in access.people_at(seat.desk):
        raise Invalid(_("Choose somebody who works at this desk."), field=seat.desk.slug)
    Membership.objects.filter(pk=seat.pk).update(until=at, successor=successor, ended_by=actor.user)
    record(
        Verb.MEMBER_ENDED,
        subject=f"user:{seat.user_id}",
        at=at,
        data={
            "desk": seat.desk.slug,
            "role": seat.role,
            "successor": successor.pk if successor else None,
        },
    )
    waking.sweep_after_commit(LEAVING)


def _may(membership: Membership, permission: str) -> bool:
    return permission in access.permissions_of(membership)


def _has_administrator(agency: str) -> Exists:
    held = Membership.objects.current().filter(
        role=Role.AGENCY_ADMIN, desk__agency=OuterRef(agency)
    )
    return Exists(held)
