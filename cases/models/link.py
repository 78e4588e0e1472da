"""Two cases that turned out to be the same person: which was closed, which stays, since when."""

from typing import Self

from django.db import models
from django.db.models import F, Q

from cases.models.case import Case
from coordination import access
from coordination.models import Desk


class CaseLinkQuerySet(models.QuerySet["CaseLink"]):
    def visible_to(self, actor: access.Actor) -> Self:
        """Return links of cases that the actor's desks lead; nobody else learns of the other."""
        if not actor.may("cases.view_case"):
            return self.none()
        leads = Q(case__lead_desk_id__in=actor.desk_ids) | Q(kept__lead_desk_id__in=actor.desk_ids)
        return self.filter(leads, ended_at=None)


class CaseLink(models.Model):
    """
    One case was closed because it is the same person as another one, which stays.

    It ends when the closed one is opened again; what moved stays where it went.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="links", help_text="was closed")
    kept = models.ForeignKey(Case, models.PROTECT, related_name="joined")
    desk = models.ForeignKey(Desk, models.PROTECT, related_name="+")
    linked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    linked_in = models.BigIntegerField(
        null=True, help_text="the transaction that linked them: it alone moves referrals"
    )

    objects = CaseLinkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(case=F("kept")), name="case_link_of_two"),
            models.UniqueConstraint(
                fields=["case"], condition=Q(ended_at=None), name="case_linked_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} is {self.kept_id}"
