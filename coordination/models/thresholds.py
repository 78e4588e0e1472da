"""What a release hides at least, as one person of the Office proposes and another confirms it."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F, Q

from coordination.fields import CodeField
from coordination.models.people import User

if TYPE_CHECKING:
    from coordination.access import Actor

_READ = "coordination.set_aside_thresholds"


class ThresholdProposalQuerySet(models.QuerySet["ThresholdProposal"]):
    def visible_to(self, actor: "Actor") -> Self:
        """Return all of them to whoever proposes or confirms, and none to others."""
        return self if actor.may(_READ) else self.none()

    def waiting(self) -> Self:
        return self.filter(decision="")

    def confirmed(self) -> Self:
        """Return those that were confirmed, the one in force first."""
        return self.filter(decision="confirmed").order_by("-decided_at", "-number")


class ThresholdProposal(models.Model):
    """All thresholds at once, so that the audiences stay nested; never changed once decided."""

    number = models.PositiveSmallIntegerField(unique=True)
    network = models.PositiveSmallIntegerField(help_text="what counts fewer is hidden in Relay")
    exported = models.PositiveSmallIntegerField(help_text="the same, of whatever leaves Relay")
    base = models.PositiveSmallIntegerField(help_text="the multiple that is shown; odd")
    dominance = models.PositiveSmallIntegerField(help_text="largest part of one agency, per cent")
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decision = CodeField("threshold_decision", blank=True, default="")
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    objects = ThresholdProposalQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["decision"], condition=Q(decision=""), name="thresholds_one_proposal"
            ),
            models.CheckConstraint(
                condition=Q(network__range=(11, 100), exported__range=(20, 200))
                & Q(exported__gte=F("network"))
                & Q(base__in=[5, 7, 9, 11], dominance__range=(50, 85)),
                name="thresholds_above_the_floors",
            ),
            models.CheckConstraint(
                condition=Q(decision="", decided_by=None, decided_at=None)
                | ~Q(decision="") & Q(decided_by__isnull=False, decided_at__isnull=False),
                name="thresholds_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(decision="confirmed", decided_by=F("proposed_by")),
                name="thresholds_confirmed_by_another",
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def subject(self) -> str:
        return f"thresholds:{self.number}"
