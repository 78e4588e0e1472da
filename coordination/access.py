"""
Who is acting, what their role allows, and the one door to grants.

The only module that speaks to guardian's tables. A grant is given and ended by actions only, with
these functions; rows are read through each model's `visible_to`, which asks `granted`.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, TypeVar

from django.contrib.auth.models import Permission
from django.db import connection, models
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from coordination.errors import NotAllowed
from coordination.models import Agency, Desk, Grant, Membership, Team, User
from coordination.prepared import Joined, ask
from coordination.roles import RECORD_ROLES, ROLE_PERMISSIONS, Role

Rows = TypeVar("Rows", bound="models.QuerySet[Any]")

_SEAT = Joined(m=Membership, d=Desk, a=Agency, t=Team)

# As `Membership.objects.current()`: every request asks it.
_SEATS = f"""
select {_SEAT.columns} from coordination_membership m
  join coordination_user u on u.id = m.user_id
  join coordination_desk d on d.group_id = m.desk_id
  join coordination_agency a on a.id = d.agency_id
  left join coordination_team t on t.id = d.team_id
where m.user_id = %(user)s and u.is_active and m.since <= statement_timestamp()
  and (m.until is null or m.until > statement_timestamp())
order by m.id
"""  # noqa: S608  the columns of the models


@dataclass(frozen=True)
class Actor:
    """A person in a request: where they may act, and the desk at which they act now, if chosen."""

    user: User
    memberships: Sequence[Membership] = field(default=(), compare=False)
    desk: Desk | None = None
    kept: dict[str, Any] = field(default_factory=dict, compare=False)
    """What was looked up once for this person, for all lines of a list."""

    @cached_property
    def role(self) -> Role | None:
        """The role held at the acting desk."""
        return next((Role(m.role) for m in self.memberships if m.desk == self.desk), None)

    @cached_property
    def desk_ids(self) -> list[int]:
        """Desks whose cases and referrals this person reaches, acting there now or not."""
        return [m.desk_id for m in self.memberships if Role(m.role) in RECORD_ROLES]

    def may(self, permission: str) -> bool:
        """Tell whether any role of the person has the permission: the question of a page."""
        return any(permission in ROLE_PERMISSIONS[Role(m.role)] for m in self.memberships)

    def acts_for(self, desk_id: int | None) -> bool:
        return self.desk is not None and self.desk.pk == desk_id


def actor_for(user: User, *, desk_slug: str | None = None) -> Actor:
    """
    Return the actor for a person, acting at the desk named, else at their only one.

    A desk that is not theirs leaves the acting desk empty, as if it did not exist.
    """
    memberships = _seats_of(user)
    desks = [m.desk for m in memberships]
    if desk_slug:
        desk = next((each for each in desks if each.slug == desk_slug), None)
    else:
        desk = desks[0] if len(desks) == 1 else None
    return Actor(user=user, memberships=memberships, desk=desk)


def _seats_of(user: User) -> list[Membership]:
    seats = []
    for row in ask(_SEATS, user=user.pk):
        seat, seat.desk, seat.desk.agency, seat.desk.team = _SEAT.instances(row)
        seats.append(seat)
    return seats


def permissions_of(membership: Membership) -> frozenset[str]:
    return ROLE_PERMISSIONS[Role(membership.role)]


def require(actor: Actor, permission: str) -> Desk:
    """
    Return the acting desk, if the role held there has the permission.

    The seat is held until the transaction ends: whoever ends it waits for what was begun there.

    :raises NotAllowed: if it does not, if no desk was chosen, or if the seat has just ended.
    """
    if actor.desk is None:
        if not actor.may(permission):
            raise NotAllowed(_("Your role cannot do this."))
        raise NotAllowed(_("Choose the desk you are acting for, then try again."), field="desk")
    if (
        actor.role is None
        or permission not in ROLE_PERMISSIONS[actor.role]
        or not _hold_seat(actor.user, actor.desk)
    ):
        raise NotAllowed(_("Your role at this desk cannot do this."))
    return actor.desk


def _hold_seat(user: User, desk: Desk) -> bool:
    """
    Lock a seat against its end, shared, and tell whether it still stands.

    An action whose seat ended under way would see half of its rows, and do half of its work.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select from coordination_membership where user_id = %s and desk_id = %s"
            " and (until is null or until > statement_timestamp()) for share",
            [user.pk, desk.pk],
        )
        return bool(cursor.rowcount)


def addressable_desks() -> "models.QuerySet[Desk]":
    """Return desks that can be sent a referral: at least one active person works there."""
    staffed = Membership.objects.current().working_records().values("desk_id")
    return Desk.objects.filter(is_addressable=True, pk__in=staffed).select_related("agency", "team")


def slugs_of(desk_ids: Collection[int]) -> list[str]:
    """Return how desks are named in the record."""
    return list(
        Desk.objects.filter(pk__in=desk_ids).order_by("slug").values_list("slug", flat=True)
    )


def people_at(desk: Desk) -> list[User]:
    """Return who works records at a desk now, by name."""
    seats = Membership.objects.current().working_records().filter(desk=desk)
    people = {seat.user for seat in seats.select_related("user")}
    return sorted(people, key=lambda person: person.get_full_name())


def granted(rows: Rows, grants: type[Grant], actor: Actor, *conditions: models.Q) -> Rows:
    """Return the rows on which one of the actor's desks holds a grant in force."""
    current = grants.objects.current().filter(
        *conditions, group_id__in=actor.desk_ids, content_object_id=OuterRef("pk")
    )
    return rows.filter(Exists(current))


def granted_sql(grants: type[Grant], alias: str) -> str:
    """Return `granted` as the condition of a prepared statement, which is given the `desks`."""
    return f"""exists (select from {grants._meta.db_table} g
      where g.content_object_id = {alias}.id and g.group_id = any (%(desks)s)
        and (g.until is null or g.until > statement_timestamp()))"""


def grants_on(grants: type[Grant], key: int) -> "models.QuerySet[Any]":
    """Return the grants in force on an object that row-level security shows to the reader."""
    rows: models.QuerySet[Any] = (
        grants.objects.current()
        .filter(content_object_id=key)
        .select_related("group__desk__agency", "group__desk__team")
        .order_by("pk")
    )
    return rows


def give(
    grants: type[Grant],
    *,
    on: models.Model,
    to: Collection[int],
    reason: str,
    source: str,
    until: dt.datetime | None = None,
    **columns: Any,
) -> None:
    """
    Give desks a grant on an object, or renew the one they hold for the same reason.

    `columns` are the grant's further columns, as the keys of a worklist.
    """
    permission_id = _view_permission(type(on))
    grants.objects.bulk_create(
        [
            grants(
                group_id=desk_id,
                content_object_id=on.pk,  # type: ignore[misc]  # every child has it
                permission_id=permission_id,
                reason=reason,
                source=source,
                until=until,
                **columns,
            )
            for desk_id in sorted(to)  # one order everywhere, so that two writers cannot deadlock
        ],
        update_conflicts=True,
        unique_fields=grants.key,
        update_fields=[name for name in ("source", "until", *columns) if name not in grants.key],
    )


def end(
    grants: type[Grant],
    *,
    on: models.Model,
    of: Collection[int],
    reason: str,
    source: str,
    at: dt.datetime,
    **columns: Any,
) -> None:
    """
    End the grants that desks hold on an object for a reason; ended earlier stays as it was.

    By the key of a grant: one whose source is not what it should be ends too.
    """
    key = {"source": source} if "source" in grants.key else {}
    grants.objects.current().filter(
        content_object_id=on.pk, reason=reason, group_id__in=of, **key
    ).update(until=at, **columns)


def end_others(grants: type[Grant], *, on: models.Model, keep: int, at: dt.datetime) -> list[int]:
    """End every grant on an object but those of one desk; return whose ended."""
    others = grants.objects.current().filter(content_object_id=on.pk).exclude(group_id=keep)
    ended = sorted(set(others.values_list("group_id", flat=True)))
    others.update(until=at)
    return ended


@lru_cache
def _view_permission(model: type[models.Model]) -> int:
    """Return the key of guardian's permission column: it adds nothing here, but cannot be null."""
    permission = Permission.objects.get(
        content_type__app_label=model._meta.app_label,
        codename=f"view_{model._meta.model_name}",
    )
    return int(permission.pk)
