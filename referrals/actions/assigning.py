"""What a desk keeps to itself about a referral: who works on it, and that somebody has looked."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.record import record
from audit.verbs import Verb
from coordination import access
from coordination.errors import Invalid, NotAllowed
from coordination.models import Membership, User
from coordination.roles import ROLE_PERMISSIONS
from referrals.models import Referral, ReferralGrant
from referrals.states import HISTORY, Side

ASSIGN_OTHERS = "referrals.assign_others_referral"


@transaction.atomic
def assign_referral(
    *, referral: Referral, actor: access.Actor, to: User | None, at: dt.datetime
) -> None:
    """
    Give a referral to a worker of the acting desk, or to nobody. No new version: see DESIGN 6.

    :raises NotAllowed: if the desk has no part in it, or a worker gives it to somebody else.
    :raises Invalid: if the person does not work at the desk.
    """
    desk = access.require(actor, "referrals.assign_referral")
    grant = _line_of(referral, actor)
    if grant.assignee_id == (to.pk if to else None):
        return
    permissions = ROLE_PERMISSIONS[actor.role] if actor.role else frozenset()
    takes_or_frees = to == actor.user or (to is None and grant.assignee_id == actor.user.pk)
    if not takes_or_frees and ASSIGN_OTHERS not in permissions:
        raise NotAllowed(_("Only the duty lead assigns a referral to somebody else."))
    seats = Membership.objects.current().working_records().filter(desk=desk)
    if to is not None and not seats.filter(user=to).exists():
        raise Invalid(_("Choose somebody who works at your desk."), field="to")
    ReferralGrant.objects.filter(pk=grant.pk).update(assignee=to)
    record(
        Verb.REFERRAL_ASSIGNED,
        subject=referral.subject,
        at=at,
        data={"to": to.pk if to else None, "before": grant.assignee_id, "desk": desk.slug},
    )


@transaction.atomic
def see_referral(*, referral: Referral, actor: access.Actor, at: dt.datetime) -> bool:
    """
    Say that the desk has looked at what it was sent; once a desk. Return whether it was new.

    :raises NotAllowed: if the desk was not sent it.
    """
    access.require(actor, "referrals.see_referral")
    grant = _line_of(referral, actor)
    if grant.reason != Side.RECEIVER or grant.seen_at:
        return False
    changed = ReferralGrant.objects.filter(pk=grant.pk, seen_at=None).update(seen_at=at)
    if changed:
        record(Verb.REFERRAL_SEEN, subject=referral.subject, at=at)
    return bool(changed)


def _line_of(referral: Referral, actor: access.Actor) -> ReferralGrant:
    """Return the acting desk's own line of a referral."""
    line: ReferralGrant | None = (
        ReferralGrant.objects.current()
        .filter(content_object_id=referral.pk, group_id=actor.desk.pk if actor.desk else 0)
        .exclude(reason=HISTORY)
        .order_by("pk")
        .first()
    )
    if line is None:
        raise NotAllowed(_("Your desk has no part in this referral."))
    return line
