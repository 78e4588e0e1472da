"""What people completed: said by themselves or their administrator, confirmed by another."""

import datetime as dt

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.record import record
from audit.verbs import Verb
from coordination import access, references
from coordination.errors import Invalid, NotAllowed, WrongStatus
from coordination.models import Completion, Course, Membership, User
from coordination.roles import Role
from coordination.training.courses import expiry

ENTER = "coordination.enter_training"
CONFIRM = "coordination.confirm_training"
OLDEST = dt.date(1980, 1, 1)
_NOT_YOURS = _("A person, or the administrator of their agency, says what they completed.")


@transaction.atomic
def enter_completion(
    *,
    actor: access.Actor,
    person: User,
    course: Course,
    completed_on: dt.date,
    at: dt.datetime,
) -> Completion:
    """
    Say that a person completed a course on a day. A later day renews it.

    Said by their administrator it is confirmed; of oneself it is not, until another confirms it.

    :raises NotAllowed: unless it is the person, or the administrator of their agency.
    :raises Invalid: if the day is still to come, long past, not later than the one that stands, or
        the course is retired or not for their sector.
    """
    access.require(actor, ENTER)
    _require_own(actor, person)
    _check_day(completed_on, at=at)
    if course.retired_at is not None or not course.is_for(person.agency.kind):
        raise Invalid(_("Choose a course that is for your sector."), field="course")
    before = _standing(person, course)
    if before and before.completed_on >= completed_on:
        raise Invalid(
            _("A completion of this course stands already. Correct it, or give a later day."),
            field="completed_on",
        )
    return _replace(
        before, actor=actor, person=person, course=course, completed_on=completed_on, at=at
    )


@transaction.atomic
def correct_completion(
    *, actor: access.Actor, completion: Completion, completed_on: dt.date, at: dt.datetime
) -> Completion:
    """
    Say another day for a completion. What stood before ends, and its confirmation with it.

    :raises NotAllowed: unless it is the person, or the administrator of their agency.
    :raises Invalid: if the day is still to come or long past, or is the same.
    :raises WrongStatus: if it was corrected or removed before.
    """
    access.require(actor, ENTER)
    _require_own(actor, completion.person)
    _check_day(completed_on, at=at)
    locked = _locked(completion)
    if locked.completed_on == completed_on:
        raise Invalid(_("Nothing is different from what is recorded."), field="completed_on")
    return _replace(
        locked,
        actor=actor,
        person=locked.person,
        course=locked.course,
        completed_on=completed_on,
        at=at,
    )


@transaction.atomic
def confirm_completion(
    *, actor: access.Actor, completion: Completion, at: dt.datetime
) -> Completion:
    """
    Confirm what a person says of themself, having seen the certificate.

    :raises NotAllowed: unless it is an administrator of their agency or a lead of their desk; of
        oneself never.
    :raises WrongStatus: if it is confirmed, or was corrected or removed.
    """
    access.require(actor, CONFIRM)
    if completion.person_id == actor.user.pk:
        raise NotAllowed(_("Somebody else of your agency confirms this."))
    if not (administers(actor, completion.person) or _leads(actor, completion.person)):
        raise NotAllowed(_("You confirm what people of your agency or desk completed."))
    locked = _locked(completion)
    if locked.confirmed_by_id is not None:
        raise WrongStatus(_("This is confirmed already."))
    Completion.objects.filter(pk=locked.pk).update(confirmed_at=at, confirmed_by=actor.user)
    record(
        Verb.COMPLETION_CONFIRMED,
        subject=locked.subject,
        at=at,
        data={"user": locked.person_id, "course": locked.course.code},
    )
    locked.confirmed_at, locked.confirmed_by = at, actor.user
    return locked


@transaction.atomic
def remove_completion(*, actor: access.Actor, completion: Completion, at: dt.datetime) -> None:
    """
    Take back that a person completed a course.

    :raises NotAllowed: unless it is the person, or the administrator of their agency.
    :raises WrongStatus: if it was corrected or removed before.
    """
    access.require(actor, ENTER)
    _require_own(actor, completion.person)
    locked = _locked(completion)
    Completion.objects.filter(pk=locked.pk).update(ended_at=at, ended_by=actor.user)
    record(
        Verb.COMPLETION_REMOVED,
        subject=locked.subject,
        at=at,
        data={"user": locked.person_id, "course": locked.course.code},
    )


def completions_of(actor: access.Actor, person: User) -> "QuerySet[Completion]":
    """Return what a person completed, as far as the actor may see it, by course."""
    rows = Completion.objects.visible_to(actor.user).filter(person=person)
    return rows.order_by("course__code")


def looked_after(actor: access.Actor) -> "QuerySet[User]":
    """Return whose completions the actor confirms: of their agency, or at a desk that they lead."""
    agencies = [m.desk.agency_id for m in actor.memberships if m.role == Role.AGENCY_ADMIN]
    desks = [m.desk_id for m in actor.memberships if m.role == Role.LEAD]
    seats = Membership.objects.current().working_records().filter(desk__in=desks)
    rows = Q(agency__in=agencies) | Q(pk__in=seats.values("user_id"))
    people = User.objects.filter(rows, is_active=True).select_related("agency")
    return people.order_by("last_name", "first_name", "pk")


def to_confirm(actor: access.Actor) -> int:
    """Return how many completions wait for the actor to confirm them."""
    if not actor.may(CONFIRM):
        return 0
    rows = Completion.objects.visible_to(actor.user).filter(confirmed_by=None)
    return rows.filter(person__in=looked_after(actor)).exclude(person=actor.user).count()


def administers(actor: access.Actor, person: User) -> bool:
    return any(
        m.role == Role.AGENCY_ADMIN and m.desk.agency_id == person.agency_id
        for m in actor.memberships
    )


def _leads(actor: access.Actor, person: User) -> bool:
    desks = [m.desk_id for m in actor.memberships if m.role == Role.LEAD]
    seats = Membership.objects.current().working_records()
    return seats.filter(user=person, desk__in=desks).exists()


def _require_own(actor: access.Actor, person: User) -> None:
    if person.pk != actor.user.pk and not administers(actor, person):
        raise NotAllowed(_NOT_YOURS)


def _check_day(day: dt.date, *, at: dt.datetime) -> None:
    if day > timezone.localdate(at):
        raise Invalid(_("Give a day that is not in the future."), field="completed_on")
    if day < OLDEST:
        raise Invalid(_("Give a day from 1980 on."), field="completed_on")


def _standing(person: User, course: Course) -> Completion | None:
    """Lock the person, so that two cannot say it at once, and what stands of the course."""
    User.objects.select_for_update(no_key=True, of=("self",)).get(pk=person.pk)
    rows = Completion.objects.select_for_update(of=("self",))
    return rows.filter(person=person, course=course, ended_at=None).first()


def _locked(completion: Completion) -> Completion:
    """:raises WrongStatus: if it was corrected or removed."""
    rows = Completion.objects.select_for_update(of=("self",)).select_related(
        "course", "person__agency"
    )
    locked = rows.filter(pk=completion.pk, ended_at=None).first()
    if locked is None:
        raise WrongStatus(_("This was corrected or removed meanwhile."))
    return locked


def _replace(
    before: Completion | None,
    *,
    actor: access.Actor,
    person: User,
    course: Course,
    completed_on: dt.date,
    at: dt.datetime,
) -> Completion:
    """End what stood, and let another stand: confirmed, if another than the person says it."""
    if before:
        Completion.objects.filter(pk=before.pk).update(ended_at=at, ended_by=actor.user)
    confirms = person.pk != actor.user.pk
    made = Completion(
        person=person,
        course=course,
        completed_on=completed_on,
        expires_on=expiry(course, completed_on),
        entered_at=at,
        entered_by=actor.user,
        confirmed_at=at if confirms else None,
        confirmed_by=actor.user if confirms else None,
    )
    references.insert(made)
    data = {"user": person.pk, "course": course.code, "completed_on": completed_on.isoformat()}
    record(
        Verb.COMPLETION_ENTERED, subject=made.subject, at=at, data={**data, "confirmed": confirms}
    )
    if before:
        record(
            Verb.COMPLETION_CORRECTED,
            subject=before.subject,
            at=at,
            data={**data, "before": before.completed_on.isoformat(), "into": made.reference},
        )
    return made
