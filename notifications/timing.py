"""When a mail goes out: at once, after somebody's quiet hours, or with the next daily digest."""

import datetime as dt
import zoneinfo

from notifications.kinds import DEFAULTS, Kind, Moment
from notifications.models import Mailbox

DIGEST_AT = dt.time(8)
"""By the clock of the person's desk."""


def mail_due(
    *,
    kind: Kind,
    chosen: str | None,
    mailbox: Mailbox | None,
    wakes: bool,
    time_zone: str,
    at: dt.datetime,
) -> dt.datetime | None:
    """
    Return when mail about a notice goes out, or None if the person wants none.

    `chosen` is what the person chose for the kind; `wakes` says that quiet hours do not count: it
    is immediate, and the person is on duty.
    """
    moment = Moment(chosen) if chosen else DEFAULTS[kind]
    if moment == Moment.OFF:
        return None
    local = at.astimezone(zoneinfo.ZoneInfo(time_zone))
    if wakes:
        return at
    if moment == Moment.DIGEST:
        return _next(local, DIGEST_AT)
    if mailbox and mailbox.quiet_from and mailbox.quiet_until:
        return _after_quiet(local, mailbox.quiet_from, mailbox.quiet_until)
    return at


def _after_quiet(local: dt.datetime, start: dt.time, end: dt.time) -> dt.datetime:
    now = local.time()
    quiet = start <= now < end if start <= end else now >= start or now < end
    return _next(local, end) if quiet else local.astimezone(dt.UTC)


def _next(local: dt.datetime, time: dt.time) -> dt.datetime:
    """Return the next moment at which the clock on the wall says this."""
    day = local.date() + dt.timedelta(days=local.time() >= time)
    return dt.datetime.combine(day, time, local.tzinfo).astimezone(dt.UTC)
