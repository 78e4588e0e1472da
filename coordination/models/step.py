"""Steps that have a moment: what has to happen when nobody has acted by then."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from audit.retries import Tried
from coordination.fields import CodeField


class Step(Tried):
    """
    One step of one subject, done once. Kept by the system alone; people see its entry.

    The moment is part of what it is: another moment is another step, and the one that nobody waits
    for any more is void when it comes due.
    """

    subject = models.CharField(max_length=60, help_text="a subject of the record")
    kind = CodeField("step")
    due_at = models.DateTimeField()
    planned_at = models.DateTimeField(db_default=Now(), help_text="it could not be taken before")
    done_at = models.DateTimeField(null=True)
    is_void = models.BooleanField(default=False, help_text="it came due and was not needed")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "kind", "due_at"], name="step_once_for_its_moment"
            ),
            models.CheckConstraint(
                condition=Q(done_at__isnull=False) | Q(is_void=False), name="step_void_once_done"
            ),
        ]
        indexes = [
            models.Index(
                fields=["attempts", "due_at"],
                condition=Q(done_at=None, parked_at=None),
                name="step_next",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.subject}"
