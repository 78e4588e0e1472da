"""Closing a case: its referrals have to be over, and what they asked for has to have an outcome."""

import datetime as dt
from collections.abc import Mapping

from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.actions import leading
from cases.actions.notes import Words
from cases.models import Case
from coordination import access
from coordination.errors import Invalid
from referrals.handoff_states import HandoffStatus
from referrals.models import Handoff, Referral, RequestedService
from referrals.states import LIVE, UNSETTLED, Status

_UNSENT = str(Status.DRAFT)


def open_referrals(case: Case) -> "list[Referral]":
    """Return what still waits for somebody: as lead, the desk sees every referral of its case."""
    live = Q(status__in=[str(status) for status in LIVE])
    unsettled = Q(status__in=[str(status) for status in UNSETTLED], settled_at=None)
    return list(Referral.objects.filter(live | unsettled, case_id=case.pk).order_by("pk"))


def require_no_hidden_draft(case: Case) -> None:
    """:raises Invalid: if a colleague is writing a referral of the case, which nobody else sees."""
    with connection.cursor() as cursor:
        cursor.execute("select drafts_of_colleagues(%s)", [case.pk])
        (count,) = cursor.fetchone()
    if count:
        raise Invalid(
            _("A colleague is writing a referral of this case. Ask them to discard it first.")
        )


def needs_of(case: Case) -> list[str]:
    """Return what the person needed: what the case says, and whatever was asked for."""
    asked = (
        RequestedService.objects.filter(referral__case_id=case.pk, referral__sent_at__isnull=False)
        .order_by("pk")
        .values_list("service", flat=True)
    )
    return list(dict.fromkeys([*case.needs, *asked]))


@transaction.atomic
def close_case(
    *,
    case: Case,
    actor: access.Actor,
    reason: str,
    outcomes: Mapping[str, str],
    at: dt.datetime,
    version: int | None = None,
    words: Words | None = None,
) -> Case:
    """
    Close a case whose referrals are over, with an outcome for each need.

    :raises NotAllowed, WrongStatus, Stale, Invalid: see `cases.actions.leading.close_case`.
    :raises Invalid: if a referral of the case is still open, or the case is offered to somebody.
    """
    leading.begin("close", case=case, actor=actor, at=at, version=version)
    require_no_hidden_draft(case)
    if Handoff.objects.filter(case_id=case.pk, status=str(HandoffStatus.PROPOSED)).exists():
        raise Invalid(
            _("This case is offered to another desk. Wait for the answer, or withdraw the offer.")
        )
    if open_referrals(case):
        raise Invalid(
            _("A referral of this case is still open. Finish, withdraw or resolve it first.")
        )
    return leading.close_case(
        case=case,
        actor=actor,
        reason=reason,
        outcomes=outcomes,
        needs=needs_of(case),
        at=at,
        version=version,
        words=words,
    )
