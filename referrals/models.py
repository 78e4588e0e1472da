"""Referrals: what is asked of whom, on which basis, who is responsible, and who may see it."""

from typing import Self

from django.db import models
from django.db.models import F, Q

from cases.models import Case
from coordination import access
from coordination.fields import CodeField, CodesField
from coordination.models import Desk, Grant, Team, User
from referrals.states import RECEIVER_RESPONSIBLE, Box, Status

_RECEIVER_RESPONSIBLE = [str(status) for status in RECEIVER_RESPONSIBLE]


class ReferralQuerySet(models.QuerySet["Referral"]):
    def visible_to(self, actor: access.Actor) -> Self:
        """Return referrals granted to one of the actor's desks; a draft is its writer's alone."""
        if not actor.may("referrals.view_referral"):
            return self.none()
        rows = access.granted(self, ReferralGrant, actor)
        return rows.filter(~Q(status=Status.DRAFT) | Q(writer=actor.user))

    def with_desks(self) -> Self:
        """Load everything that a line or a page shows, in a fixed number of queries."""
        return self.select_related(
            "basis",
            "from_desk__agency",
            "from_desk__team",
            "to_desk__agency",
            "to_desk__team",
            "to_team",
            "accepting_desk__agency",
            "accepting_desk__team",
            "responsible_desk__agency",
            "responsible_desk__team",
            "suggested_desk__agency",
            "suggested_desk__team",
        ).prefetch_related("services")


class Referral(models.Model):
    """A request that another desk, or any desk of a team, provide services for a case."""

    reference = models.CharField(max_length=8, unique=True)
    case = models.ForeignKey(Case, models.PROTECT, related_name="referrals")
    from_desk = models.ForeignKey(Desk, models.PROTECT, related_name="sent_referrals")
    to_desk = models.ForeignKey(Desk, models.PROTECT, null=True, related_name="+")
    to_team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="+")
    accepting_desk = models.ForeignKey(Desk, models.PROTECT, null=True, related_name="+")
    responsible_desk = models.ForeignKey(Desk, models.PROTECT, related_name="responsible_for")
    writer = models.ForeignKey(User, models.PROTECT, related_name="+")
    status = CodeField("referral_status", default=Status.DRAFT)
    urgency = CodeField("urgency")
    version = models.IntegerField(default=1)
    due_at = models.DateTimeField(help_text="answer due; of a draft, when it is disposed of")
    written_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    questions = CodesField("question")
    decline_reason = CodeField("decline_reason", blank=True, default="")
    withdraw_reason = CodeField("withdraw_reason", blank=True, default="")
    suggested_desk = models.ForeignKey(Desk, models.PROTECT, null=True, related_name="+")

    objects = ReferralQuerySet.as_manager()

    readable_case: Case | None = None
    """Set by `worklist.attach_cases`: the case, where the reader may read it."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(to_desk__isnull=False, to_team__isnull=True)
                | Q(to_desk__isnull=True, to_team__isnull=False),
                name="referral_to_one_desk_or_one_team",
            ),
            models.CheckConstraint(
                condition=Q(to_desk__isnull=True) | ~Q(to_desk=F("from_desk")),
                name="referral_between_two_desks",
            ),
            models.CheckConstraint(
                condition=Q(status__in=_RECEIVER_RESPONSIBLE, accepting_desk__isnull=False)
                | (~Q(status__in=_RECEIVER_RESPONSIBLE) & Q(accepting_desk__isnull=True)),
                name="referral_accepting_desk_iff_accepted",
            ),
            models.CheckConstraint(
                condition=Q(accepting_desk__isnull=True, responsible_desk=F("from_desk"))
                | Q(accepting_desk__isnull=False, responsible_desk=F("accepting_desk")),
                name="referral_responsible_desk_is_the_side_in_charge",
            ),
            models.CheckConstraint(
                condition=Q(accepting_desk__isnull=True)
                | Q(to_desk__isnull=True)
                | Q(accepting_desk=F("to_desk")),
                name="referral_accepted_by_the_desk_addressed",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True, accepting_desk__isnull=True)
                | Q(accepted_at__isnull=False, accepting_desk__isnull=False),
                name="referral_accepted_at_iff_accepted",
            ),
            models.CheckConstraint(
                condition=Q(status=Status.DRAFT, sent_at__isnull=True)
                | Q(status=Status.WITHDRAWN)
                | (~Q(status=Status.DRAFT) & Q(sent_at__isnull=False)),
                name="referral_sent_at_iff_sent",
            ),
            models.CheckConstraint(
                condition=(Q(status=Status.DECLINED) & ~Q(decline_reason=""))
                | (~Q(status=Status.DECLINED) & Q(decline_reason="")),
                name="referral_declined_for_a_reason",
            ),
            models.CheckConstraint(
                condition=(Q(status=Status.WITHDRAWN) & ~Q(withdraw_reason=""))
                | (~Q(status=Status.WITHDRAWN) & Q(withdraw_reason="")),
                name="referral_withdrawn_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[str(status) for status in Status]),
                name="referral_status_known",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def subject(self) -> str:
        return f"referral:{self.reference}"


class RequestedService(models.Model):
    """One service asked for. `is_live` follows the status: nobody is asked twice at once."""

    referral = models.ForeignKey(Referral, models.PROTECT, related_name="services")
    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    service = CodeField("service_need")
    to_desk = models.ForeignKey(Desk, models.PROTECT, null=True, related_name="+")
    to_team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="+")
    is_live = models.BooleanField(default=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "service", "to_desk"],
                condition=Q(is_live=True, to_desk__isnull=False),
                name="service_asked_once_of_a_desk",
            ),
            models.UniqueConstraint(
                fields=["case", "service", "to_team"],
                condition=Q(is_live=True, to_team__isnull=False),
                name="service_asked_once_of_a_team",
            ),
            models.UniqueConstraint(
                fields=["referral", "service"], name="service_once_in_a_referral"
            ),
        ]

    def __str__(self) -> str:
        return str(self.service)


class Basis(models.Model):
    """Why this sharing is lawful, with which kinds of agency, until when."""

    referral = models.OneToOneField(
        Referral, models.PROTECT, primary_key=True, related_name="basis"
    )
    code = CodeField("consent_basis")
    audience = CodesField("organisation_kind")
    provision = CodeField("legal_provision", blank=True, default="")
    until = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(code="legal_duty") & ~Q(provision=""))
                | (~Q(code="legal_duty") & Q(provision="")),
                name="basis_provision_iff_legal_duty",
            )
        ]

    def __str__(self) -> str:
        return str(self.code)


class ReferralGrant(Grant):
    """Also the wide row of the worklists: it carries the keys that a list is sorted by."""

    content_object = models.ForeignKey(Referral, models.PROTECT, related_name="grants")
    box = models.CharField(max_length=20)
    due_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["group", "content_object", "reason"], name="referral_grant_once"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="referral_grant_has_reason"),
            models.CheckConstraint(
                condition=Q(box__in=[str(box) for box in Box]), name="referral_grant_box_known"
            ),
        ]
        indexes = [
            models.Index(fields=["content_object", "group"], name="referral_grant_object"),
            models.Index(
                fields=["group", "box", "due_at", "content_object"], name="referral_grant_worklist"
            ),
        ]
