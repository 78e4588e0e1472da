"""In-app notices: one per entry of the record and person, made by the `notify` follower."""

from typing import Self

from django.db import models
from django.db.models.functions import Now

from coordination.access import Actor
from coordination.models import Desk, User


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, actor: Actor) -> Self:
        """Return the person's own notices."""
        return self.filter(recipient=actor.user)

    def unread(self) -> Self:
        return self.filter(done_at=None)


class Notice(models.Model):
    """Which words it shows is decided by the verb when it is read, in the reader's language."""

    recipient = models.ForeignKey(User, models.PROTECT, related_name="notices")
    entry_id = models.BigIntegerField()
    verb = models.CharField(max_length=40)
    reference = models.CharField(
        max_length=8, blank=True, help_text="of what it speaks of, if it opens for the person"
    )
    for_desk = models.ForeignKey(
        Desk, models.PROTECT, null=True, related_name="+", help_text="whom the person stands in for"
    )
    occurred_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["entry_id", "recipient"], name="notice_once_per_entry_and_person"
            ),
            models.CheckConstraint(
                condition=models.Q(for_desk=None) | models.Q(reference=""),
                name="notice_names_what_opens",
            ),
        ]
        indexes = [
            models.Index(fields=["recipient", "-id"], name="notice_of_recipient"),
            models.Index(
                fields=["recipient", "-id"],
                condition=models.Q(done_at=None),
                name="notice_unread",
            ),
            models.Index(
                fields=["reference"], condition=models.Q(done_at=None), name="notice_unsettled"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verb} for {self.recipient_id}"
