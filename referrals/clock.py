"""When an answer is due. Ontario's holidays and desk hours come with the issue on clocks."""

import datetime as dt
import re
import zoneinfo

from coordination import vocabularies
from referrals.models import Referral

_TARGET = re.compile(r"PT(?P<hours>\d+)H|P(?P<days>\d+)D|(?P<business_days>\d+)BD")
_SATURDAY = 5

DRAFT_KEPT = dt.timedelta(days=7)
"""PRIVACY section 6: a draft that was never sent."""

PHONE_CONFIRMED = dt.timedelta(hours=1)
"""What was agreed by phone is confirmed on Relay within this time."""

TAKE_BACK = dt.timedelta(hours=4)
"""UX C3: the sender takes a referral that is given back within this time."""

CHECK_IN = dt.timedelta(days=30)
"""How often the receiver says how a service goes on."""


def answer_due(referral: Referral, *, sent_at: dt.datetime, agreed_by_phone: bool) -> dt.datetime:
    """
    Return when an answer is due, in the receiver's time zone: of a team, its duty desk's.

    Hours run around the clock; days end at the time of day of sending; business days skip weekends.
    What was agreed by phone is due sooner. An acceptance that is undone is due as it was before.
    """
    due_at = after_target(referral.urgency, since=sent_at, time_zone=_zone_of(referral))
    return min(due_at, sent_at + PHONE_CONFIRMED) if agreed_by_phone else due_at


def _zone_of(referral: Referral) -> str:
    desk = referral.to_desk or (referral.to_team and referral.to_team.duty_desk)
    return (desk or referral.from_desk).time_zone


def contact_due(urgency: str, *, accepted_at: dt.datetime, time_zone: str) -> dt.datetime:
    """Return when the receiver should have spoken with the sender: the same target once more."""
    return after_target(urgency, since=accepted_at, time_zone=time_zone)


def after_target(urgency: str, *, since: dt.datetime, time_zone: str) -> dt.datetime:
    match = _TARGET.fullmatch(str(vocabularies.entry("urgency", urgency).extra["map"]))
    if match is None:
        raise ValueError(f"The vocabulary gives {urgency} no target.")
    if match["hours"]:
        return since + dt.timedelta(hours=int(match["hours"]))
    local = since.astimezone(zoneinfo.ZoneInfo(time_zone))
    if match["days"]:
        return local + dt.timedelta(days=int(match["days"]))
    left = int(match["business_days"])
    while left:
        local += dt.timedelta(days=1)
        left -= local.weekday() < _SATURDAY
    return local
