"""Referrals: what is asked of whom, on which basis, who is responsible, and who may see it."""

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import F, Q

from cases.models import Case
from coordination import access
from coordination.fields import CodeField, CodesField
from coordination.models import Agency, Desk, Grant, Team, User
from referrals.models import conditions
from referrals.states import (
    ACCEPTED_ONCE,
    AWAITING_ANSWER,
    LIVE,
    RECEIVER_RESPONSIBLE,
    UNSETTLED,
    Box,
    Side,
    Status,
)

_ACCEPTED_ONCE = sorted(str(status) for status in ACCEPTED_ONCE)
_AWAITING_ANSWER = sorted(str(status) for status in AWAITING_ANSWER)
_RESTING = sorted(str(status) for status in AWAITING_ANSWER | RECEIVER_RESPONSIBLE)
_UNSETTLED = sorted(str(status) for status in UNSETTLED)


class ReferralQuerySet(models.QuerySet["Referral"]):
    def visible_to(self, actor: access.Actor) -> Self:
        """Return referrals granted to one of the actor's desks; a draft is its writer's alone."""
        if not actor.may("referrals.view_referral"):
            return self.none()
        rows = access.granted(self, ReferralGrant, actor)
        return rows.filter(~Q(status=Status.DRAFT) | Q(writer=actor.user))

    def with_desks(self) -> Self:
        """Load everything that a line or a page shows; for a page of lines see `loading`."""
        return self.select_related(
            "basis",
            "reroutes",
            "from_desk__agency",
            "from_desk__team",
            "to_desk__agency",
            "to_desk__team",
            "to_team",
            "to_agency",
            "accepting_desk__agency",
            "accepting_desk__team",
            "responsible_desk__agency",
            "responsible_desk__team",
            "suggested_desk__agency",
            "suggested_desk__team",
        ).prefetch_related("services", "overrides")


class Referral(models.Model):
    """
    A request that somebody else provide services for a case.

    It goes to one desk, to any desk of a team, or to a contact that is not on Relay: an agency of
    the directory or another province. Of such a one the sender stays responsible throughout.
    """

    reference = models.CharField(max_length=8, unique=True)
    case = models.ForeignKey(Case, models.PROTECT, related_name="referrals")
    from_desk = models.ForeignKey(Desk, models.PROTECT, related_name="sent_referrals")
    to_desk = models.ForeignKey(Desk, models.PROTECT, null=True, related_name="+")
    to_team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="+")
    to_agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+")
    to_province = CodeField("province", blank=True, default="")
    accepting_desk = models.ForeignKey(Desk, models.PROTECT, null=True, related_name="+")
    responsible_desk = models.ForeignKey(Desk, models.PROTECT, related_name="responsible_for")
    writer = models.ForeignKey(User, models.PROTECT, related_name="+")
    reroutes = models.OneToOneField("self", models.PROTECT, null=True, related_name="rerouted_as")
    doors = models.PositiveSmallIntegerField(default=1, help_text="doors tried for this need")
    need_since = models.DateTimeField(
        null=True, help_text="the need's clock: first sent, through every re-route"
    )
    status = CodeField("referral_status", default=Status.DRAFT)
    urgency = CodeField("urgency")
    version = models.IntegerField(default=1)
    due_at = models.DateTimeField(
        help_text="what comes next is due: an answer, the contact, a review; once over, when it was"
    )
    written_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    agreed_by_phone_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True, help_text="re-routed or resolved by the sender")
    sender_contact_at = models.DateTimeField(null=True)
    receiver_contact_at = models.DateTimeField(null=True)
    questions = CodesField("question")
    decline_reason = CodeField("decline_reason", blank=True, default="")
    withdraw_reason = CodeField(
        "withdraw_reason", blank=True, default="", help_text="asked for, or carried out"
    )
    give_back_reason = CodeField("give_back_reason", blank=True, default="")
    suggested_desk = models.ForeignKey(Desk, models.PROTECT, null=True, related_name="+")
    basis_ended_at = models.DateTimeField(
        null=True, help_text="carried out: it went back, or its desk keeps the minimum"
    )
    basis_end = CodeField("basis_end", blank=True, default="")

    objects = ReferralQuerySet.as_manager()

    readable_case: Case | None = None
    """Set by `worklist.attach_cases`: the case, where the reader may read it."""

    waited_on_sender: dt.timedelta | None = None
    """Set by `waiting.attach`: how long its questions waited, or wait, for an answer."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=conditions.to_one(),
                name="referral_to_one_desk_team_or_contact",
            ),
            models.CheckConstraint(
                condition=Q(to_desk__isnull=True) | ~Q(to_desk=F("from_desk")),
                name="referral_between_two_desks",
            ),
            models.CheckConstraint(
                condition=conditions.accepting_desk_iff(status__in=_ACCEPTED_ONCE),
                name="referral_accepting_desk_iff_accepted",
            ),
            models.CheckConstraint(
                condition=Q(accepting_desk__isnull=True, responsible_desk=F("from_desk"))
                | Q(accepting_desk__isnull=False, responsible_desk=F("accepting_desk")),
                name="referral_responsible_desk_is_the_side_in_charge",
            ),
            models.CheckConstraint(
                condition=conditions.accepted_by_the_desk_addressed(),
                name="referral_accepted_by_the_desk_addressed",
            ),
            models.CheckConstraint(
                condition=Q(status__in=_ACCEPTED_ONCE, accepted_at__isnull=False)
                | (~Q(status__in=_ACCEPTED_ONCE) & Q(accepted_at__isnull=True)),
                name="referral_accepted_at_iff_accepted",
            ),
            models.CheckConstraint(
                condition=Q(status=Status.DRAFT, sent_at__isnull=True)
                | Q(status=Status.WITHDRAWN)
                | (~Q(status=Status.DRAFT) & Q(sent_at__isnull=False)),
                name="referral_sent_at_iff_sent",
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | Q(need_since__isnull=False),
                name="referral_need_since_once_sent",
            ),
            models.CheckConstraint(
                condition=Q(status=Status.COMPLETED, completed_at__isnull=False)
                | (~Q(status=Status.COMPLETED) & Q(completed_at__isnull=True)),
                name="referral_completed_at_iff_completed",
            ),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True) | Q(status__in=_UNSETTLED),
                name="referral_settled_only_when_over",
            ),
            models.CheckConstraint(
                condition=(Q(status=Status.DECLINED) & ~Q(decline_reason=""))
                | (~Q(status=Status.DECLINED) & Q(decline_reason="")),
                name="referral_declined_for_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.WITHDRAWN) | ~Q(withdraw_reason=""),
                name="referral_withdrawn_for_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["returning", "returned"])
                | ~Q(give_back_reason="")
                | (Q(status=Status.RETURNED) & ~Q(basis_end="")),
                name="referral_given_back_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(basis_ended_at=None, basis_end="")
                | (Q(basis_ended_at__isnull=False) & ~Q(basis_end="")),
                name="referral_basis_ended_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(basis_ended_at=None)
                | ~Q(status__in=[str(Status.DRAFT), *_AWAITING_ANSWER]),
                name="referral_waits_on_a_basis",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[str(status) for status in Status]),
                name="referral_status_known",
            ),
        ]
        indexes = [
            models.Index(fields=["case"], name="referral_of_case"),
            # What an end of a basis has still to be carried out on: few, however old the network.
            models.Index(
                fields=["id"],
                condition=Q(status__in=_RESTING, basis_ended_at=None),
                name="referral_resting_on_basis",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def subject(self) -> str:
        return f"referral:{self.reference}"

    @property
    def is_external(self) -> bool:
        """Tell whether it went to a contact that is not on Relay."""
        return self.to_agency_id is not None or bool(self.to_province)

    @property
    def target(self) -> str:
        """Return whom it is addressed to, as one word: what "asked once" is compared by."""
        if self.to_desk_id:
            return f"desk:{self.to_desk_id}"
        if self.to_team_id:
            return f"team:{self.to_team_id}"
        return (
            f"agency:{self.to_agency_id}" if self.to_agency_id else f"province:{self.to_province}"
        )

    @property
    def is_over(self) -> bool:
        """Tell whether nobody has anything left to do on it."""
        return self.status not in LIVE and not self.needs_attention

    @property
    def needs_attention(self) -> bool:
        """Tell whether it ended without help, and its sender has not settled what follows."""
        return self.status in UNSETTLED and self.settled_at is None

    def contact_at(self, side: Side) -> dt.datetime | None:
        """Return when this side said that the two workers spoke."""
        return self.sender_contact_at if side == Side.SENDER else self.receiver_contact_at

    @property
    def is_contact_confirmed(self) -> bool:
        """Tell whether both sides said so: the warm hand-off is confirmed."""
        return bool(self.sender_contact_at and self.receiver_contact_at)


class ReferralGrant(Grant):
    """Also the wide row of the worklists: it carries the keys that a list is sorted by."""

    content_object = models.ForeignKey(Referral, models.PROTECT, related_name="grants")
    box = models.CharField(max_length=20)
    due_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, help_text="somebody of the desk looked")
    declined = models.BooleanField(default=False, help_text="said no, or gave it back")
    assignee = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

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
            # What a line's policy reads is in the index too, so that a page never visits the rows.
            models.Index(
                fields=["group", "box", "due_at", "content_object"],
                include=["until", "reason"],
                name="referral_grant_worklist",
            ),
        ]
