"""Whether the concern about a child was reported to a children's aid society, and who said so."""

from django.db import models

from cases.models.case import Case
from coordination.fields import CodeField
from coordination.models import Desk, User


class ChildReport(models.Model):
    """What the lead desk said last. Of the lead desk only, and no report itself."""

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="child_report")
    answer = CodeField("child_report")
    desk = models.ForeignKey(Desk, models.PROTECT, related_name="+")
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    said_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.case_id}: {self.answer}"
