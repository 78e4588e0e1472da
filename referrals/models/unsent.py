"""New referrals that are being filled in."""

from typing import Self

from django.db import models
from django.db.models.functions import Now

from coordination import access
from coordination.models import Desk, User


class UnsentQuerySet(models.QuerySet["UnsentForm"]):
    def visible_to(self, actor: access.Actor) -> Self:
        """Return what this person has begun at their desks and not sent, while it is kept."""
        return self.filter(writer=actor.user, desk_id__in=actor.desk_ids, kept_until__gt=Now())


class UnsentForm(models.Model):
    """
    A new referral as far as it is filled in: its writer's alone, deleted when sent or after 7 days.

    Not a record yet, so no entry tells of it. `answers` holds, by field, codes that a form of
    `referrals.new_forms` has taken: nothing that was refused is kept.
    """

    reference = models.CharField(max_length=8, unique=True)
    writer = models.ForeignKey(User, models.CASCADE, related_name="+")
    desk = models.ForeignKey(Desk, models.PROTECT, related_name="+")
    answers = models.JSONField(default=dict)
    saved_at = models.DateTimeField()
    kept_until = models.DateTimeField()

    objects = UnsentQuerySet.as_manager()

    def __str__(self) -> str:
        return self.reference
