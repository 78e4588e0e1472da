"""Training: courses as the Office lists them, who completed which, what a desk asks for."""

import datetime as dt
import re
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language

from coordination.fields import CodesField, ScreenedField
from coordination.models.network import Desk
from coordination.models.people import Membership, User
from coordination.roles import Role

LONGEST_VALID = 120
"""Months: ten years."""


class CourseQuerySet(models.QuerySet["Course"]):
    def offered(self) -> Self:
        """Return what can be completed or asked for from now on."""
        return self.filter(retired_at=None)


class Course(models.Model):
    """A course of a provider outside Relay. A retired one stays, for those who completed it."""

    code = models.SlugField(max_length=40, unique=True)
    name_en = ScreenedField()
    name_fr = ScreenedField()
    provider = ScreenedField(blank=True, default="")
    sectors = CodesField("organisation_kind", help_text="whom it is for; none: everybody")
    months = models.PositiveSmallIntegerField(null=True, help_text="it is valid; none: for good")
    address = models.URLField(max_length=200, blank=True, default="")
    added_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    objects = CourseQuerySet.as_manager()

    PLAIN_ADDRESS = re.compile(r"https://[a-z0-9.-]+(/[\w./~-]*)?", re.ASCII)
    """What follows a question mark may name whoever clicks."""

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^[a-z0-9_]+$"), name="course_code_is_a_code"
            ),
            models.CheckConstraint(
                condition=Q(address="") | Q(address__regex=r"^https://[a-z0-9.-]+(/[\w./~-]*)?$"),
                name="course_address_is_plain",
            ),
            models.CheckConstraint(
                condition=Q(months=None) | Q(months__range=(1, LONGEST_VALID)),
                name="course_valid_some_months",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def name(self) -> str:
        french = (get_language() or "en").startswith("fr")
        return str(self.name_fr if french else self.name_en)

    @property
    def subject(self) -> str:
        return f"course:{self.code}"

    def is_for(self, kind: str) -> bool:
        return not self.sectors or kind in self.sectors


class CompletionQuerySet(models.QuerySet["Completion"]):
    def visible_to(self, user: User) -> Self:
        """Return one's own; an administrator their agency's, a lead those of who works there."""
        held = Membership.objects.current().filter(user=user)
        agencies = held.filter(role=Role.AGENCY_ADMIN).values("desk__agency")
        desks = held.filter(role=Role.LEAD).values("desk")
        led = Membership.objects.current().working_records().filter(desk__in=desks)
        rows = Q(person=user) | Q(person__agency__in=agencies) | Q(person__in=led.values("user"))
        return self.filter(rows, ended_at=None).select_related("course", "person__agency")

    def current(self, *, on: dt.date) -> Self:
        """Return those that stand and have not expired on a day."""
        return self.filter(Q(expires_on=None) | Q(expires_on__gt=on), ended_at=None)


class Completion(models.Model):
    """
    A person completed a course on a day. It is never changed: it ends, and another begins.

    Without `confirmed_by` it is what the person says, and shown as "not confirmed".
    """

    reference = models.CharField(max_length=8, unique=True)
    person = models.ForeignKey(User, models.PROTECT, related_name="completions")
    course = models.ForeignKey(Course, models.PROTECT, related_name="completions")
    completed_on = models.DateField()
    expires_on = models.DateField(null=True, help_text="the first day without it; none: for good")
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = CompletionQuerySet.as_manager()

    class Meta:
        ordering = ["person_id", "course__code"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "course"],
                condition=Q(ended_at=None),
                name="completion_one_of_a_course",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at=None, confirmed_by=None)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
                name="completion_confirmed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("person")),
                name="completion_confirmed_by_another",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="completion_ended_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(expires_on=None) | Q(expires_on__gt=F("completed_on")),
                name="completion_valid_for_a_while",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def subject(self) -> str:
        return f"completion:{self.reference}"

    def is_current(self, *, on: dt.date) -> bool:
        return self.ended_at is None and (self.expires_on is None or self.expires_on > on)


class RequirementQuerySet(models.QuerySet["Requirement"]):
    def standing(self) -> Self:
        """Return what is not ended, without `unmet_since`: the web process reads no such column."""
        return self.filter(ended_at=None).defer("unmet_since")

    def in_force(self, *, on: dt.date) -> Self:
        """Return what each desk asks for on a day: of several, the last that had begun by then."""
        begun = self.standing().filter(begins_on__lte=on)
        latest = begun.order_by("desk_id", "-begins_on").distinct("desk_id").values("pk")
        return self.filter(pk__in=latest).exclude(courses=[]).defer("unmet_since")


class Requirement(models.Model):
    """From a day on, to accept here one needs one of these courses; without any: nothing."""

    desk = models.ForeignKey(Desk, models.PROTECT, related_name="requirements")
    courses = ArrayField(models.SlugField(max_length=40), blank=True, help_text="one is enough")
    begins_on = models.DateField()
    set_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="another was set for the same day")
    unmet_since = models.DateTimeField(null=True, help_text="nobody on duty has one of them")

    objects = RequirementQuerySet.as_manager()

    class Meta:
        ordering = ["desk_id", "begins_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["desk", "begins_on"],
                condition=Q(ended_at=None),
                name="requirement_one_for_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.desk_id} from {self.begins_on}"
