"""
Who may accept at a desk that asks for a course: a table, read by the action, buttons and API.

A course keeps nobody waiting: what is urgent or late goes through, and what nobody on duty could
accept otherwise. Then the reason is recorded and the duty lead is told. See docs/adr/0022.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.record import record
from audit.verbs import Verb
from coordination import access, duty
from coordination.errors import WrongStatus
from coordination.models import Completion, Course, Desk, User
from coordination.prepared import ask

PRESSING = frozenset({"immediate", "crisis"})
"""Urgencies in which a person does not wait for a certificate."""


class Why(StrEnum):
    """Why somebody accepts without the course. Labels: vocabulary `untrained_reason`."""

    PRESSING = "pressing"
    LATE = "late"
    NOBODY_CURRENT = "nobody_current"


@dataclass(frozen=True)
class Line:
    """A fact that lets a person accept, and the reason that is recorded if it is not a course."""

    fact: str
    why: Why | None = None


RULE: Sequence[Line] = (
    Line("holds"),
    Line("presses", Why.PRESSING),
    Line("is_late", Why.LATE),
    Line("nobody_could", Why.NOBODY_CURRENT),
)
"""The first fact that is so lets the person accept; if none is, a colleague on duty accepts."""


@dataclass(frozen=True)
class Asked:
    """What has to be accepted: how urgent it is and when its answer is due."""

    urgency: str
    due_at: dt.datetime


@dataclass(frozen=True)
class Verdict:
    """Whether a person may accept at a desk now, and what the desk asks for."""

    lets: bool
    why: Why | None = None
    courses: Sequence[Course] = ()
    expired: Mapping[str, dt.date] = field(default_factory=dict)
    """Code of a course that the person completed -> the day on which it expired."""

    colleagues: Sequence[User] = ()
    """Who is on duty and could accept instead."""

    @property
    def is_silent(self) -> bool:
        """Tell whether there is nothing to say: nothing is asked for, or the person has it."""
        return self.lets and self.why is None

    @property
    def message(self) -> str:
        """Say which course is missing or expired, and who can accept instead."""
        said = [str(_("To accept here, your desk asks for: %(courses)s.") % {"courses": self._or})]
        for course in self.courses:
            day = self.expired.get(course.code)
            if day:
                said.append(
                    str(
                        _("Yours expired: %(course)s, on %(day)s.")
                        % {"course": course.name, "day": day.isoformat()}
                    )
                )
        if self.colleagues:
            names = ", ".join(each.get_full_name() for each in self.colleagues)
            said.append(str(_("On duty and able to accept: %(names)s.") % {"names": names}))
        return " ".join(said)

    @property
    def _or(self) -> str:
        return str(_(" or ")).join(each.name for each in self.courses)


_KEPT = "training"

_ASKED = """
select courses from coordination_requirement
where desk_id = %(desk)s and ended_at is null and begins_on <= %(day)s
order by begins_on desc limit 1
"""
NOTHING_ASKED = Verdict(lets=True)


class Untrained(WrongStatus):
    """The desk asks for a course that the person does not have, and a colleague on duty does."""


@dataclass(frozen=True)
class Standing:
    """What a desk asks for now, and how a person and the colleagues on duty stand to it."""

    courses: Sequence[Course] = ()
    holds: bool = True
    expired: Mapping[str, dt.date] = field(default_factory=dict)
    colleagues: Sequence[User] = ()
    """Who is on duty at the desk and has one of the courses."""

    def judge(self, asked: Asked, *, at: dt.datetime) -> Verdict:
        """Return what the table says of something that would be accepted now."""
        facts = {
            "holds": self.holds,
            "presses": asked.urgency in PRESSING,
            "is_late": asked.due_at <= at,
            "nobody_could": not self.colleagues,
        }
        line = next((each for each in RULE if facts[each.fact]), None)
        return Verdict(
            lets=line is not None,
            why=line.why if line else None,
            courses=self.courses,
            expired=self.expired,
            colleagues=() if line else self.colleagues,
        )


def standing_of(desk: Desk, person: User, *, at: dt.datetime) -> Standing:
    today = timezone.localdate(at)
    asked = _asked_by(desk, on=today)
    if not asked:
        return Standing()
    trained = trained_at(desk)
    on_duty = duty.at_desks([desk], at=at)[desk.pk].people if trained else ()
    courses = list(Course.objects.filter(code__in=asked))
    return Standing(
        courses=courses,
        holds=person.pk in trained,
        expired=_expired(person, courses, on=today),
        # Who covers for the desk is told and cannot accept: only its own people count.
        colleagues=[each for each in on_duty if each.pk in trained and each != person],
    )


def judge(actor: access.Actor, asked: Asked, *, at: dt.datetime) -> Verdict:
    """Return what the table says of the acting person; looked up once for all lines of a list."""
    if actor.desk is None:
        return NOTHING_ASKED
    if _KEPT not in actor.kept:
        actor.kept[_KEPT] = standing_of(actor.desk, actor.user, at=at)
    standing: Standing = actor.kept[_KEPT]
    return standing.judge(asked, at=at)


def require(desk: Desk, person: User, asked: Asked, *, at: dt.datetime) -> Verdict:
    """
    Return what the table says, for the entry.

    :raises Untrained: if it does not let the person accept.
    """
    verdict = standing_of(desk, person, at=at).judge(asked, at=at)
    if not verdict.lets:
        raise Untrained(verdict.message)
    return verdict


def say(verdict: Verdict, verb: Verb, *, subject: str, at: dt.datetime) -> None:
    """Record that somebody accepted without the course, and why, if so: the duty lead is told."""
    if verdict.why is not None:
        data = {
            "side": "receiver",
            "reason": str(verdict.why),
            "courses": [each.code for each in verdict.courses],
        }
        record(verb, subject=subject, at=at, data=data)


def _asked_by(desk: Desk, *, on: dt.date) -> Sequence[str]:
    """Return the courses of `Requirement.objects.in_force`: most desks ask for none."""
    for (courses,) in ask(_ASKED, desk=desk.pk, day=on):
        return list(courses)
    return ()


def trained_at(desk: Desk) -> frozenset[int]:
    """Return the keys of a desk's people who have what it asks for today; for its own people."""
    with connection.cursor() as cursor:
        cursor.execute("select trained_at(%s)", [desk.pk])
        return frozenset(int(key) for (key,) in cursor.fetchall())


def _expired(person: User, courses: Sequence[Course], *, on: dt.date) -> dict[str, dt.date]:
    rows = Completion.objects.filter(
        person=person, course__in=courses, ended_at=None, expires_on__lte=on
    )
    return {code: day for code, day in rows.values_list("course__code", "expires_on") if day}
