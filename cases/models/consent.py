"""What the person agreed to: which needs may be shared, with which kinds of agency, until when."""

import datetime as dt
from collections.abc import Collection
from typing import Self

from django.db import models
from django.db.models import Q

from cases.models.case import Case, CaseGrant
from coordination import access
from coordination.fields import CodeField, CodesField
from coordination.models import Desk, User

KINDS = ("express_informed", "express_limited", "substitute")
"""The codes of `consent_basis` that are a consent: a basis of one of them rests on a row here."""

ENDING = dt.timedelta(days=7)
"""So long before its end the lead desk is warned."""


class ConsentQuerySet(models.QuerySet["Consent"]):
    def visible_to(self, actor: access.Actor) -> Self:
        """
        Return consents of cases that the actor's desks lead.

        A desk that led a case, and may still read it, reads what it recorded itself.
        """
        if not actor.may("cases.view_case"):
            return self.none()
        grants = CaseGrant.objects.current().filter(
            group_id__in=actor.desk_ids, content_object_id=models.OuterRef("case_id")
        )
        leads, led = (grants.filter(reason=reason) for reason in ("lead", "former_lead"))
        own = models.Exists(led.filter(group_id=models.OuterRef("desk_id")))
        return self.filter(models.Exists(leads) | own)

    def standing(self, *, at: dt.datetime) -> Self:
        """Return those that were neither taken back nor moved, and have not ended."""
        return self.filter(withdrawn_at=None, moved_at=None, until__gt=at)


class Consent(models.Model):
    """
    One consent, as it was given. It is never changed: it ends, or it is taken back.

    A basis (of a referral, of a hand-off) is a use of it, and never wider or longer than it.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="consents")
    number = models.PositiveSmallIntegerField(help_text="within the case")
    kind = CodeField("consent_basis")
    services = CodesField("service_need", help_text="empty: all that the person needs")
    audience = CodesField("organisation_kind")
    given_on = models.DateField()
    until = models.DateTimeField()
    form = CodeField("consent_form")
    desk = models.ForeignKey(Desk, models.PROTECT, related_name="+")
    recorder = models.ForeignKey(User, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    version = models.IntegerField(default=1)
    warned_at = models.DateTimeField(null=True, help_text="the lead desk was told of the end")
    withdrawn_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True, help_text="its end was carried out")
    moved_at = models.DateTimeField(
        null=True,
        help_text="recorded anew on the case that is the same person, and taken back there",
    )
    moved_from = models.ForeignKey(
        "self", models.DO_NOTHING, null=True, related_name="+", db_constraint=False,
        help_text="the same one on the double; no constraint, as each goes with its case",
    )  # fmt: skip

    objects = ConsentQuerySet.as_manager()

    is_of_before = False
    """Set by whoever shows it to a desk that led the case: what came after is not among it."""

    class Meta:
        ordering = ["case", "number"]
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="consent_once"),
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="consent_is_one"),
            models.CheckConstraint(condition=~Q(audience=[]), name="consent_has_an_audience"),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | Q(ended_at=None),
                name="consent_ends_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["until"],
                condition=Q(withdrawn_at=None, ended_at=None),
                name="consent_that_will_end",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number} of {self.case_id}"

    def stands(self, *, at: dt.datetime) -> bool:
        return self.withdrawn_at is None and self.moved_at is None and self.until > at

    def is_ending(self, *, at: dt.datetime) -> bool:
        """Tell whether it ends within seven days."""
        return self.stands(at=at) and self.until <= at + ENDING

    def covers(
        self, kind: str, *, services: Collection[str], audience: Collection[str], until: dt.datetime
    ) -> bool:
        """Tell whether it is of this kind, for these needs (none: all), these kinds of agency."""
        return (
            self.kind == kind
            and (not self.services or (bool(services) and set(services) <= set(self.services)))
            and set(audience) <= set(self.audience)
            and until <= self.until
        )
