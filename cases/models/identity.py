"""Indigenous identity: only with its own consent, only at Indigenous-led desks."""

from typing import Self

from django.db import models
from django.db.models import Q

from cases.models.case import Case, CaseGrant, opens_now
from coordination import access, vocabularies
from coordination.fields import CodeField, CodesField
from coordination.models import Desk, User

HOLDING = ("receiver", "shared")
"""Reasons of a grant by which a desk that does not lead works on the case itself."""


def holding_kinds() -> list[str]:
    """Return the kinds of agency that may ask for an identity; the policies name the same ones."""
    return [
        each.code
        for each in vocabularies.entries("indigenous_led_kind")
        if each.extra["holds_identity"]
    ]


def may_hold(case: Case, desk: Desk) -> bool:
    """Tell whether a desk is Indigenous-led, and leads this case or works on it."""
    if desk.agency.kind not in holding_kinds():
        return False
    grants = CaseGrant.objects.current().filter(
        opens_now(), reason__in=HOLDING, content_object_id=case.pk, group_id=desk.pk
    )
    return bool(case.lead_desk_id == desk.pk or grants.exists())


class IdentityQuerySet(models.QuerySet["IndigenousIdentity"]):
    def visible_to(self, actor: access.Actor) -> Self:
        """Return those of cases that the acting desk may hold; row-level security asks the same."""
        if actor.desk is None or actor.desk.agency.kind not in holding_kinds():
            return self.none()
        held = CaseGrant.objects.current().filter(
            opens_now(), group_id=actor.desk.pk, reason__in=HOLDING
        )
        return self.filter(
            Q(case__lead_desk_id=actor.desk.pk) | Q(case_id__in=held.values("content_object_id"))
        )


class IndigenousIdentity(models.Model):
    """What the person said of themself, and the consent to keep it. Withdrawn, it is deleted."""

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="+")
    identities = CodesField("indigenous_identity", blank=False)
    consent_given_on = models.DateField()
    consent_form = CodeField("identity_consent")
    desk = models.ForeignKey(Desk, models.PROTECT, related_name="+")
    person = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = IdentityQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(identities__contained_by=["first_nations", "metis", "inuit"])
                & ~Q(identities=[]),
                name="identity_is_said",
            )
        ]

    def __str__(self) -> str:
        return f"identity of {self.case_id}"
