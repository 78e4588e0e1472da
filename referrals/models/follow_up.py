"""What the Office did about something that is overdue: a code, of what it cannot open."""

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import F, Q

from coordination import access
from coordination.fields import CodeField
from coordination.models import User

PROMISED = "promised"
"""The one way of a follow-up that has a time."""

LONGEST_PROMISE = dt.timedelta(days=7)


class FollowUpQuerySet(models.QuerySet["FollowUp"]):
    def visible_to(self, actor: access.Actor) -> Self:
        """Return what coordinators share; the desks concerned read the entry of each."""
        return self.all() if actor.may("referrals.view_overdue") else self.none()


class FollowUp(models.Model):
    """
    A coordinator phoned or wrote about it. It counts for as long as that version stands.

    The number is the reader's proof of having seen the ones before: two do not phone twice.
    """

    subject = models.CharField(max_length=60, help_text="a subject of the record")
    version = models.IntegerField(help_text="of the subject, when it was asked about")
    number = models.PositiveSmallIntegerField(help_text="among those of its subject")
    how = CodeField("follow_up")
    promised_by = models.DateTimeField(null=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["subject", "number"], name="follow_up_once_a_number"),
            models.CheckConstraint(
                condition=Q(how=PROMISED, promised_by__isnull=False)
                | ~Q(how=PROMISED) & Q(promised_by__isnull=True),
                name="follow_up_promised_by_a_time",
            ),
            models.CheckConstraint(
                condition=Q(promised_by__isnull=True)
                | Q(promised_by__gt=F("at"), promised_by__lte=F("at") + LONGEST_PROMISE),
                name="follow_up_promised_within_a_week",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.how}: {self.subject}"
