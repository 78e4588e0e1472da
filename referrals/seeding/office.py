"""What the demo's Office did about what is late: phoned, reached nobody, was promised an answer."""

import datetime as dt

from audit.record import set_actor
from coordination.access import Actor
from coordination.models import Membership
from coordination.roles import Role
from referrals import overdue
from referrals.actions.following_up import follow_up
from referrals.actions.reminding import remind_desk

_HOUR = dt.timedelta(hours=1)
_DONE = (
    # how, how long ago, and what was promised from then on
    ("phoned", 2 * _HOUR, None),
    ("promised", 3 * _HOUR, 2 * _HOUR),
    ("nobody", _HOUR, None),
    ("promised", _HOUR, 4 * _HOUR),
)


def follow_up_some(*, now: dt.datetime) -> None:
    """Follow up the longest overdue, in vain once, and ask the desk of the next to look."""
    seats = Membership.objects.current().filter(role=Role.COORDINATOR)
    seat = seats.select_related("user__agency", "desk__agency", "desk__team").first()
    if seat is None:
        return
    actor = Actor(seat.user, [seat], seat.desk)
    set_actor(seat.user_id, seat.desk_id)
    late = [each for each in overdue.overdue(actor) if now - each.due_at > _HOUR * 4]
    for each, (how, ago, promised) in zip(late, _DONE, strict=False):
        at = now - ago
        follow_up(
            actor=actor,
            subject=each.subject,
            how=how,
            seen=0,
            at=at,
            promised_by=at + promised if promised else None,
        )
    for each in late[len(_DONE) :][:1]:
        for desk in each.desks[:1]:
            remind_desk(actor=actor, desk=desk, about="overdue", at=now - _HOUR / 3)
