"""Hand-offs: who offers the lead of a case to whom, on which basis, and what was answered."""

from typing import Self

from django.db import models
from django.db.models import F, Q

from cases.models import Case, Consent
from cases.models.consent import KINDS
from coordination import access
from coordination.fields import CodeField, CodesField
from coordination.models import Agency, Desk, Grant, Team, User
from referrals.handoff_states import HandoffStatus
from referrals.models import conditions

_ACCEPTED, _PROPOSED = str(HandoffStatus.ACCEPTED), str(HandoffStatus.PROPOSED)
_LAPSED = str(HandoffStatus.LAPSED)


class HandoffQuerySet(models.QuerySet["Handoff"]):
    def visible_to(self, actor: access.Actor) -> Self:
        """Return hand-offs that one of the actor's desks proposed or was offered."""
        if not actor.may("referrals.view_handoff"):
            return self.none()
        return access.granted(self, HandoffGrant, actor)

    def with_desks(self) -> Self:
        return self.select_related(
            "case",
            "from_desk__agency",
            "from_desk__team",
            "to_desk__agency",
            "to_desk__team",
            "to_team",
            "to_agency",
            "accepting_desk__agency",
            "accepting_desk__team",
        )


class Handoff(models.Model):
    """
    An offer to lead a case. The lead stays with the proposing desk until somebody accepts.

    It goes to one desk, to any desk of a team, or to a contact that is not on Relay; then the lead
    stays here, whatever they answer by phone.
    """

    reference = models.CharField(max_length=8, unique=True)
    case = models.ForeignKey(Case, models.PROTECT, related_name="handoffs")
    from_desk = models.ForeignKey(Desk, models.PROTECT, related_name="+")
    to_desk = models.ForeignKey(Desk, models.PROTECT, null=True, related_name="+")
    to_team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="+")
    to_agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+")
    to_province = CodeField("province", blank=True, default="")
    accepting_desk = models.ForeignKey(Desk, models.PROTECT, null=True, related_name="+")
    writer = models.ForeignKey(User, models.PROTECT, related_name="+")
    type = CodeField("handoff_type")
    reason = CodeField("handoff_reason")
    status = CodeField("handoff_status", default=HandoffStatus.PROPOSED)
    version = models.IntegerField(default=1)
    basis = CodeField("consent_basis")
    provision = CodeField("legal_provision", blank=True, default="")
    audience = CodesField("organisation_kind")
    until = models.DateTimeField(help_text="the basis ends")
    consent = models.ForeignKey(Consent, models.PROTECT, null=True, related_name="handoffs")
    safety_plan_reviewed = models.BooleanField()
    consent_confirmed = models.BooleanField()
    despite_areas = models.BooleanField(default=False, help_text="an area to avoid was accepted")
    agreed_by_phone_at = models.DateTimeField(null=True)
    proposed_at = models.DateTimeField()
    due_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    decline_reason = CodeField("decline_reason", blank=True, default="")
    withdraw_reason = CodeField("withdraw_reason", blank=True, default="")
    basis_end = CodeField("basis_end", blank=True, default="", help_text="why the offer lapsed")
    accepted_in = models.BigIntegerField(
        null=True, help_text="the transaction that accepted it: it alone moves the lead"
    )

    objects = HandoffQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=conditions.to_one(),
                name="handoff_to_one_desk_team_or_contact",
            ),
            models.CheckConstraint(
                condition=Q(to_desk__isnull=True) | ~Q(to_desk=F("from_desk")),
                name="handoff_between_two_desks",
            ),
            models.CheckConstraint(
                condition=Q(consent_confirmed=True, safety_plan_reviewed=True),
                name="handoff_checked",
            ),
            models.CheckConstraint(
                condition=conditions.accepting_desk_iff(status=_ACCEPTED),
                name="handoff_accepting_desk_iff_accepted",
            ),
            models.CheckConstraint(
                condition=conditions.accepted_by_the_desk_addressed(),
                name="handoff_accepted_by_the_desk_addressed",
            ),
            models.CheckConstraint(
                condition=Q(status=_PROPOSED, answered_at__isnull=True)
                | ~Q(status=_PROPOSED) & Q(answered_at__isnull=False),
                name="handoff_answered_at_iff_answered",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[str(each) for each in HandoffStatus]),
                name="handoff_status_known",
            ),
            models.CheckConstraint(
                condition=Q(basis__in=KINDS, consent__isnull=False)
                | (~Q(basis__in=KINDS) & Q(consent__isnull=True)),
                name="handoff_rests_on_a_consent",
            ),
            models.CheckConstraint(
                condition=~Q(status=_LAPSED) | ~Q(basis_end=""),
                name="handoff_lapsed_for_a_reason",
            ),
            models.UniqueConstraint(
                fields=["case"], condition=Q(status=_PROPOSED), name="handoff_one_open_per_case"
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def subject(self) -> str:
        return f"handoff:{self.reference}"

    @property
    def is_external(self) -> bool:
        """Tell whether it went to a contact that is not on Relay."""
        return self.to_agency_id is not None or bool(self.to_province)


class HandoffGrant(Grant):
    """A desk sees a hand-off because it proposed it, or because it was offered."""

    content_object = models.ForeignKey(Handoff, models.PROTECT, related_name="grants")
    declined = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["group", "content_object", "reason"], name="handoff_grant_once"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="handoff_grant_has_reason"),
        ]
        indexes = [models.Index(fields=["group", "content_object"], name="handoff_grant_of_desk")]
