"""Which side of a referral a person stands on, and which verbs they may use now."""

import datetime as dt

from coordination import access
from coordination.roles import ROLE_PERMISSIONS
from referrals import audience
from referrals.models import Referral, ReferralGrant
from referrals.states import TRANSITIONS, Box, Side, Transition


def side_of(referral: Referral, actor: access.Actor) -> Side | None:
    """Return the side that the acting desk stands on, or None if it only reads."""
    if actor.desk is None:
        return None
    if actor.acts_for(referral.from_desk_id):
        return Side.SENDER
    answering = (
        ReferralGrant.objects.current()
        .filter(content_object_id=referral.pk, group_id=actor.desk.pk, reason=Side.RECEIVER)
        .exclude(box=Box.CLOSED)
    )
    return Side.RECEIVER if answering.exists() else None


def allowed_verbs(
    referral: Referral, actor: access.Actor, *, at: dt.datetime, side: Side | None = None
) -> list[str]:
    """Return the verbs that the actor may use on this referral now, in the table's order."""
    if actor.role is None:
        return []
    side = side or side_of(referral, actor)
    permissions = ROLE_PERMISSIONS[actor.role]
    return [
        t.verb
        for t in TRANSITIONS.values()
        if t.side == side and t.permission in permissions and is_open(t, referral, at=at)
    ]


def is_open(transition: Transition, referral: Referral, *, at: dt.datetime) -> bool:
    """Tell whether the referral's state lets the transition happen now, whoever asks."""
    if referral.status not in transition.sources:
        return False
    if transition.within and (
        referral.accepted_at is None or at > referral.accepted_at + transition.within
    ):
        return False
    return transition.verb != "accept" or audience.lets_accept(referral.basis, at=at)
