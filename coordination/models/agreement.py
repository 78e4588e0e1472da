"""What two agencies agreed on: how soon each answers the other, in place of the usual targets."""

from typing import Self

from django.db import models
from django.db.models import F, Q

from coordination.fields import CodeField
from coordination.models.network import Agency


class AgreementQuerySet(models.QuerySet["Agreement"]):
    def between(self, one: int, other: int) -> Self:
        """Return what holds between two agencies now, whichever of them sends."""
        first, second = sorted((one, other))
        return self.filter(first_id=first, second_id=second, ended_at=None)


class Agreement(models.Model):
    """Of two agencies and one urgency, at most one holds; what held before stays, with its end."""

    first = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    second = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    urgency = CodeField("urgency")
    target = CodeField("answer_target")
    agreed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        ordering = ["first__slug", "second__slug", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(first__lt=F("second")), name="agreement_of_two_agencies_in_order"
            ),
            models.UniqueConstraint(
                fields=["first", "second", "urgency"],
                condition=Q(ended_at=None),
                name="agreement_one_for_an_urgency",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.urgency}: {self.target}"
