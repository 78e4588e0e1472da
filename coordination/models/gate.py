"""Patterns that the Office added to those that ship with the identifier gate."""

from django.db import models

from coordination.fields import ScreenedField
from coordination.gate.finding import Answer


class IdentifierPattern(models.Model):
    """A shape that identifies, as regular expression of RE2, with its name in both languages."""

    code = models.SlugField(max_length=40, unique=True)
    regex = ScreenedField()
    answer = models.CharField(max_length=10)
    label_en = ScreenedField()
    label_fr = ScreenedField()
    added_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(answer__in=[str(each) for each in Answer]),
                name="identifier_pattern_answer_known",
            )
        ]

    def __str__(self) -> str:
        return self.code
