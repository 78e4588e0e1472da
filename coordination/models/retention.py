"""How long each class is kept, what a legal hold keeps longer, and what is left of a case."""

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from coordination.fields import CodeField, ScreenedField
from coordination.models.network import Agency, Desk
from coordination.models.people import User


class RetentionPeriod(models.Model):
    """A period that the privacy officer set; never changed: the latest that holds counts."""

    record_class = CodeField("retention_class")
    length = models.PositiveSmallIntegerField(help_text="in the unit of the class")
    set_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    holds_from = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.record_class}: {self.length}"


class LegalHoldQuerySet(models.QuerySet["LegalHold"]):
    def in_force(self) -> Self:
        """Return the holds that keep something now, by the database's clock."""
        return self.filter(Q(until=None) | Q(until__gt=Now()), lifted_at=None)


class LegalHold(models.Model):
    """
    What it names is not disposed of: one case, or all that a desk or an agency had a part in.

    A case is named by its reference, without a key: whoever sets a hold does not see the case.
    """

    reference = models.CharField(max_length=8, unique=True)
    case_reference = models.CharField(max_length=8, blank=True, default="")
    desk = models.ForeignKey(Desk, models.PROTECT, null=True, related_name="+")
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+")
    reason = CodeField("hold_reason")
    words = ScreenedField(blank=True, default="")
    set_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    until = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True)
    lift_reason = CodeField("hold_lift_reason", blank=True, default="")

    objects = LegalHoldQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(desk__isnull=True, agency__isnull=True) & ~Q(case_reference="")
                | Q(desk__isnull=False, agency__isnull=True, case_reference="")
                | Q(desk__isnull=True, agency__isnull=False, case_reference=""),
                name="hold_names_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True, lift_reason="")
                | Q(lifted_at__isnull=False, lifted_by__isnull=False) & ~Q(lift_reason=""),
                name="hold_lifted_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(case_reference__regex=r"^([0-9A-Z]{8})?$"),
                name="hold_names_a_reference",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def subject(self) -> str:
        return f"hold:{self.reference}"

    def is_in_force(self, *, at: dt.datetime) -> bool:
        return self.lifted_at is None and (self.until is None or self.until > at)


class Tombstone(models.Model):
    """All that is left of a case that was disposed of; its entries stay in the record, unsaid."""

    reference = models.CharField(max_length=8, unique=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    disposed_at = models.DateTimeField()
    certificate = models.BigIntegerField(help_text="the entry that certifies it")

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.reference
