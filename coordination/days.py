"""Days as people write them in the reader's language; "1er" is the first of a French month."""

import datetime as dt

from django.utils import timezone
from django.utils.translation import pgettext


def day_and_month(date: dt.date) -> str:
    """Return both as Canada abbreviates them, which Django's own French does not."""
    names = pgettext("months", "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec").split()
    number = pgettext("day of the month", "1") if date.day == 1 else date.day
    return f"{number} {names[date.month - 1]}"


def whole_day(value: dt.datetime | dt.date) -> str:
    """Return a day with its year; of a moment, in the acting desk's zone."""
    local = timezone.localtime(value) if isinstance(value, dt.datetime) else value
    return f"{day_and_month(local)} {local.year}"
