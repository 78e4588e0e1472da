"""Working groups of the Office: agencies that meet about where the network fails, and decide."""

import datetime as dt
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Count, Q
from django.db.models.functions import Upper
from django.utils.translation import get_language

from coordination.action_states import OPEN
from coordination.fields import CodeField, ScreenedField
from coordination.models.network import Agency, Desk

if TYPE_CHECKING:
    from coordination.access import Actor

READ = "coordination.view_group"
READ_ALL = "coordination.view_every_group"
NAME = 80
"""Characters of a name."""


def readable(actor: "Actor") -> Q:
    """Return which groups a person reads: for the Office all, else those of their agencies."""
    if not actor.may(READ):
        return Q(pk__in=[])
    if actor.may(READ_ALL):
        return Q()
    own = Desk.objects.filter(pk__in=[seat.desk_id for seat in actor.memberships])
    agencies = own.values("agency_id")
    members = GroupAgency.objects.filter(left_at=None, agency__in=agencies)
    return Q(pk__in=members.values("group_id"))


class WorkingGroupQuerySet(models.QuerySet["WorkingGroup"]):
    def visible_to(self, actor: "Actor") -> Self:
        return self.filter(readable(actor))

    def open(self) -> Self:
        return self.filter(closed_at=None)

    def counted(self, *, today: dt.date) -> Self:
        """Add how many actions are open, and how many of them overdue."""
        is_open = Q(actions__status__in=OPEN)
        return self.annotate(
            to_do=Count("actions", filter=is_open),
            overdue=Count("actions", filter=is_open & Q(actions__due_on__lt=today)),
        )


class WorkingGroup(models.Model):
    """A group with its purpose. What it decided stays when it is closed."""

    reference = models.CharField(max_length=8, unique=True)
    name_en = ScreenedField()
    name_fr = ScreenedField()
    purpose = ScreenedField()
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    version = models.PositiveSmallIntegerField(default=1)

    objects = WorkingGroupQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(name_en__length__gte=1, name_en__length__lte=NAME)
                & Q(name_fr__length__gte=1, name_fr__length__lte=NAME),
                name="group_named_in_both_languages",
            ),
            models.CheckConstraint(condition=Q(purpose__length__gte=1), name="group_has_a_purpose"),
            *(
                models.UniqueConstraint(
                    Upper(name), condition=Q(closed_at=None), name=f"group_{name}_once"
                )
                for name in ("name_en", "name_fr")
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def name(self) -> str:
        french = (get_language() or "en").startswith("fr")
        return str(self.name_fr if french else self.name_en)

    @property
    def subject(self) -> str:
        return f"group:{self.reference}"


class GroupAgency(models.Model):
    """An agency in a group. Its people read the group from then on, until it leaves."""

    group = models.ForeignKey(WorkingGroup, models.PROTECT, related_name="members")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["agency__slug"]
        constraints = [
            models.UniqueConstraint(
                fields=["group", "agency"], condition=Q(left_at=None), name="group_agency_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.agency_id} in {self.group_id}"


class MeetingQuerySet(models.QuerySet["Meeting"]):
    def visible_to(self, actor: "Actor") -> Self:
        return self.filter(group__in=WorkingGroup.objects.filter(readable(actor)))


class Meeting(models.Model):
    """When a group meets and about what; afterwards who came, and what was decided."""

    reference = models.CharField(max_length=8, unique=True)
    group = models.ForeignKey(WorkingGroup, models.PROTECT, related_name="meetings")
    starts_at = models.DateTimeField()
    place = CodeField("meeting_place", help_text="how they meet; no address and no link")
    agenda = ScreenedField(blank=True, default="")
    decisions = ScreenedField(blank=True, default="")
    attending = models.ManyToManyField(Agency, related_name="+")
    written_at = models.DateTimeField(null=True, help_text="the decisions were written down")
    cancelled_at = models.DateTimeField(null=True)
    cancel_reason = CodeField("meeting_cancel_reason", blank=True, default="")
    version = models.PositiveSmallIntegerField(default=1)

    objects = MeetingQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(written_at__isnull=False) | Q(decisions=""),
                name="meeting_decided_once_written_up",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at=None, cancel_reason="")
                | ~Q(cancel_reason="") & Q(cancelled_at__isnull=False, written_at=None),
                name="meeting_cancelled_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def subject(self) -> str:
        return f"meeting:{self.reference}"
