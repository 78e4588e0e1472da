"""The services that a referral asks for, and what came of each."""

from django.db import models
from django.db.models import Q

from cases.models import Case
from coordination.fields import CodeField
from referrals.models.referral import Referral


class RequestedService(models.Model):
    """One service asked for. `is_live` follows the status: nobody is asked twice at once."""

    referral = models.ForeignKey(Referral, models.PROTECT, related_name="services")
    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    service = CodeField("service_need")
    target = models.CharField(max_length=40, help_text="Referral.target")
    outcome = CodeField("outcome", blank=True, default="")
    is_live = models.BooleanField(default=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "service", "target"],
                condition=Q(is_live=True),
                name="service_asked_once_of_a_target",
            ),
            models.UniqueConstraint(
                fields=["referral", "service"], name="service_once_in_a_referral"
            ),
        ]

    def __str__(self) -> str:
        return str(self.service)
