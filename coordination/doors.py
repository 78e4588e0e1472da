"""
The doors of the start page: for each page, who may open it and what it is for.

A door is there for whoever has its permission in `coordination.roles`.
"""

from dataclasses import dataclass
from enum import Enum, auto

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Part(Enum):
    """What doors are for, in the order of the page."""

    WAITS = auto()
    WORK = auto()
    NETWORK = auto()
    FIGURES = auto()
    PEOPLE = auto()
    RULES = auto()


TITLES = {
    Part.WAITS: _("Waiting now"),
    Part.WORK: _("Work"),
    Part.NETWORK: _("The network"),
    Part.FIGURES: _("Figures"),
    Part.PEOPLE: _("People and desks"),
    Part.RULES: _("Rules and privacy"),
}


@dataclass(frozen=True)
class Door:
    """A page, who may open it, and what it is for; `waiting` names a count of the settings."""

    part: Part
    permission: str
    address: str
    label: str | Promise
    says: str | Promise
    waiting: str = ""


_NETWORK = "coordination.view_network"

DOORS = (
    Door(
        Part.WORK,
        "cases.view_case",
        "referrals:inbox",
        _("Inbox"),
        _("What your desk has to answer, and what it sent."),
        "inbox",
    ),
    Door(
        Part.RULES,
        "coordination.trace_access",
        "cases:trace",
        _("Who could see a case"),
        _("Between two days: each desk, why, and who looked."),
    ),
    Door(
        Part.RULES,
        "coordination.keep_registers",
        "coordination:registers",
        _("Registers"),
        _("What persons ask, what the law asks, and breaches."),
        "registers",
    ),
    Door(
        Part.RULES,
        "coordination.set_hold",
        "coordination:holds",
        _("Legal holds"),
        _("What is kept longer than its time, and why."),
    ),
    Door(
        Part.RULES,
        "coordination.set_period",
        "coordination:retention",
        _("How long things are kept"),
        _("The periods, and setting another one."),
    ),
    Door(
        Part.PEOPLE,
        "coordination.manage_people",
        "coordination:people",
        _("People"),
        _("Who works where, and in which role. Somebody leaves, or gets another role."),
    ),
    Door(
        Part.PEOPLE,
        "coordination.manage_people",
        "coordination:invite",
        _("Invite somebody"),
        _("A link that works once, for 72 hours."),
    ),
    Door(
        Part.PEOPLE,
        "coordination.manage_desk",
        "coordination:desks",
        _("Desks"),
        _("Services, hours, duty phone, and who covers."),
    ),
    Door(
        Part.PEOPLE,
        "coordination.review_access",
        "coordination:review",
        _("Access review"),
        _("Does everybody still work there, in this role?"),
        "review",
    ),
    Door(
        Part.PEOPLE,
        "coordination.confirm_training",
        "coordination:people_training",
        _("Training"),
        _("Who has which course, and what a desk asks for."),
        "training",
    ),
    Door(
        Part.PEOPLE,
        "coordination.stand_in",
        "coordination:reviews",
        _("Access reviews"),
        _("Which are late, and whether the Office still wants each administrator to be one."),
        "reviews",
    ),
    Door(
        Part.WORK,
        "referrals.view_overdue",
        "leaving:overdue",
        pgettext_lazy("the Office's list", "Overdue"),
        _("What is past its time anywhere, and whom to phone."),
        "overdue",
    ),
    Door(
        Part.FIGURES,
        "coordination.view_statistics",
        "coordination:overview",
        _("Overview"),
        _("Where the network fails, and where it does better."),
    ),
    Door(
        Part.WORK,
        "referrals.view_overdue",
        "leaving:unassigned",
        _("Unassigned work"),
        _("How much nobody took on in time, at which desks."),
        "unassigned",
    ),
    Door(
        Part.NETWORK,
        "coordination.oversee_desks",
        "coordination:services",
        _("Services by region"),
        _("What is offered where, where nobody does, and who is slow."),
    ),
    Door(
        Part.NETWORK,
        "coordination.view_group",
        "coordination:groups",
        _("Working groups"),
        _("Agencies that meet about where the network fails, and what they decided to do."),
        "groups",
    ),
    Door(
        Part.FIGURES,
        "coordination.view_statistics",
        "coordination:statistics",
        _("Statistics"),
        _("Released tables by month and quarter, files and a report to print."),
    ),
    Door(
        Part.PEOPLE,
        "coordination.oversee_desks",
        "coordination:training_coverage",
        _("Training coverage"),
        _("How many have which course, by sector and region; and desks in need."),
    ),
    Door(
        Part.WORK,
        "coordination.oversee_desks",
        "leaving:left",
        _("Desks without people"),
        _("Something is pending there, and nobody could take it over."),
        "left",
    ),
    Door(
        Part.NETWORK,
        "coordination.set_agreement",
        "coordination:agreements",
        _("Agreements between agencies"),
        _("How soon two agencies answer each other."),
    ),
    Door(
        Part.RULES,
        "coordination.manage_patterns",
        "coordination:patterns",
        _("What the gate looks for"),
        _("Patterns that the Office adds and retires."),
    ),
    Door(
        Part.FIGURES,
        "coordination.decide_table",
        "coordination:stewardship",
        _("Tables of governance bodies"),
        _("What waits for your decision, and what you released."),
        "stewardship",
    ),
    Door(
        Part.FIGURES,
        "coordination.view_statistics",
        "coordination:stewardship",
        _("Tables of governance bodies"),
        _("What their data stewards released, and whose decision it was."),
    ),
    Door(
        Part.RULES,
        "coordination.set_aside_thresholds",
        "coordination:thresholds",
        _("Thresholds"),
        _("What statistics hide. One person proposes, another confirms."),
    ),
    Door(
        Part.WORK,
        _NETWORK,
        "notifications:list",
        _("Notifications"),
        _("What you are told, and how mail tells you."),
        "notices",
    ),
    Door(
        Part.NETWORK,
        _NETWORK,
        "coordination:directory",
        _("Directory"),
        _("Teams, desks, services, duty phones."),
    ),
    Door(
        Part.PEOPLE,
        "coordination.enter_training",
        "coordination:training",
        _("My training"),
        _("Which courses you completed, and until when they count."),
    ),
    Door(
        Part.RULES,
        _NETWORK,
        "referrals:rules",
        _("Who sees what"),
        _("The tables that Relay itself obeys."),
    ),
    Door(
        Part.NETWORK,
        "coordination.view_status",
        "coordination:status",
        _("Is Relay in time?"),
        _("What is owed, what waits, what was given up."),
    ),
)
