"""Releases as they were published, and what the next ones need to know of how they were made."""

from typing import TYPE_CHECKING, Self

from django.db import models

from coordination.fields import CodeField

if TYPE_CHECKING:
    from coordination.access import Actor

_VIEW = "coordination.view_statistics"


class ReleaseQuerySet(models.QuerySet["Release"]):
    def visible_to(self, actor: "Actor") -> Self:
        """Return all of them to whoever reads the statistics, and none to others."""
        return self if actor.may(_VIEW) else self.none()

    def standing(self) -> Self:
        """Return the releases that hold: of each period the last correction."""
        return self.order_by("period", "-version").distinct("period")


class Release(models.Model):
    """The tables of one period. Never changed or deleted: a correction is another version."""

    period = models.CharField(max_length=7, help_text='"2026-09", "2026-Q3" or "2026"')
    version = models.PositiveSmallIntegerField(default=1)
    published_at = models.DateTimeField()
    reason = CodeField("correction_reason", blank=True, default="")
    thresholds = models.JSONField(default=dict, help_text="it was made with; empty: the floors")
    tables = models.JSONField(help_text="what readers are shown, of every table and audience")
    digest = models.CharField(max_length=64, help_text="SHA-256 of what is shown, in hexadecimal")
    signature = models.CharField(max_length=128, blank=True, default="", help_text="Ed25519")
    # Of its own: from a digest of everything, what leaves would tell by trial what it hides.
    exported_digest = models.CharField(max_length=64, blank=True, default="")
    exported_signature = models.CharField(max_length=128, blank=True, default="")
    public_key = models.CharField(max_length=64, blank=True, default="", help_text="to check them")

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        ordering = ["-published_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["period", "version"], name="release_once"),
            models.CheckConstraint(
                condition=models.Q(version=1, reason="")
                | models.Q(version__gt=1) & ~models.Q(reason=""),
                name="release_corrected_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period} ({self.version})"

    @property
    def subject(self) -> str:
        return f"release:{self.period}"


class ReleaseWorking(models.Model):
    """How a release was made: counts, what is hidden, and the proof. Only the worker reads."""

    release = models.OneToOneField(
        Release, models.PROTECT, primary_key=True, related_name="working"
    )
    content = models.JSONField()

    def __str__(self) -> str:
        return f"working of {self.release_id}"


class ReleaseRefusedQuerySet(models.QuerySet["ReleaseRefused"]):
    def visible_to(self, actor: "Actor") -> Self:
        return self if actor.may(_VIEW) else self.none()


class ReleaseRefused(models.Model):
    """A period whose release failed its check: not tried again until somebody has looked."""

    period = models.CharField(max_length=7, primary_key=True)
    refused_at = models.DateTimeField()

    objects = ReleaseRefusedQuerySet.as_manager()

    def __str__(self) -> str:
        return self.period
