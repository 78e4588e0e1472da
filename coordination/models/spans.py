"""What grants have been: from when on a desk could see something, why, and until when."""

from typing import TYPE_CHECKING, Self

from django.db import models

from coordination.fields import CodeField
from coordination.models.network import Desk

if TYPE_CHECKING:
    from coordination.access import Actor


class AccessSpanQuerySet(models.QuerySet["AccessSpan"]):
    def visible_to(self, actor: "Actor") -> Self:
        """Return spans for who works with records, or audits; the database says of which case."""
        if not (actor.may("cases.view_case") or actor.may("coordination.trace_access")):
            return self.none()
        return self.all()


class AccessSpan(models.Model):
    """
    A grant as it stood from a moment on: written by trigger with the grant, and never changed.

    It holds until its own end, or until the next span of the same desk, reason and source.
    """

    case_reference = models.CharField(max_length=8, help_text="whose history it belongs to")
    subject = models.CharField(max_length=60, help_text="what could be seen, as the record says it")
    desk = models.ForeignKey(Desk, models.PROTECT, related_name="+")
    reason = CodeField("access_reason")
    source = models.CharField(max_length=60, help_text="the subject that caused it")
    opens_page = models.BooleanField(help_text="False: the task facts only, through a referral")
    is_minimum = models.BooleanField(
        db_default=False, help_text="what a desk keeps that is responsible after the basis ended"
    )
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, help_text="the end as it was said then")

    objects = AccessSpanQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["case_reference", "subject"], name="access_span_of_case")]

    def __str__(self) -> str:
        return f"{self.desk_id}: {self.subject}"
