"""Exports of cases: who took which, when and what for. The file itself is not kept."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Length

from coordination import access
from coordination.fields import CodeField, ScreenedField
from coordination.gate.texts import NOTE
from coordination.models import Desk, User

models.TextField.register_lookup(Length)


class ExportQuerySet(models.QuerySet["Export"]):
    def visible_to(self, actor: access.Actor) -> Self:
        """Return the exports of the actor's desks: colleagues see what each other took."""
        if not actor.may("cases.export_case"):
            return self.none()
        return self.filter(desk_id__in=actor.desk_ids)


class Export(models.Model):
    reference = models.CharField(max_length=8, unique=True)
    desk = models.ForeignKey(Desk, models.PROTECT, related_name="+")
    taker = models.ForeignKey(User, models.PROTECT, related_name="+")
    purpose = CodeField("export_purpose")
    words = ScreenedField(blank=True, default="")
    format = CodeField("import_format")
    rows = models.PositiveIntegerField()
    taken_at = models.DateTimeField()

    objects = ExportQuerySet.as_manager()

    class Meta:
        ordering = ["-taken_at"]
        constraints = [
            models.CheckConstraint(condition=Q(words__length__lte=NOTE), name="export_words_short"),
            models.CheckConstraint(
                condition=~Q(words__regex="[0-9]{7}"), name="export_words_have_no_number"
            ),
        ]
        indexes = [models.Index(fields=["taker", "taken_at"], name="export_of_taker")]

    def __str__(self) -> str:
        return self.reference

    @property
    def subject(self) -> str:
        return f"export:{self.reference}"
