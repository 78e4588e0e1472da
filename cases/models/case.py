"""Coded cases. No column holds free text: see tests/test_architecture.py."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from cases.states import ENTERED_IN_ERROR, Status
from coordination import access
from coordination.fields import CodeField, CodesField
from coordination.models import Desk, Grant, User


def opens_now() -> Q:
    """Return the condition that a grant opens the case's page at this moment."""
    return Q(opens_page=True) & (Q(words_until=None) | Q(words_until__gt=Now()))


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, actor: access.Actor) -> Self:
        """Return cases that one of the actor's desks may open, as lead or after accepting."""
        if not actor.may("cases.view_case"):
            return self.none()
        return access.granted(self, CaseGrant, actor, opens_now())

    def listed(self, show: str, actor: access.Actor) -> Self:
        """
        Narrow to the actor's own ("me"), to what no colleague works on ("nobody"), to mistakes.

        What was entered in error is in no list but its own ("error").
        """
        if show == "error":
            return self.filter(closure_reason=ENTERED_IN_ERROR)
        rows = self.exclude(closure_reason=ENTERED_IN_ERROR)
        if show == "me":
            return rows.filter(assignee=actor.user)
        if show == "nobody":
            ours = rows.filter(assignee=None, lead_desk_id__in=actor.desk_ids)
            return ours.exclude(status=Status.CLOSED)
        return rows

    def readable_by(self, actor: access.Actor) -> Self:
        """Return cases whose task facts a desk may read, if only through a referral it was sent."""
        if not actor.may("referrals.view_referral"):
            return self.none()
        return access.granted(self, CaseGrant, actor)


class Case(models.Model):
    """
    The facts that a task needs, coded, and the desk that leads.

    Whoever holds a grant may read this row; what only the lead desk may know is in `LeadFacts`, so
    that row-level security can keep it apart.
    """

    reference = models.CharField(max_length=8, unique=True)
    lead_desk = models.ForeignKey(Desk, models.PROTECT, related_name="led_cases")
    status = CodeField("case_status", default=Status.OPEN)
    version = models.IntegerField(default=1)
    opened_at = models.DateTimeField()
    follow_up_at = models.DateTimeField(null=True, help_text="when to look at it again")
    closed_at = models.DateTimeField(null=True)
    closure_reason = CodeField("closure_reason", blank=True, default="")
    assignee = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="who of the lead desk works on it",
    )

    age_band = CodeField("age_band")
    gender_identity = CodeField("gender_identity")
    situation = CodeField("situation")
    service_language = CodeField("service_language")
    indigenous_led = CodeField("indigenous_led", default="not_asked")
    access_needs = CodesField("access_need")
    dependants = models.PositiveSmallIntegerField(default=0)
    contact_rules = CodesField("contact_rule")
    areas_to_avoid = ArrayField(models.SlugField(max_length=80), default=list, blank=True)
    safety_flags = CodesField("safety_flag")
    needs = CodesField("service_need")

    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=[str(status) for status in Status]), name="case_status_known"
            ),
            models.CheckConstraint(condition=Q(dependants__lte=20), name="case_dependants_few"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=False, status=Status.CLOSED) & ~Q(closure_reason="")
                | Q(closed_at__isnull=True, closure_reason="") & ~Q(status=Status.CLOSED),
                name="case_closed_at_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(status=Status.FOLLOW_UP, follow_up_at__isnull=False)
                | ~Q(status=Status.FOLLOW_UP) & Q(follow_up_at__isnull=True),
                name="case_follow_up_has_a_day",
            ),
        ]
        indexes = [
            # A worker's list of children whose report is not settled is read with every inbox.
            models.Index(
                fields=["lead_desk"],
                condition=Q(age_band__in=["under_12", "12_15"]) & ~Q(status=Status.CLOSED),
                name="case_under_16",
            )
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def subject(self) -> str:
        return f"case:{self.reference}"


class LeadFacts(models.Model):
    """What only the lead desk may know. Optional; never seen through a referral."""

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="lead_facts")
    trafficking_status = CodeField("trafficking_status", blank=True, default="")
    exploitation_types = CodesField("exploitation_type")
    means_of_control = CodesField("means_of_control")
    recruiter_relation = CodeField("recruiter_relation", blank=True, default="")
    justice_stage = CodeField("justice_stage", blank=True, default="")

    def __str__(self) -> str:
        return f"lead facts of {self.case_id}"


class NeedOutcome(models.Model):
    """What became of one need, said when the case was closed; a case opened again has none."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="outcomes")
    need = CodeField("service_need")
    outcome = CodeField("outcome")

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["case", "need"], name="need_outcome_once")]

    def __str__(self) -> str:
        return f"{self.need}: {self.outcome}"


class CaseGrant(Grant):
    """
    One row per desk, reason and source: two referrals of one case to one desk stay apart.

    `opens_page` is False until acceptance: until then the task facts show on the referral only.
    A receiver's page closes at `words_until`, when the basis ends.
    """

    content_object = models.ForeignKey(Case, models.PROTECT, related_name="grants")
    opens_page = models.BooleanField(default=True)
    words_until = models.DateTimeField(
        null=True, help_text="the basis ended: what was written later does not reach this desk"
    )

    key = ("group", "content_object", "reason", "source")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["group", "content_object", "reason", "source"], name="case_grant_once"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="case_grant_has_reason"),
        ]
        indexes = [models.Index(fields=["content_object", "group"], name="case_grant_object")]
