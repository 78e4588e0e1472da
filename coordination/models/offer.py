"""What a desk can take now, how fast it usually answers, and what nobody offers."""

import datetime as dt
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from coordination.fields import CodeField, ScreenedField
from coordination.gate.texts import NOTE
from coordination.models.network import Desk

OPEN = "open"


class CapacityQuerySet(models.QuerySet["Capacity"]):
    def current(self) -> Self:
        """Return what desks said that still holds, by the database's clock."""
        return self.filter(Q(until=None) | Q(until__gt=Now()))


class Capacity(models.Model):
    """What a duty lead said last. Past `until` the desk is open again; beds and note expire too."""

    desk = models.OneToOneField(
        Desk, models.PROTECT, primary_key=True, related_name="capacity_said"
    )
    level = CodeField("capacity", default=OPEN)
    until = models.DateTimeField(null=True)
    beds = models.PositiveSmallIntegerField(null=True)
    beds_until = models.DateTimeField(null=True)
    note = ScreenedField(blank=True, default="")
    note_until = models.DateTimeField(null=True)

    objects = CapacityQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(level=OPEN, until=None) | (~Q(level=OPEN) & Q(until__isnull=False)),
                name="capacity_ends_unless_open",
            ),
            models.CheckConstraint(
                condition=Q(beds=None, beds_until=None)
                | Q(beds__lte=99, beds__isnull=False, beds_until__isnull=False),
                name="capacity_beds_expire",
            ),
            models.CheckConstraint(
                condition=Q(note="", note_until=None)
                | Q(note__length__gte=1, note__length__lte=NOTE, note_until__isnull=False),
                name="capacity_note_expires",
            ),
            models.CheckConstraint(
                condition=~Q(note__regex="[0-9]{7}"), name="capacity_note_has_no_number"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.desk_id}: {self.level}"

    def level_at(self, at: dt.datetime) -> str:
        return str(self.level) if self.until is None or self.until > at else OPEN

    def beds_at(self, at: dt.datetime) -> int | None:
        """Return the beds free tonight, or None where nobody said so lately."""
        return self.beds if self.beds_until and self.beds_until > at else None

    def note_at(self, at: dt.datetime) -> str:
        return str(self.note) if self.note_until and self.note_until > at else ""


class Pace(models.Model):
    """Minutes from sending to acceptance, of a desk's last acceptances: learnt from the record."""

    desk = models.OneToOneField(Desk, models.PROTECT, primary_key=True, related_name="pace")
    minutes = ArrayField(models.PositiveIntegerField(), default=list)

    def __str__(self) -> str:
        return f"{self.desk_id}: {len(self.minutes)}"


class ServiceGap(models.Model):
    """A desk looked for a service in a region, and nobody offers it. Once a desk and day."""

    desk = models.ForeignKey(Desk, models.PROTECT, related_name="+")
    service = CodeField("service_need")
    region = CodeField("region")
    day = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["desk", "service", "region", "day"], name="service_gap_once_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.service} in {self.region}"
