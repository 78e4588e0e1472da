"""Desks of an agency: what they offer, how they are reached, who covers them, and their end."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from audit import waking
from audit.record import record
from audit.verbs import Verb
from coordination import access, people
from coordination.errors import Invalid, NotAllowed
from coordination.models import Desk, Membership
from coordination.people import LEAVING

CHANGEABLE = (
    "services",
    "age_bands",
    "genders",
    "languages",
    "duty_phone",
    "opens_at",
    "closes_at",
    "cover_desk",
)


def desks_of(actor: access.Actor) -> "QuerySet[Desk]":
    """
    Return the desks that this person administers, closed ones last.

    Without those of governance bodies: the Office does not touch them.
    """
    rows = Desk.objects.filter(agency__in=people.agencies_of(actor), governance_body="")
    return rows.select_related("agency", "team", "cover_desk__agency", "cover_desk__team").order_by(
        "closed_at", "slug"
    )


def covers_of(desk: Desk) -> "QuerySet[Desk]":
    """Return the desks that could cover this one: of the same agency, or of the same team."""
    near = Q(agency=desk.agency_id) | Q(team=desk.team_id)
    rows = Desk.objects.filter(near, closed_at=None, team__isnull=False).exclude(pk=desk.pk)
    return rows.select_related("agency", "team")


@transaction.atomic
def change_desk(
    *, actor: access.Actor, desk: Desk, facts: Mapping[str, Any], at: dt.datetime
) -> Desk:
    """
    Change what a desk offers and how it is reached, by the names in CHANGEABLE.

    :raises NotAllowed: unless the actor administers the desk's agency; for one of a governance
        body never.
    :raises Invalid: if the desk is closed, nothing would change, or the cover desk is not near.
    """
    _require_over(actor, desk)
    locked = Desk.objects.select_for_update(no_key=True, of=("self",)).get(pk=desk.pk)
    if locked.closed_at is not None:
        raise Invalid(_("This desk is closed."))
    changed = {name: facts[name] for name in CHANGEABLE if name in facts}
    changed = {name: value for name, value in changed.items() if getattr(locked, name) != value}
    if not changed:
        raise Invalid(_("Nothing is different from what is recorded."))
    cover = changed.get("cover_desk")
    if cover is not None and not covers_of(locked).filter(pk=cover.pk).exists():
        raise Invalid(_("Choose a desk of the same agency or the same team."), field="cover_desk")
    for name, value in changed.items():
        setattr(locked, name, value)
    locked.save(update_fields=list(changed))
    record(
        Verb.DESK_CHANGED,
        subject=f"desk:{desk.slug}",
        at=at,
        data={
            "changed": sorted(changed),
            **({"cover": cover.slug if cover else None} if "cover_desk" in changed else {}),
            **{name: changed[name] for name in ("services",) if name in changed},
        },
    )
    return locked


@transaction.atomic
def close_desk(*, actor: access.Actor, desk: Desk, at: dt.datetime) -> Desk:
    """
    End a desk: nobody sits there any more, nothing is sent there, and what it held moves on.

    What its people held goes to its cover desk, else to its team's duty desk.

    An administrator who sits there keeps that seat: it reaches no record.

    :raises NotAllowed: unless the actor administers the desk's agency; if they work there; if they
        stand in and others work there; or if it is one of a governance body.
    :raises Invalid: if it is closed already, or is its team's duty desk.
    """
    _require_over(actor, desk)
    locked = Desk.objects.select_for_update(no_key=True, of=("self",)).get(pk=desk.pk)
    if locked.closed_at is not None:
        raise Invalid(_("This desk is closed."))
    if locked.team and locked.team.duty_desk_id == locked.pk:
        raise Invalid(_("This is its team’s duty desk. Ask the Office to name another first."))
    seats = Membership.objects.current().filter(desk=locked, until=None).select_related("desk")
    own = seats.filter(user=actor.user)
    if own.working_records().exists():
        raise NotAllowed(_("You work at this desk. Ask another administrator, or the Office."))
    if not people.at_home(actor, locked.agency_id) and seats.working_records().exists():
        raise NotAllowed(
            _("People work at this desk. Seat an administrator of its agency, who closes it.")
        )
    for seat in seats.exclude(pk__in=own).order_by("pk"):
        people.end(seat, actor=actor, successor=None, at=at)
    locked.closed_at, locked.is_addressable = at, False
    locked.save(update_fields=["closed_at", "is_addressable"])
    record(Verb.DESK_CLOSED, subject=f"desk:{desk.slug}", at=at, data={})
    waking.sweep_after_commit(LEAVING)
    return locked


def _require_over(actor: access.Actor, desk: Desk) -> None:
    access.require(actor, "coordination.manage_desk")
    people.require_agency(actor, desk.agency)
    if desk.governance_body:
        raise NotAllowed(_("This desk belongs to a governance body, which changes it itself."))
