"""The rota of a desk: read by its people, set as a whole by its duty lead."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeVar

from django.db import models, transaction
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from audit.record import record
from audit.verbs import Verb
from coordination import access, vocabularies
from coordination.errors import Invalid, Stale
from coordination.models import Desk, DutyException, Shift, User
from coordination.models.rota import COVER, LONGEST_AHEAD, PERSON

SET, VIEW = "coordination.set_rota", "coordination.view_rota"
NOT_HERE = _("Choose somebody who works at this desk.")
MOST_LINES = 100


@dataclass(frozen=True)
class ShiftGiven:
    """On `days` a person is on duty; `ends_at` is of the next day, if it is not later."""

    days: tuple[str, ...]
    starts_at: dt.time
    ends_at: dt.time
    person: User


@dataclass(frozen=True)
class ExceptionGiven:
    since: dt.datetime
    until: dt.datetime
    who: str
    person: User | None = None


@dataclass(frozen=True)
class Rota:
    """What holds now; who has left the desk and what is over is not in it."""

    shifts: tuple[ShiftGiven, ...]
    exceptions: tuple[ExceptionGiven, ...]
    version: int


def rota_of(desk: Desk, *, at: dt.datetime) -> Rota:
    """Return the rota of a desk, as its own people may read it."""
    people = access.people_at(desk)
    shifts = Shift.objects.standing(desk).filter(person__in=people).select_related("person")
    to_come = DutyException.objects.standing(desk).filter(until__gt=at)
    here = to_come.filter(Q(person=None) | Q(person__in=people)).select_related("person")
    return Rota(
        tuple(_shift(each) for each in shifts),
        tuple(_exception(each) for each in here),
        _version(desk),
    )


@transaction.atomic
def set_rota(
    *,
    actor: access.Actor,
    shifts: Sequence[ShiftGiven],
    exceptions: Sequence[ExceptionGiven],
    at: dt.datetime,
    version: int | None = None,
) -> Rota:
    """
    Let this be the rota of the acting desk from now on; what is not in it any more ends.

    `version` is the one that the actor read; None means that they did not say.

    :raises NotAllowed: unless the duty lead sets it.
    :raises Stale: if somebody set it since it was read.
    :raises Invalid: if a line cannot be, or contradicts another.
    """
    desk = access.require(actor, SET)
    locked = Desk.objects.select_for_update(no_key=True, of=("self",)).get(pk=desk.pk)
    if version is not None and version != _version(locked):
        raise Stale(_("Somebody changed the rota while you were reading. Read it again."))
    _check_shifts(locked, shifts)
    _check_exceptions(locked, exceptions, at=at)
    standing = list(Shift.objects.standing(locked).select_related("person"))
    to_come = DutyException.objects.standing(locked).filter(until__gt=at).select_related("person")
    was = {_shift(each): each.pk for each in standing}
    planned = {_exception(each): each.pk for each in to_come}
    if set(was) == set(shifts) and set(planned) == set(exceptions):
        return rota_of(locked, at=at)
    _end(Shift.objects, was, keep=shifts, at=at)
    _end(DutyException.objects, planned, keep=exceptions, at=at)
    Shift.objects.bulk_create(
        [
            Shift(
                desk=locked,
                days=list(each.days),
                starts_at=each.starts_at,
                ends_at=each.ends_at,
                person=each.person,
                set_at=at,
            )
            for each in dict.fromkeys(shifts)
            if each not in was
        ]
    )
    DutyException.objects.bulk_create(
        [
            DutyException(
                desk=locked,
                since=each.since,
                until=each.until,
                who=each.who,
                person=each.person,
                set_at=at,
            )
            for each in dict.fromkeys(exceptions)
            if each not in planned
        ]
    )
    record(
        Verb.ROTA_SET,
        subject=f"desk:{locked.slug}",
        at=at,
        data={
            "before": {"shifts": len(was), "exceptions": len(planned)},
            "after": {"shifts": len(set(shifts)), "exceptions": len(set(exceptions))},
        },
    )
    return rota_of(locked, at=at)


def _check_shifts(desk: Desk, shifts: Sequence[ShiftGiven]) -> None:
    if len(shifts) > MOST_LINES:
        raise Invalid(_("A rota has at most 100 shifts."), field="shifts")
    people = set(access.people_at(desk))
    for place, each in enumerate(shifts):
        if not each.days:
            raise Invalid(_("Choose at least one day."), field=f"shifts.{place}.days")
        for day in each.days:
            vocabularies.entry("weekday", day)
        if each.person not in people:
            raise Invalid(NOT_HERE, field=f"shifts.{place}.person")


def _check_exceptions(desk: Desk, exceptions: Sequence[ExceptionGiven], *, at: dt.datetime) -> None:
    if len(exceptions) > MOST_LINES:
        raise Invalid(_("A rota has at most 100 exceptions."), field="exceptions")
    people = set(access.people_at(desk))
    for place, each in enumerate(exceptions):
        _check_exception(desk, each, people, at=at, path=f"exceptions.{place}")
    for (_first, one), (place, other) in combinations(enumerate(exceptions), 2):
        both_people = one.who == other.who == PERSON
        if one != other and one.since < other.until and other.since < one.until and not both_people:
            raise Invalid(
                _("Two exceptions say different things of one time."),
                field=f"exceptions.{place}.since",
            )


def _check_exception(
    desk: Desk, given: ExceptionGiven, people: set[User], *, at: dt.datetime, path: str
) -> None:
    vocabularies.entry("duty_exception", given.who)
    if given.until <= given.since:
        raise Invalid(_("The end comes after the beginning."), field=f"{path}.until")
    if given.until <= at:
        raise Invalid(_("Its end has passed. Choose one that is to come."), field=f"{path}.until")
    if given.until > at + LONGEST_AHEAD:
        raise Invalid(_("It ends within the next year."), field=f"{path}.until")
    if (given.person is not None) != (given.who == PERSON):
        raise Invalid(_("Name a person, or choose another answer."), field=f"{path}.person")
    if given.person is not None and given.person not in people:
        raise Invalid(NOT_HERE, field=f"{path}.person")
    if given.who == COVER and desk.cover_desk_id is None:
        raise Invalid(
            _("Your desk has no cover desk. Your agency’s administrator can name one."),
            field=f"{path}.who",
        )


_Given = TypeVar("_Given")


def _end(
    rows: "models.Manager[models.Model]",
    was: dict[_Given, int],
    *,
    keep: Sequence[_Given],
    at: dt.datetime,
) -> None:
    gone = [key for given, key in was.items() if given not in keep]
    rows.filter(pk__in=gone).update(ended_at=at)


def _shift(row: Shift) -> ShiftGiven:
    return ShiftGiven(tuple(row.days), row.starts_at, row.ends_at, row.person)


def _exception(row: DutyException) -> ExceptionGiven:
    return ExceptionGiven(row.since, row.until, row.who, row.person)


def _version(desk: Desk) -> int:
    """Return a number that each change raises: lines are only ever added, or ended."""
    counts = [
        rows.filter(desk=desk).aggregate(all=Count("pk"), ended=Count("ended_at"))
        for rows in (Shift.objects, DutyException.objects)
    ]
    return 1 + sum(int(each["all"] + each["ended"]) for each in counts)
