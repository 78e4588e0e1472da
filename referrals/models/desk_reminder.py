"""What the Office asked a desk: to look at its inbox, in words that are always the same."""

import datetime as dt
from typing import Self

from django.db import models

from coordination import access
from coordination.fields import CodeField
from coordination.models import Desk, User

REST = dt.timedelta(hours=1)
"""A desk is not asked again sooner; the database's `reminder_rests` says the same."""


class DeskReminderQuerySet(models.QuerySet["DeskReminder"]):
    def visible_to(self, actor: access.Actor) -> Self:
        """Return what coordinators share."""
        return self.all() if actor.may("referrals.view_overdue") else self.none()


class DeskReminder(models.Model):
    """A coordinator asked it; the duty leads and who is on duty were told."""

    desk = models.ForeignKey(Desk, models.PROTECT, related_name="+")
    about = CodeField("reminder")
    waiting = models.PositiveSmallIntegerField(help_text="overdue there when it was asked")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = DeskReminderQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["desk", "-at"], name="reminder_of_desk")]

    def __str__(self) -> str:
        return f"{self.about}: {self.desk_id}"
