"""What has to be so before a case is offered to somebody."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from cases.models import Case
from cases.states import Status as CaseStatus
from coordination import vocabularies
from coordination.errors import Invalid
from coordination.models import Area, Desk, Team
from referrals import audience
from referrals.actions.drafting import BasisGiven
from referrals.handoff_states import CHILD_PROTECTION, NEEDS_AUTHORITY
from referrals.models import Basis
from referrals.targets import Target

LONGEST_AGO = dt.timedelta(hours=24)


@dataclass(frozen=True)
class Checked:
    """The check-list that goes with a proposal: both have to be so."""

    consent_confirmed: bool
    safety_plan_reviewed: bool
    despite_areas: bool = False


@dataclass(frozen=True)
class Proposal:
    """An offer as it was typed: codes of `handoff_type` and `handoff_reason`, a fresh basis."""

    type: str
    reason: str
    basis: BasisGiven
    checked: Checked
    agreed_by_phone_at: dt.datetime | None = None


def require_sound(
    proposal: Proposal, *, case: Case, to: Target, desk: Desk, at: dt.datetime
) -> list[Desk]:
    """
    Return the desks that the offer reaches: none, of a contact by phone.

    :raises Invalid: if something is not so, at the field that is wrong.
    """
    basis = proposal.basis
    if case.status == CaseStatus.CLOSED:
        raise Invalid(_("This case is closed. Open it again first."), field="case")
    if to == desk:
        raise Invalid(_("Choose another desk than your own."), field="to")
    vocabularies.entry("handoff_type", proposal.type)
    vocabularies.entry("handoff_reason", proposal.reason)
    audience.require_sound(code=basis.code, provision=basis.provision, until=basis.until)
    audience.require_sends(_as_basis(basis), sender=desk, at=at)
    _require_moving(basis, proposal.reason)
    _require_checked(proposal.checked)
    _require_past(proposal.agreed_by_phone_at, at=at)
    reached = audience.reached(to, audience=basis.audience, services=case.needs, sender_id=desk.pk)
    _require_away(case, to, reached, proposal.checked)
    return reached


def _as_basis(given: BasisGiven) -> Basis:
    return Basis(
        code=given.code, audience=list(given.audience), until=given.until, provision=given.provision
    )


def _require_moving(basis: BasisGiven, reason: str) -> None:
    """Check that responsibility may move on this basis, and for this reason."""
    sends = vocabularies.entry("consent_basis", basis.code).extra["sends"]
    if sends == audience.ASK_ONLY:
        raise Invalid(_("On this basis you may only ask. A hand-off needs more."), field="basis")
    carried = NEEDS_AUTHORITY.get(reason)
    if carried and basis.code not in carried and basis.provision != CHILD_PROTECTION:
        raise Invalid(
            _("This reason needs the person's consent, or child protection's authority."),
            field="basis",
        )


def _require_checked(checked: Checked) -> None:
    if not checked.consent_confirmed:
        raise Invalid(
            _("Confirm first that the person, or the law, allows this."), field="consent_confirmed"
        )
    if not checked.safety_plan_reviewed:
        raise Invalid(_("Go through the safety plan first."), field="safety_plan_reviewed")


def _require_past(agreed_at: dt.datetime | None, *, at: dt.datetime) -> None:
    if agreed_at and not at - LONGEST_AGO <= agreed_at <= at:
        raise Invalid(
            _("Give the time of the call, within the last 24 hours."), field="agreed_by_phone_at"
        )


def _require_away(case: Case, to: Target, reached: Sequence[Desk], checked: Checked) -> None:
    """Check that the receiving team covers no area that the person wants to stay away from."""
    teams = {to.pk} if isinstance(to, Team) else {each.team_id for each in reached}
    covered = Area.objects.filter(slug__in=case.areas_to_avoid, team_id__in=teams)
    if covered.exists() and not checked.despite_areas:
        names = ", ".join(area.name for area in covered)
        raise Invalid(
            _("The person wants to stay away from %(areas)s. Ask them, then say that it is so.")
            % {"areas": names},
            field="despite_areas",
        )
