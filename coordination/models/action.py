"""What a working group decided to do: by which desk, until when, and because of what."""

import datetime as dt
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from coordination.action_states import OPEN, ActionStatus
from coordination.fields import CodeField, ScreenedField
from coordination.models.group import WorkingGroup, readable
from coordination.models.network import Desk

if TYPE_CHECKING:
    from coordination.access import Actor

_PLACE = r"^([a-z_]+=[a-z0-9_-]+(,[a-z_]+=[a-z0-9_-]+)?)?$"

_GAP = ~Q(service="") & ~Q(region="")
_NO_GAP = Q(service="", region="")
_TABLE = ~Q(table="") & ~Q(period="")
_NO_TABLE = Q(table="", period="", place="")


class GroupActionQuerySet(models.QuerySet["GroupAction"]):
    def visible_to(self, actor: "Actor") -> Self:
        return self.filter(group__in=WorkingGroup.objects.filter(readable(actor)))

    def open(self) -> Self:
        return self.filter(status__in=OPEN)


class GroupAction(models.Model):
    """One thing to do. Its cause is a gap, a place in a table of a release, or a desk."""

    reference = models.CharField(max_length=8, unique=True)
    group = models.ForeignKey(WorkingGroup, models.PROTECT, related_name="actions")
    what = ScreenedField()
    owner = models.ForeignKey(Desk, models.PROTECT, related_name="+")
    due_on = models.DateField()
    due_set_at = models.DateTimeField(help_text="when this day was set")
    status = CodeField("action_status", default=ActionStatus.PLANNED)
    said = ScreenedField(blank=True, default="", help_text="the last word of who did something")
    drop_reason = CodeField("action_drop_reason", blank=True, default="")
    planned_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    version = models.PositiveSmallIntegerField(default=1)

    cause = CodeField("action_cause")
    service = CodeField("service_need", blank=True, default="")
    region = CodeField("region", blank=True, default="")
    table = models.CharField(max_length=40, blank=True, default="")
    period = models.CharField(max_length=7, blank=True, default="")
    place = models.CharField(
        max_length=120, blank=True, default="", help_text='of a table: "service=dental"'
    )
    about_desk = models.ForeignKey(Desk, models.PROTECT, null=True, related_name="+")

    objects = GroupActionQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        indexes = [
            models.Index(fields=["service", "region"], name="action_of_a_gap"),
            models.Index(
                fields=["due_on"], condition=Q(status__in=sorted(OPEN)), name="action_open"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(cause="gap", about_desk=None) & _GAP & _NO_TABLE
                | Q(cause="table", about_desk=None) & _TABLE & _NO_GAP
                | Q(cause="desk", about_desk__isnull=False) & _NO_GAP & _NO_TABLE,
                name="action_has_one_cause",
            ),
            models.CheckConstraint(
                condition=Q(table__regex=r"^[a-z_]*$")
                & Q(period__regex=r"^(20\d\d(-(Q[1-4]|\d\d))?)?$")
                & Q(place__regex=_PLACE),
                name="action_names_a_place_in_codes",
            ),
            models.CheckConstraint(
                condition=Q(status__in=sorted(OPEN), ended_at=None)
                | ~Q(status__in=sorted(OPEN)) & Q(ended_at__isnull=False),
                name="action_ended_at_iff_ended",
            ),
            models.CheckConstraint(
                condition=Q(status=ActionStatus.DROPPED) & ~Q(drop_reason="")
                | ~Q(status=ActionStatus.DROPPED) & Q(drop_reason=""),
                name="action_dropped_for_a_reason",
            ),
            models.CheckConstraint(condition=Q(what__length__gte=1), name="action_says_what"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def subject(self) -> str:
        return f"action:{self.reference}"

    @property
    def at_place(self) -> dict[str, str]:
        """Return the place in its table: dimension -> code."""
        pairs = (each.partition("=") for each in self.place.split(",") if each)
        return {name: code for name, _equals, code in pairs}

    def is_open(self) -> bool:
        return ActionStatus(self.status) in OPEN

    def is_overdue(self, today: dt.date) -> bool:
        return self.is_open() and self.due_on < today
