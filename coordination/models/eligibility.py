"""Whom a desk takes with one of its services, where that is narrower than the desk itself."""

from django.db import models
from django.db.models import Q

from coordination.fields import CodeField, CodesField
from coordination.models.network import Desk


class Eligibility(models.Model):
    """An empty list takes everybody; `condition` is told to the sender and not checked here."""

    desk = models.ForeignKey(Desk, models.PROTECT, related_name="eligibility")
    service = CodeField("service_need")
    age_bands = CodesField("age_band")
    genders = CodesField("gender_identity")
    condition = CodeField("eligibility_condition", blank=True, default="")

    class Meta:
        ordering = ["desk_id", "service"]
        constraints = [
            models.UniqueConstraint(fields=["desk", "service"], name="eligibility_once_a_service"),
            models.CheckConstraint(
                condition=~Q(age_bands=[], genders=[], condition=""),
                name="eligibility_says_something",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.desk_id}: {self.service}"
