"""Invitations: a place at a desk, offered to one person by a link that works once."""

import datetime as dt
from collections.abc import Iterable
from typing import Self

from django.db import models
from django.db.models import Q

from coordination.fields import CodeField
from coordination.models.network import Agency, Desk
from coordination.models.people import User


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def visible_to(self, agencies: Iterable[Agency]) -> Self:
        """
        Return the invitations of agencies that the reader administers: `people.agencies_of`.

        Without the digests, which the web process has no right to read.
        """
        return self.filter(desk__agency__in=agencies).defer("digest")


class Invitation(models.Model):
    """Only the SHA-256 of the link's secret is kept; the link is shown once, when it is made."""

    reference = models.CharField(max_length=8, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    desk = models.ForeignKey(Desk, models.PROTECT, related_name="invitations")
    role = CodeField("role")
    email = models.EmailField()
    language = models.CharField(max_length=2, default="en")
    invited_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="nobody: whoever runs Relay, for a governance body",
    )
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    used_in = models.BigIntegerField(null=True, help_text="the transaction that seats the person")
    person = models.OneToOneField(User, models.PROTECT, null=True, related_name="invitation")

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-invited_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(used_at=None, person=None, used_in=None)
                | Q(used_at__isnull=False, person__isnull=False, used_in__isnull=False),
                name="invitation_used_by_a_person",
            ),
            models.CheckConstraint(
                condition=Q(used_at=None) | Q(revoked_at=None), name="invitation_used_or_revoked"
            ),
            models.CheckConstraint(
                condition=Q(invited_by__isnull=False) | Q(role="data_steward"),
                name="invitation_by_a_person_or_a_body",
            ),
            models.CheckConstraint(
                condition=Q(language__in=["en", "fr"]), name="invitation_language_official"
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    def is_open(self, *, at: dt.datetime) -> bool:
        return self.used_at is None and self.revoked_at is None and self.expires_at > at
