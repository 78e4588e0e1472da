"""Which side of a referral a person stands on, and which verbs they may use now."""

import datetime as dt
from collections.abc import Callable, Mapping

from coordination import access
from coordination.roles import ROLE_PERMISSIONS
from referrals import audience, training
from referrals.models import Referral, ReferralGrant
from referrals.states import (
    IN_ERROR,
    RECEIVER_RESPONSIBLE,
    REPORTABLE,
    TRANSITIONS,
    Box,
    Side,
    Transition,
)


def side_of(referral: Referral, actor: access.Actor) -> Side | None:
    """Return the side that the acting desk stands on, or None if it only reads."""
    if actor.desk is None:
        return None
    if actor.acts_for(referral.from_desk_id):
        return Side.SENDER
    if actor.acts_for(referral.accepting_desk_id):
        return Side.RECEIVER
    answering = (
        ReferralGrant.objects.current()
        .filter(content_object_id=referral.pk, group_id=actor.desk.pk, reason=Side.RECEIVER)
        .exclude(box=Box.CLOSED)
    )
    return Side.RECEIVER if answering.exists() else None


def closes_in_error(referral: Referral) -> bool:
    """Tell whether it asked for nothing real, and only waits for its receiver to close it."""
    return referral.withdraw_reason == IN_ERROR and referral.status in RECEIVER_RESPONSIBLE


def allowed_verbs(
    referral: Referral, actor: access.Actor, *, at: dt.datetime, side: Side | None = None
) -> list[str]:
    """Return the verbs that the actor may use on this referral now, in the table's order."""
    if actor.role is None:
        return []
    side = side or side_of(referral, actor)
    if side is None:
        return []
    permissions = ROLE_PERMISSIONS[actor.role]
    return [
        t.verb
        for t in TRANSITIONS.values()
        if may_carry_out(t, referral, side)
        and t.permission in permissions
        and is_open(t, referral, at=at, side=side)
        and (t.verb != "accept" or training.verdict_on(referral, actor, side=side, at=at).lets)
    ]


def may_carry_out(transition: Transition, referral: Referral, side: Side) -> bool:
    """Tell whether this side has the verb; for a contact not on Relay the sender reports it."""
    if side in transition.sides:
        return True
    return referral.is_external and side == Side.SENDER and transition.verb in REPORTABLE


def is_open(transition: Transition, referral: Referral, *, at: dt.datetime, side: Side) -> bool:
    """Tell whether the referral's state lets the transition happen now, whoever of a side asks."""
    if referral.status not in transition.sources or not _in_time(transition, referral, at=at):
        return False
    if transition.verb == "accept":
        return audience.lets_accept(referral.basis, at=at)
    condition = _CONDITIONS.get(transition.verb)
    return condition is None or condition(referral, side, at)


def _is_untouched(referral: Referral, _side: Side, at: dt.datetime) -> bool:
    """Tell whether nothing has followed the acceptance yet."""
    spoke = referral.sender_contact_at or referral.receiver_contact_at
    return not (spoke or referral.withdraw_reason or audience.has_ended(referral, at=at))


def _is_unsettled(referral: Referral, _side: Side, _at: dt.datetime) -> bool:
    return referral.settled_at is None and referral.sent_at is not None


def _still_rests(referral: Referral, _side: Side, at: dt.datetime) -> bool:
    """Tell whether its basis has not ended: whoever keeps only the minimum finishes."""
    return not audience.has_ended(referral, at=at)


_CONDITIONS: Mapping[str, Callable[[Referral, Side, dt.datetime], bool]] = {
    "undo_accept": _is_untouched,
    "confirm_contact": lambda referral, side, _at: referral.contact_at(side) is None,
    "waitlist": _still_rests,
    "reopen": _still_rests,
    "request_withdrawal": lambda referral, _side, _at: not referral.withdraw_reason,
    "confirm_withdrawal": lambda referral, _side, _at: bool(referral.withdraw_reason),
    "reroute": _is_unsettled,
    "resolve": _is_unsettled,
}
"""What a verb needs beside the status, which the table has."""


def _in_time(transition: Transition, referral: Referral, *, at: dt.datetime) -> bool:
    if transition.within is None:
        return True
    since: dt.datetime | None = getattr(referral, transition.since)
    return since is not None and at <= since + transition.within
