"""Guard rails that a sender went past, and why: both sides read it."""

from django.db import models

from coordination.fields import CodeField
from referrals.models.referral import Referral


class Override(models.Model):
    """Written with the sending and never changed; a rail that leaves no choice has none."""

    referral = models.ForeignKey(Referral, models.PROTECT, related_name="overrides")
    rail = CodeField("guard_rail")
    reason = CodeField("override_reason")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["referral", "rail"], name="override_once_a_rail")
        ]

    def __str__(self) -> str:
        return f"{self.rail}: {self.reason}"
