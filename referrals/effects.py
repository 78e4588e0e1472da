"""What taking a consent back does, worked out before: the action carries out the same."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import connection, models
from django.db.models import F, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.models import CaseGrant, Consent
from coordination.models import Desk
from referrals.handoff_moves import OFFERED
from referrals.handoff_states import HandoffStatus
from referrals.models import Handoff, HandoffGrant, Referral, ReferralGrant
from referrals.states import LAPSE, RECEIVER_RESPONSIBLE, REOPEN_WINDOW, Side, Status

_HELD = [str(status) for status in RECEIVER_RESPONSIBLE]
_WAITING = [str(status) for status in LAPSE.sources]


@dataclass(frozen=True)
class Effect:
    """What rests on a consent now, by what becomes of it."""

    referrals: Sequence[Referral]
    """Waiting for an answer, accepted, or completed so lately that it could be opened again."""

    drafts: Sequence[Referral]
    """Of the reader: they stay, and cannot be sent."""

    offers: Sequence[Handoff]
    supports: Sequence[CaseGrant]
    """Grants of desks that support the lead."""

    @cached_property
    def returning(self) -> list[Referral]:
        return [each for each in self.referrals if each.status in _WAITING]

    @cached_property
    def kept(self) -> list[Referral]:
        return [each for each in self.referrals if each.status in _HELD]

    @cached_property
    def closed(self) -> list[Referral]:
        return [each for each in self.referrals if each.status == Status.COMPLETED]

    @property
    def is_nothing(self) -> bool:
        return not (self.referrals or self.drafts or self.offers or self.supports)

    def settle(self) -> "Effect":
        """Work everything out now: afterwards it is done, and nothing would be found."""
        _all = (self.returning, self.kept, self.closed, self.losing, self.still, self.keeping)
        return self

    @cached_property
    def losing(self) -> list[Desk]:
        """Desks that see something now through this consent, and then no longer, by slug."""
        lines = ReferralGrant.objects.current().filter(
            content_object__in=self.returning, reason=Side.RECEIVER, declined=False
        )
        offers = HandoffGrant.objects.current().filter(
            content_object__in=self.offers, reason=OFFERED, declined=False
        )
        keys = {*lines.values_list("group_id", flat=True), *(g.group_id for g in self.supports)}
        return _desks(keys | set(offers.values_list("group_id", flat=True)))

    @cached_property
    def still(self) -> Mapping[int, Sequence[str]]:
        """Of the desks that lose something: what they see the person through all the same."""
        ending: list[Any] = [*self.returning, *self.offers]
        over = {each.subject for each in ending} | {each.source for each in self.supports}
        cases = {each.case_id for each in ending} | {g.content_object_id for g in self.supports}
        grants: Any = CaseGrant.objects.current()
        rows = grants.filter(content_object__in=cases, group__in=[desk.pk for desk in self.losing])
        found: dict[int, list[str]] = {}
        for desk, source in rows.order_by("pk").values_list("group_id", "source"):
            if source not in over:
                found.setdefault(desk, []).append(source)
        return found

    @cached_property
    def keeping(self) -> list[Desk]:
        """Desks that are responsible, and keep the minimum until they are done."""
        return _desks({each.accepting_desk_id for each in self.kept} - {None})


def effect_of(
    consent: Consent, *, at: dt.datetime, locked_offers: Sequence[Handoff] | None = None
) -> Effect:
    """
    Return what rests on a consent.

    The action gives `locked_offers`, its open hand-offs: then the referrals are locked too.
    """
    lately = Q(status=Status.COMPLETED, completed_at__gt=at - REOPEN_WINDOW)
    # What is over at a desk that led before is that desk's, and only read here.
    resting = Referral.objects.filter(
        basis__consent=consent, basis_ended_at=None, from_desk=F("case__lead_desk")
    ).order_by("pk")
    rows = resting.filter(Q(status__in=[*_WAITING, *_HELD]) | lately)
    if locked_offers is not None:
        rows = rows.select_for_update(of=("self",))
    return Effect(
        referrals=list(rows),
        drafts=list(resting.filter(status=Status.DRAFT)),
        offers=list(open_offers(consent)) if locked_offers is None else locked_offers,
        supports=_supports(consent),
    )


def why_over(consent: Consent, effect: Effect, *, at: dt.datetime) -> str | Promise:
    """
    Return why there is nothing to take back any more, or nothing if there is.

    A consent that moved is taken back on the case that stays; support of the double that was
    agreed on it still ends with it here.
    """
    if consent.withdrawn_at is not None:
        return _("This consent was taken back already.")
    if consent.until <= at:
        return _("This consent has ended already.")
    if consent.moved_at is not None and effect.is_nothing:
        return _("This consent moved to the case that is the same person. Take it back there.")
    return ""


def open_offers(consent: Consent) -> "models.QuerySet[Handoff]":
    rows = Handoff.objects.filter(consent=consent, status=HandoffStatus.PROPOSED)
    return rows.order_by("pk")


def _supports(consent: Consent) -> list[CaseGrant]:
    with connection.cursor() as cursor:
        cursor.execute("select * from shared_on(%s)", [consent.pk])
        sources = [f"handoff:{reference}" for (reference,) in cursor.fetchall()]
    grants: Any = CaseGrant.objects.current()
    return list(
        grants.filter(content_object_id=consent.case_id, reason="shared", source__in=sources)
    )


def _desks(keys: Collection[Any]) -> list[Desk]:
    found = Desk.objects.filter(pk__in=keys).select_related("agency", "team")
    return sorted(found, key=lambda desk: desk.slug)
