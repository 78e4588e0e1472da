"""
The record: immutable entries, their bodies, and what each follower still has to do.

People, desks and subjects are named by key, without foreign keys: the record outlives the rows it
speaks of, and the ground floor knows no other app. Rows are written by `audit.record` alone.
"""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from audit.retries import Tried


class Entry(models.Model):
    """What happened: never updated, never deleted. Identity and time come from the database."""

    id = models.BigAutoField(primary_key=True)
    verb = models.CharField(max_length=40)
    actor_id = models.BigIntegerField(null=True)
    desk_id = models.IntegerField(null=True)
    subject = models.CharField(
        max_length=60, help_text='kind and reference, as "referral:7KQ4M2XR"'
    )
    version = models.IntegerField(null=True, help_text="the version of the subject that it made")
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    db_role = models.CharField(max_length=63)
    source = models.CharField(max_length=10)
    request_id = models.UUIDField(null=True)
    salt = models.BinaryField()
    body_hash = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "version"], name="entry_one_per_version_of_a_subject"
            ),
            models.CheckConstraint(
                condition=models.Q(source__in=["live", "seed", "import"]), name="entry_source_known"
            ),
        ]
        indexes = [models.Index(fields=["subject", "id"], name="entry_of_subject")]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject}"

    @property
    def said(self) -> dict[str, Any]:
        """Return what the body says by name: nothing once disposal took it, or of another shape."""
        data = self.body.data if hasattr(self, "body") else None
        return data if isinstance(data, dict) else {}


class KnownVerb(models.Model):
    """An event that an entry may tell of, as `audit.subjects` says: the database checks by it."""

    verb = models.CharField(max_length=40, primary_key=True)
    kinds = ArrayField(models.CharField(max_length=20), help_text="what it speaks of")
    makes_version = models.BooleanField(help_text="each makes the next version of its subject")
    by_worker = models.BooleanField(help_text="no person says it")

    def __str__(self) -> str:
        return self.verb


class EntryBody(models.Model):
    """Codes before and after. Only disposal may delete it; the entry's hash stays."""

    entry = models.OneToOneField(
        Entry, models.PROTECT, primary_key=True, related_name="body", db_index=False
    )
    data = models.JSONField()

    def __str__(self) -> str:
        return f"body of {self.entry_id}"


class Disposal(models.Model):
    """An entry that lost its body, and the one that certifies it; written by `audit_dispose`."""

    entry = models.OneToOneField(
        Entry, models.PROTECT, primary_key=True, related_name="disposal", db_index=False
    )
    certificate = models.ForeignKey(Entry, models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"body of {self.entry_id}: {self.certificate_id}"


class Follower(models.Model):
    """A task that has to see every entry once. Registered by a migration, with `audit_follow`."""

    name = models.CharField(max_length=30, primary_key=True)

    def __str__(self) -> str:
        return self.name


class Pending(Tried):
    """One entry that one follower has not dealt with. Deleted in the transaction of its effect."""

    follower = models.ForeignKey(Follower, models.PROTECT)
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="pending")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["follower", "entry"], name="pending_once_per_follower")
        ]
        indexes = [
            models.Index(
                fields=["follower", "attempts", "id"],
                condition=models.Q(parked_at=None),
                name="pending_next",
            )
        ]

    def __str__(self) -> str:
        return f"{self.follower_id}: {self.entry_id}"


class Gauge(models.Model):
    """The last measure of what one queue of rows owes; see `audit.gauges`."""

    name = models.CharField(max_length=30, primary_key=True)
    waiting = models.IntegerField()
    oldest_at = models.DateTimeField(null=True)
    parked = models.IntegerField()
    measured_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name}: {self.waiting}"
