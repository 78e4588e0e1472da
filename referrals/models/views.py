"""Worklists that a person comes back to."""

from typing import Self

from django.db import models
from django.db.models import Q

from coordination import access
from coordination.models import Desk, User


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, actor: access.Actor) -> Self:
        """Return one's own views, and those that a colleague shares with the desk."""
        shared = Q(is_shared=True, desk_id__in=actor.desk_ids)
        return self.filter(Q(owner=actor.user) | shared)


class SavedView(models.Model):
    """
    A box with its filters, as an address says them. Its title is drawn from them: nothing is typed.

    A preference, not a record: no entry tells of it.
    """

    owner = models.ForeignKey(User, models.CASCADE, related_name="+")
    desk = models.ForeignKey(Desk, models.PROTECT, related_name="+")
    is_shared = models.BooleanField(default=False)
    is_default = models.BooleanField(default=False)
    box = models.CharField(max_length=20)
    query = models.CharField(max_length=500)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "box", "query"], name="saved_view_once"),
            models.UniqueConstraint(
                fields=["owner"], condition=Q(is_default=True), name="saved_view_one_default"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.box}?{self.query}"
