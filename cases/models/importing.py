"""An import of cases: what was checked, the rows that wait, the keys of those that came."""

from typing import Self

from django.db import models
from django.db.models import Q

from audit.retries import Tried
from cases.import_states import ImportStatus
from cases.models.case import Case
from coordination import access
from coordination.fields import CodeField
from coordination.models import Desk, User


class ImportQuerySet(models.QuerySet["Import"]):
    def visible_to(self, actor: access.Actor) -> Self:
        """Return the imports of the actor's desks."""
        if not actor.may("cases.import_case"):
            return self.none()
        return self.filter(desk_id__in=actor.desk_ids)


class Import(models.Model):
    """
    One file, as its desk checked it: how many rows, and how far it is. The file itself is not kept.

    Of a refused row there is only that there was one.
    """

    reference = models.CharField(max_length=8, unique=True)
    desk = models.ForeignKey(Desk, models.PROTECT, related_name="+")
    asker = models.ForeignKey(User, models.PROTECT, related_name="+")
    status = CodeField("import_status", default=ImportStatus.CHECKED)
    version = models.IntegerField(default=1)
    format = CodeField("import_format")
    rows_read = models.PositiveIntegerField()
    rows_refused = models.PositiveIntegerField()
    rows_known = models.PositiveIntegerField(help_text="imported before")
    rows_failed = models.PositiveIntegerField(default=0, help_text="refused while it ran")
    checked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    stop_reason = CodeField("import_stop_reason", blank=True, default="")

    objects = ImportQuerySet.as_manager()

    class Meta:
        ordering = ["-checked_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=[str(status) for status in ImportStatus]),
                name="import_status_known",
            ),
            models.CheckConstraint(
                condition=Q(rows_read__gte=models.F("rows_refused") + models.F("rows_known")),
                name="import_counts_its_rows",
            ),
            models.CheckConstraint(
                condition=Q(status=ImportStatus.STOPPED) & ~Q(stop_reason="")
                | ~Q(status=ImportStatus.STOPPED) & Q(stop_reason=""),
                name="import_stopped_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def subject(self) -> str:
        return f"import:{self.reference}"

    @property
    def rows_taken(self) -> int:
        """How many rows become cases."""
        return self.rows_read - self.rows_refused - self.rows_known


class ImportRow(Tried):
    """A row that waits for its case: codes only. Deleted with the case's making, or the stop."""

    of = models.ForeignKey(Import, models.PROTECT, related_name="rows")
    number = models.PositiveIntegerField(help_text="as a spreadsheet counts")
    key = models.BinaryField(max_length=32, help_text="a keyed digest")
    fingerprint = models.BinaryField(max_length=32, help_text="a keyed digest of the facts")
    facts = models.JSONField(help_text="codes by fact; the table refuses anything else")
    opened_at = models.DateTimeField(null=True)
    failed = CodeField("import_reason", blank=True, default="")

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["of", "number"], name="import_row_once")]

    def __str__(self) -> str:
        return f"row {self.number} of {self.of_id}"


class ImportedQuerySet(models.QuerySet["Imported"]):
    def visible_to(self, actor: access.Actor) -> Self:
        """Return the keys of the actor's desks."""
        if not actor.may("cases.import_case"):
            return self.none()
        return self.filter(desk_id__in=actor.desk_ids)


class Imported(models.Model):
    """
    A row key of a desk that came before, so that it makes one case, however often it comes.

    The key itself is not kept: only its digest, under a secret of the installation.
    """

    desk = models.ForeignKey(Desk, models.PROTECT, related_name="+")
    key = models.BinaryField(max_length=32)
    fingerprint = models.BinaryField(max_length=32)
    by = models.ForeignKey(Import, models.PROTECT, related_name="made")
    # A key outlives its case: a file that is sent again brings no disposed case back.
    case = models.OneToOneField(Case, models.SET_NULL, null=True, related_name="+")

    objects = ImportedQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["desk", "key"], name="imported_once")]

    def __str__(self) -> str:
        return f"key {self.pk} of {self.desk_id}"
