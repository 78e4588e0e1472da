"""Who is on duty at a desk: a weekly rota by the clock of the desk, and exceptions to it."""

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import F, Q

from coordination.fields import CodeField, CodesField
from coordination.models.network import Desk
from coordination.models.people import User

PERSON, COVER, NOBODY = "person", "cover", "nobody"

LONGEST_AHEAD = dt.timedelta(days=366)


class ShiftQuerySet(models.QuerySet["Shift"]):
    def standing(self, desk: Desk) -> Self:
        """Return what holds at a desk; what held before stays, with its end."""
        return self.filter(desk=desk, ended_at=None)


class DutyExceptionQuerySet(models.QuerySet["DutyException"]):
    def standing(self, desk: Desk) -> Self:
        """Return what holds at a desk; what held before stays, with its end."""
        return self.filter(desk=desk, ended_at=None)


class Shift(models.Model):
    """
    A person is on duty on these days, from one time to another: of the next day, if not later.

    It is never changed: it ends, and another begins.
    """

    desk = models.ForeignKey(Desk, models.PROTECT, related_name="shifts")
    days = CodesField("weekday", help_text="on which it begins")
    starts_at = models.TimeField()
    ends_at = models.TimeField()
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = ShiftQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(days=[]), name="shift_on_a_day"),
        ]
        indexes = [
            models.Index(fields=["desk"], condition=Q(ended_at=None), name="shift_of_desk"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} at {self.desk_id}"


class DutyException(models.Model):
    """For a while it is not as the week says: a person is on duty, the cover desk, or nobody."""

    desk = models.ForeignKey(Desk, models.PROTECT, related_name="duty_exceptions")
    since = models.DateTimeField()
    until = models.DateTimeField()
    who = CodeField("duty_exception")
    person = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = DutyExceptionQuerySet.as_manager()

    class Meta:
        ordering = ["since", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(who=PERSON, person__isnull=False)
                | (~Q(who=PERSON) & Q(person__isnull=True)),
                name="duty_exception_names_a_person_or_says_who",
            ),
            models.CheckConstraint(
                condition=Q(until__gt=F("since")), name="duty_exception_takes_time"
            ),
            models.CheckConstraint(
                condition=Q(until__lte=F("set_at") + LONGEST_AHEAD),
                name="duty_exception_ends_within_a_year",
            ),
        ]
        indexes = [
            models.Index(fields=["desk"], condition=Q(ended_at=None), name="exception_of_desk"),
        ]

    def __str__(self) -> str:
        return f"{self.who} at {self.desk_id}"
