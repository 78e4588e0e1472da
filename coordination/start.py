"""
The start page of each role: its doors, and what waits behind each.

A role with records begins with its inbox instead. What an app above has waiting, it counts itself:
see `settings.WAITING`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.utils.module_loading import import_string

from coordination.access import Actor
from coordination.doors import DOORS, TITLES, Door, Part
from coordination.roles import Role


@dataclass(frozen=True)
class Shown:
    door: Door
    waiting: int

    @property
    def part(self) -> Part:
        return Part.WAITS if self.waiting else self.door.part

    @property
    def title(self) -> str:
        """Return the heading of its part."""
        return str(TITLES[self.part])


def doors(actor: Actor) -> list[Shown]:
    """Return what the actor's roles may do: first where something waits, then part by part."""
    shown = [Shown(door, _waiting(door, actor)) for door in DOORS if actor.may(door.permission)]
    return sorted(shown, key=lambda each: list(Part).index(each.part))


def roles_of(actor: Actor) -> list[Role]:
    """Return the roles that the actor holds at the acting desk, or anywhere without one."""
    seats = [m for m in actor.memberships if actor.desk is None or m.desk == actor.desk]
    return sorted({Role(m.role) for m in seats}, key=list(Role).index)


def _waiting(door: Door, actor: Actor) -> int:
    if not door.waiting:
        return 0
    count: Callable[[Actor], int] = import_string(settings.WAITING[door.waiting])
    return count(actor)
