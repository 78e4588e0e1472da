"""Courses: those that ship with Relay, and what the Office's coordinator makes of the list."""

import calendar
import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db import models, transaction
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from audit.record import record
from audit.verbs import Verb
from coordination import access, vocabularies
from coordination.errors import Invalid, WrongStatus
from coordination.gate.texts import Screened, clear
from coordination.models import Course
from coordination.models.training import LONGEST_VALID
from coordination.network.directory import DATA

MANAGE = "coordination.manage_courses"
MOST = 100
_LONGEST = 80
_PUBLIC = dict.fromkeys(("place", "organization"), "program_name")
_MONTHS_A_YEAR = 12


@dataclass(frozen=True)
class CourseGiven:
    """A course as the Office says it; `months` None is for good, no sector is for everybody."""

    name_en: str
    name_fr: str
    provider: str = ""
    sectors: Sequence[str] = ()
    months: int | None = None
    address: str = ""


@transaction.atomic
def add_course(*, actor: access.Actor, given: CourseGiven, at: dt.datetime) -> Course:
    """
    Add a course; it can be completed and asked for from now on.

    :raises NotAllowed: unless the Office's coordinator adds it.
    :raises Identifying: if its names identify a person.
    :raises Invalid: if there is one of this name, or something in it cannot be.
    """
    access.require(actor, MANAGE)
    columns = _checked(given)
    code = slugify(given.name_en).replace("-", "_")[:40].strip("_")
    if not code or Course.objects.filter(code=code).exists():
        raise Invalid(_("There is a course of this name already."), field="name_en")
    if Course.objects.offered().count() >= MOST:
        raise Invalid(_("There are 100 courses. Retire one first."))
    course = Course.objects.create(code=code, added_at=at, **columns)
    record(Verb.COURSE_ADDED, subject=course.subject, at=at, data=_said(course))
    return course


@transaction.atomic
def change_course(
    *, actor: access.Actor, course: Course, given: CourseGiven, at: dt.datetime
) -> Course:
    """
    Say a course anew, whole. How long it is valid counts for what is entered from now on.

    :raises NotAllowed: unless the Office's coordinator changes it.
    :raises Identifying: if its names identify a person.
    :raises Invalid: if something in it cannot be, or nothing is different.
    :raises WrongStatus: if it was retired.
    """
    access.require(actor, MANAGE)
    columns = _checked(given)
    locked = _offered(course)
    before = _said(locked)
    for name, value in columns.items():
        setattr(locked, name, value)
    if _said(locked) == before:
        raise Invalid(_("Nothing is different from what is recorded."))
    locked.save(update_fields=list(columns))
    record(
        Verb.COURSE_CHANGED,
        subject=locked.subject,
        at=at,
        data={"before": before, "after": _said(locked)},
    )
    return locked


@transaction.atomic
def retire_course(*, actor: access.Actor, course: Course, at: dt.datetime) -> None:
    """
    Offer a course no more; whoever completed it keeps it until it expires.

    :raises NotAllowed: unless the Office's coordinator retires it.
    :raises WrongStatus: if it was retired before.
    """
    access.require(actor, MANAGE)
    locked = _offered(course)
    Course.objects.filter(pk=locked.pk).update(retired_at=at)
    record(Verb.COURSE_RETIRED, subject=locked.subject, at=at, data={})


def offered() -> "models.QuerySet[Course]":
    """Return the courses of the list."""
    return Course.objects.offered()


def find(code: str) -> Course | None:
    return Course.objects.offered().filter(code=code).first()


def for_sector(kind: str) -> list[Course]:
    """Return the courses that people of a kind of agency complete, by name."""
    found = [each for each in Course.objects.offered() if each.is_for(kind)]
    return sorted(found, key=lambda each: each.name)


def load_courses(*, at: dt.datetime) -> int:
    """Load the courses that ship with Relay and are not there yet; return how many that were."""
    known = set(Course.objects.values_list("code", flat=True))
    loaded = 0
    for facts in json.loads((DATA / "courses.json").read_text(encoding="utf-8")):
        if facts["code"] in known:
            continue
        named = vocabularies.entry("training_course", facts["code"])
        facts["provider"] = Screened(facts["provider"])
        course = Course(
            name_en=Screened(named.en), name_fr=Screened(named.fr), added_at=at, **facts
        )
        course.save(force_insert=True)
        record(Verb.COURSE_ADDED, subject=course.subject, at=at, data=_said(course))
        loaded += 1
    return loaded


def expiry(course: Course, completed_on: dt.date) -> dt.date | None:
    """Return the first day on which a course completed on a day does not count any more."""
    if course.months is None:
        return None
    months = completed_on.year * _MONTHS_A_YEAR + completed_on.month - 1 + course.months
    year, month = divmod(months, _MONTHS_A_YEAR)
    day = min(completed_on.day, calendar.monthrange(year, month + 1)[1])
    return dt.date(year, month + 1, day)


def _offered(course: Course) -> Course:
    """Lock a course. :raises WrongStatus: if it was retired."""
    locked = Course.objects.select_for_update().get(pk=course.pk)
    if locked.retired_at is not None:
        raise WrongStatus(_("This course was retired."))
    return locked


def _checked(given: CourseGiven) -> dict[str, Any]:
    columns = asdict(given)
    for name in ("name_en", "name_fr", "provider"):
        columns[name] = clear(columns[name], keep=_PUBLIC, field=name, longest=_LONGEST)
        if not columns[name] and name != "provider":
            raise Invalid(_("Fill this in."), field=name)
    for kind in given.sectors:
        vocabularies.entry("organisation_kind", kind)
    columns["sectors"] = list(given.sectors)
    if given.months is not None and not 1 <= given.months <= LONGEST_VALID:
        raise Invalid(_("A course is valid for 1 to 120 months, or for good."), field="months")
    columns["address"] = _address(given.address)
    return columns


def _address(text: str) -> str:
    """Return a public address, if it is a plain one: no question, no sign of a person."""
    if text and not Course.PLAIN_ADDRESS.fullmatch(text):
        raise Invalid(_("Give an address as https://example.org/course."), field="address")
    return text


def _said(course: Course) -> Mapping[str, Any]:
    return {
        "months": course.months,
        "sectors": list(course.sectors),
        "en": course.name_en,
        "fr": course.name_fr,
        "provider": course.provider,
        "address": course.address,
    }
