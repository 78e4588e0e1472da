"""Tables that concern governance bodies, sealed as computed, and what each steward decides."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from coordination.fields import CodeField, CodesField
from coordination.models.people import User
from coordination.models.release import Release

if TYPE_CHECKING:
    from coordination.access import Actor

_VIEW, _DECIDE = "coordination.view_statistics", "coordination.decide_table"


class SealedTableQuerySet(models.QuerySet["SealedTable"]):
    def visible_to(self, actor: "Actor") -> Self:
        """
        Return the tables that concern the actor's body, and to readers those that all released.

        What stands of a corrected period is its last version: readers lose sight of earlier ones.
        """
        found = Q()
        if actor.may(_DECIDE):
            found |= Q(bodies__overlap=sorted(bodies_of(actor)))
        if actor.may(_VIEW):
            held = Stewardship.objects.filter(table=OuterRef("pk")).exclude(status="released")
            later = Release.objects.filter(
                period=OuterRef("period"), version__gt=OuterRef("version")
            )
            found |= ~Q(Exists(held)) & ~Q(Exists(later))
        return self.filter(found) if found else self.none()


class SealedTable(models.Model):
    """
    One table of one release, as its audiences would be shown it. Never changed or deleted.

    It says its period itself: who is a steward does not read releases.
    """

    release = models.ForeignKey(Release, models.PROTECT, related_name="sealed")
    period = models.CharField(max_length=7)
    version = models.PositiveSmallIntegerField()
    thresholds = models.JSONField(default=dict, help_text="it was made with; empty: the floors")
    name = CodeField("stewarded_table")
    bodies = CodesField("governance_body")
    content = models.JSONField(help_text="as a table of a release")
    sealed_at = models.DateTimeField()

    objects = SealedTableQuerySet.as_manager()

    class Meta:
        ordering = ["-period", "name"]
        constraints = [
            models.UniqueConstraint(fields=["release", "name"], name="sealed_table_once")
        ]

    def __str__(self) -> str:
        return f"{self.period} {self.name}"


class Stewardship(models.Model):
    """What the steward of one body says of one table. The life cycle is in `stewardship`."""

    table = models.ForeignKey(SealedTable, models.PROTECT, related_name="decisions")
    body = CodeField("governance_body")
    key = models.CharField(max_length=50, help_text="period, table and body, as the record says it")
    status = CodeField("stewardship_status", default="sealed")
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["body"]
        constraints = [
            models.UniqueConstraint(fields=["table", "body"], name="stewardship_once_a_body"),
            models.CheckConstraint(
                condition=Q(status="sealed", decided_by=None, decided_at=None)
                | ~Q(status="sealed") & Q(decided_by__isnull=False, decided_at__isnull=False),
                name="stewardship_decided_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def subject(self) -> str:
        return f"stewardship:{self.key}"


def bodies_of(actor: "Actor") -> set[str]:
    """Return the governance bodies at whose desks the actor sits as a steward."""
    seats = [each for each in actor.memberships if each.role == "data_steward"]
    return {each.desk.governance_body for each in seats} - {""}
