"""Whom a rule can name, and what a rule is."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise

from referrals.states import Side


class Told(StrEnum):
    """Whom a step of the ladder is told to, seen from the side that has to act now."""

    WHO_ACTS = "who_acts"
    """Whoever works on it, else who is on duty at the desk."""

    LEADS = "leads"
    """The duty leads of the desk."""

    DUTY_DESK = "duty_desk"
    """Who is on duty at the duty desk of the desk's team."""

    ADMINS = "admins"
    """The administrators of the agency of the person that the entry is about."""

    SEAT_LEADS = "seat_leads"
    """The duty leads of the desk that the entry names."""

    LEADS_LEFT = "leads_left"
    """The duty leads of the desk at which a person works no more."""

    DESK = "desk"
    """The duty leads of the desk that the entry names, and who is on duty there."""
    OWNERS = "owners"
    """The duty leads of the desk that owns a working group's action, else its administrators."""

    IN_GROUP = "in_group"
    """The duty leads and administrators of the agencies in the group of a meeting."""

    OFFICE = "office"
    """The Office's coordinators."""

    OFFICE_SEATS = "office_seats"
    """Coordinators and privacy officers, if the entry seats somebody in a role of the Office."""

    OPENED_TO = "opened_to"
    """The Office's coordinators, if what the entry takes back had been opened to them."""

    STEWARDS = "stewards"
    """The data stewards of the governance bodies."""

    PRIVACY = "privacy"
    """The privacy officers."""

    WRITER = "writer"
    """Whoever writes the draft; nobody else sees it."""

    HOLDER = "holder"
    """Whoever completed the course that the entry is about."""

    DESK_PEOPLE = "desk_people"
    """Everybody who works at the desk that the entry is about."""

    OTHER_SIDE = "other_side"
    """Who waits: whoever works on it at the other side."""


@dataclass(frozen=True)
class Rule:
    """Who is told, in which words. The words carry no place and no need."""

    tells: Side | tuple[Told, ...]
    """A side: everybody who works at its desks."""

    words: Promise

    lost: Promise | None = None
    """Told to the desks that the entry names as having lost sight of it, without its reference."""
