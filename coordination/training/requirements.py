"""What a desk asks of whoever accepts there: set by its agency, in force from a day on."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.record import record
from audit.verbs import Verb
from coordination import access
from coordination.errors import Invalid, NotAllowed
from coordination.models import Completion, Course, Desk, Membership, Requirement
from coordination.roles import Role
from coordination.training.courses import for_sector

SET = "coordination.require_training"
LATEST = dt.timedelta(days=366)


@transaction.atomic
def require_training(
    *,
    actor: access.Actor,
    desk: Desk,
    courses: Sequence[str],
    begins_on: dt.date,
    at: dt.datetime,
) -> Requirement:
    """
    Have a desk ask, from a day on, for one of these courses (their codes); for none, nothing.

    What holds until then goes on until then; what was planned for later days stays planned.

    :raises NotAllowed: unless the actor administers the desk's agency.
    :raises Invalid: if the day has passed or is far away, the desk is closed or takes nothing, a
        course is not offered to its sector, or nothing would be different.
    """
    access.require(actor, SET)
    if desk.agency_id not in _agencies(actor):
        raise NotAllowed(_("You administer your own agency only."))
    locked = Desk.objects.select_for_update(no_key=True, of=("self",)).get(pk=desk.pk)
    if locked.closed_at is not None or locked.team_id is None:
        raise Invalid(_("Nothing is accepted at this desk."), field="desk")
    today = timezone.localdate(at)
    if not today <= begins_on <= today + LATEST:
        raise Invalid(_("Give a day from today on, within a year."), field="begins_on")
    asked = sorted(set(courses))
    offered = {each.code for each in courses_for(desk)}
    if not offered.issuperset(asked):
        raise Invalid(_("Choose courses that are for your sector."), field="courses")
    rows = Requirement.objects.standing().filter(desk=desk, begins_on__lte=begins_on)
    before = rows.order_by("begins_on").last()
    if (before.courses if before else []) == asked:
        raise Invalid(_("Nothing is different from what is recorded."), field="courses")
    if before and before.begins_on == begins_on:
        Requirement.objects.filter(pk=before.pk).update(ended_at=at)
    made = Requirement.objects.create(desk=desk, courses=asked, begins_on=begins_on, set_at=at)
    record(
        Verb.REQUIREMENT_SET,
        subject=f"requirement:{desk.slug}",
        at=at,
        data={
            "before": before.courses if before else [],
            "after": asked,
            "begins_on": begins_on.isoformat(),
        },
    )
    return made


def courses_for(desk: Desk) -> list[Course]:
    """Return the courses that a desk may ask for: those that its people can complete."""
    return for_sector(desk.agency.kind)


def holders(actor: access.Actor, desk: Desk, *, on: dt.date) -> tuple[int, Mapping[str, int]]:
    """Return how many of its agency's people work at a desk, and how many have which course."""
    seats = Membership.objects.current().working_records().filter(desk=desk)
    people = set(seats.filter(user__agency=desk.agency_id).values_list("user_id", flat=True))
    rows = Completion.objects.visible_to(actor.user).current(on=on).filter(person__in=people)
    return len(people), Counter(rows.values_list("course__code", flat=True))


def desks_of(actor: access.Actor) -> "QuerySet[Desk]":
    """Return the desks for which the actor says what they ask for."""
    rows = Desk.objects.filter(agency__in=_agencies(actor), closed_at=None, team__isnull=False)
    return rows.select_related("agency", "team").order_by("slug")


@dataclass(frozen=True)
class Told:
    """What a desk asks for from a day on, in words; `is_now` if that is so today."""

    requirement: Requirement
    courses: Sequence[Course]
    is_now: bool


def told(desks: "QuerySet[Desk]", *, on: dt.date) -> list[Told]:
    """Return what desks ask for on a day and what they will, by desk and day."""
    rows = Requirement.objects.standing().filter(desk__in=desks)
    now = set(Requirement.objects.in_force(on=on).values_list("pk", flat=True))
    by_code = {each.code: each for each in Course.objects.all()}
    return [
        Told(each, [by_code[code] for code in each.courses if code in by_code], each.pk in now)
        for each in rows.select_related("desk__agency", "desk__team").order_by(
            "desk__slug", "begins_on"
        )
        if each.pk in now or each.begins_on > on
    ]


def planned(actor: access.Actor, *, desk: str, begins_on: str) -> Requirement:
    """Return what a desk of the actor's asks for from a day on, as it stands."""
    rows = Requirement.objects.standing().filter(desk__in=desks_of(actor), desk__slug=desk)
    return rows.select_related("desk").get(begins_on=begins_on)


def _agencies(actor: access.Actor) -> list[int]:
    """Not those for which the Office stands in: what a desk asks for is its agency's to say."""
    return [m.desk.agency_id for m in actor.memberships if m.role == Role.AGENCY_ADMIN]
