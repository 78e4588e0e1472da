"""
The start page of each role: what it may do, as doors, and what waits behind each.

A door is there for whoever has its permission in `coordination.roles`; a role with records begins
with its inbox instead. What an app above has waiting, it counts itself: see `settings.WAITING`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from coordination.access import Actor
from coordination.roles import Role


@dataclass(frozen=True)
class Door:
    """A page, who may open it, and what it is for; `waiting` names a count of the settings."""

    permission: str
    address: str
    label: str | Promise
    says: str | Promise
    waiting: str = ""


@dataclass(frozen=True)
class Shown:
    door: Door
    waiting: int


_NETWORK = "coordination.view_network"

DOORS = (
    Door(
        "cases.view_case",
        "referrals:inbox",
        _("Inbox"),
        _("What your desk has to answer, and what it sent."),
        "inbox",
    ),
    Door(
        "coordination.trace_access",
        "cases:trace",
        _("Who could see a case"),
        _("Between two days: each desk, why, and who looked."),
    ),
    Door(
        "coordination.keep_registers",
        "coordination:registers",
        _("Registers"),
        _("What persons ask, what the law asks, and breaches."),
        "registers",
    ),
    Door(
        "coordination.set_hold",
        "coordination:holds",
        _("Legal holds"),
        _("What is kept longer than its time, and why."),
    ),
    Door(
        "coordination.set_period",
        "coordination:retention",
        _("How long things are kept"),
        _("The periods, and setting another one."),
    ),
    Door(
        "coordination.manage_people",
        "coordination:people",
        _("People"),
        _("Who works where, and in which role. Somebody leaves, or gets another role."),
    ),
    Door(
        "coordination.manage_people",
        "coordination:invite",
        _("Invite somebody"),
        _("A link that works once, for 72 hours."),
    ),
    Door(
        "coordination.manage_desk",
        "coordination:desks",
        _("Desks"),
        _("Services, hours, duty phone, and who covers."),
    ),
    Door(
        "coordination.review_access",
        "coordination:review",
        _("Access review"),
        _("Does everybody still work there, in this role?"),
        "review",
    ),
    Door(
        "coordination.confirm_training",
        "coordination:people_training",
        _("Training"),
        _("Who has which course, and what a desk asks for."),
        "training",
    ),
    Door(
        "coordination.stand_in",
        "coordination:reviews",
        _("Access reviews"),
        _("Which are late, and the administrators whom the Office confirms."),
        "reviews",
    ),
    Door(
        "referrals.view_overdue",
        "leaving:overdue",
        pgettext_lazy("the Office's list", "Overdue"),
        _("What is past its time anywhere, and whom to phone."),
        "overdue",
    ),
    Door(
        "coordination.view_statistics",
        "coordination:overview",
        _("Overview"),
        _("Where the network fails, and where it does better."),
    ),
    Door(
        "coordination.oversee_desks",
        "leaving:unassigned",
        _("Unassigned work"),
        _("How much nobody took on in time, at which desks."),
        "unassigned",
    ),
    Door(
        "coordination.oversee_desks",
        "coordination:services",
        _("Services by region"),
        _("What is offered where, where nobody does, and who is slow."),
    ),
    Door(
        "coordination.view_group",
        "coordination:groups",
        _("Working groups"),
        _("Agencies that meet about where the network fails, and what they decided to do."),
        "groups",
    ),
    Door(
        "coordination.view_statistics",
        "coordination:statistics",
        _("Statistics"),
        _("Released tables by month and quarter, files and a report to print."),
    ),
    Door(
        "coordination.oversee_desks",
        "coordination:training_coverage",
        _("Training coverage"),
        _("How many have which course, by sector and region; and desks in need."),
    ),
    Door(
        "coordination.oversee_desks",
        "leaving:left",
        _("Desks without people"),
        _("Something is pending there, and nobody could take it over."),
        "left",
    ),
    Door(
        "coordination.set_agreement",
        "coordination:agreements",
        _("Agreements between agencies"),
        _("How soon two agencies answer each other."),
    ),
    Door(
        "coordination.manage_patterns",
        "coordination:patterns",
        _("What the gate looks for"),
        _("Patterns that the Office adds and retires."),
    ),
    Door(
        "coordination.decide_table",
        "coordination:stewardship",
        _("Tables of governance bodies"),
        _("What waits for your decision, and what you released."),
        "stewardship",
    ),
    Door(
        "coordination.view_statistics",
        "coordination:stewardship",
        _("Tables of governance bodies"),
        _("What their data stewards released, and whose decision it was."),
    ),
    Door(
        "coordination.set_aside_thresholds",
        "coordination:thresholds",
        _("Thresholds"),
        _("What statistics hide. One person proposes, another confirms."),
    ),
    Door(
        _NETWORK,
        "notifications:list",
        _("Notifications"),
        _("What you are told, and how mail tells you."),
        "notices",
    ),
    Door(
        _NETWORK,
        "coordination:directory",
        _("Directory"),
        _("Teams, desks, services, duty phones."),
    ),
    Door(
        "coordination.enter_training",
        "coordination:training",
        _("My training"),
        _("Which courses you completed, and until when they count."),
    ),
    Door(
        _NETWORK,
        "referrals:rules",
        _("Who sees what"),
        _("The tables that Relay itself obeys."),
    ),
    Door(
        "coordination.view_status",
        "coordination:status",
        _("Is Relay in time?"),
        _("What is owed, what waits, what was given up."),
    ),
)


def doors(actor: Actor) -> list[Shown]:
    """Return what the actor's roles may do: first where something waits, then as in the table."""
    shown = [Shown(door, _waiting(door, actor)) for door in DOORS if actor.may(door.permission)]
    return sorted(shown, key=lambda each: not each.waiting)


def roles_of(actor: Actor) -> list[Role]:
    """Return the roles that the actor holds at the acting desk, or anywhere without one."""
    seats = [m for m in actor.memberships if actor.desk is None or m.desk == actor.desk]
    return sorted({Role(m.role) for m in seats}, key=list(Role).index)


def waiting(name: str, actor: Actor) -> int:
    """Return what waits for an actor, by its name in the settings."""
    count: Callable[[Actor], int] = import_string(settings.WAITING[name])
    return count(actor)


def _waiting(door: Door, actor: Actor) -> int:
    return waiting(door.waiting, actor) if door.waiting else 0
