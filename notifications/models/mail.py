"""What leaves the building: whom mail reaches, when they want it, and each mail that is owed."""

import uuid
from typing import Self

from django.db import models
from django.db.models import Q

from coordination.access import Actor
from coordination.fields import CodeField
from coordination.models import User
from notifications.states import DeliveryStatus


class MailPreference(models.Model):
    """When a person wants mail about one kind of notice; without a row, the kind's own default."""

    user = models.ForeignKey(User, models.PROTECT, related_name="mail_preferences")
    kind = CodeField("notice_kind")
    moment = CodeField("mail_moment")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "kind"], name="mail_preference_once_a_kind")
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.moment}"


class Mailbox(models.Model):
    """A person's quiet hours, by the clock of their desk; and whether their address takes mail."""

    user = models.OneToOneField(User, models.PROTECT, primary_key=True, related_name="mailbox")
    quiet_from = models.TimeField(null=True)
    quiet_until = models.TimeField(null=True)
    off_since = models.DateTimeField(null=True, help_text="the address did not take mail")
    off_reason = CodeField("mail_off_reason", blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="mailbox_quiet_from_and_until",
            ),
            models.CheckConstraint(
                condition=Q(off_since__isnull=True, off_reason="")
                | Q(off_since__isnull=False) & ~Q(off_reason=""),
                name="mailbox_off_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"mailbox of {self.user_id}"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def visible_to(self, actor: Actor) -> Self:
        """Return what was sent to the person."""
        return self.filter(recipient=actor.user)


class Delivery(models.Model):
    """
    One mail that is owed for one entry to one person: sent at least once, under one Message-ID.

    What is due for a person at the same time goes out as one mail, under the id of the first.
    """

    entry_id = models.BigIntegerField()
    recipient = models.ForeignKey(User, models.PROTECT, related_name="deliveries")
    channel = CodeField("notice_channel", default="email")
    status = CodeField("delivery_status", default=DeliveryStatus.WAITING)
    key = models.UUIDField(default=uuid.uuid4, unique=True, help_text="of its Message-ID")
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["entry_id", "recipient", "channel"], name="delivery_once"
            ),
            models.CheckConstraint(
                condition=Q(status__in=[str(each) for each in DeliveryStatus]),
                name="delivery_status_known",
            ),
            models.CheckConstraint(
                condition=Q(status=DeliveryStatus.SENT, sent_at__isnull=False)
                | ~Q(status=DeliveryStatus.SENT) & Q(sent_at__isnull=True),
                name="delivery_sent_at_iff_sent",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(status=DeliveryStatus.WAITING),
                name="delivery_next",
            )
        ]

    def __str__(self) -> str:
        return f"{self.entry_id} to {self.recipient_id}: {self.status}"
