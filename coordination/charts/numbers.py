"""Numbers as they are written in charts and beside them, in the reader's language."""

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

HOUR, DAY = 60, 24 * 60
"""In minutes."""

_EXACT = 10 * HOUR
_HUNDRED = 100


def count(value: int | None) -> str:
    """Return a count with its thousands apart; what is hidden is said to be."""
    if value is None:
        return _("hidden")
    return number_format(value, decimal_pos=0, use_l10n=True, force_grouping=True)


def both_hidden() -> str:
    """Return what stands where neither of two numbers is shown."""
    return _("both hidden")


def share(part: int, whole: int) -> str:
    """Return a part as a percentage without decimals."""
    percent = round(_HUNDRED * part / whole)
    return _("%(number)s%%") % {"number": percent}


def time(minutes: int | None) -> str:
    """
    Return a time as exactly as it matters: minutes below ten hours, days above one.

    The scale of a chart and the numbers beside it change from hours to days at the same place.
    """
    if minutes is None:
        return _("hidden")
    if minutes < HOUR:
        return pgettext("duration", "%(minutes)s min") % {"minutes": minutes}
    if minutes < _EXACT and minutes % HOUR:
        hours, rest = divmod(minutes, HOUR)
        return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": rest}
    hours = round(minutes / HOUR)
    if hours <= DAY // HOUR:
        return _("%(hours)s h") % {"hours": hours}
    days, hours = divmod(hours, DAY // HOUR)
    if not hours:
        return ngettext("%(days)s day", "%(days)s days", days) % {"days": days}
    more = ngettext("%(days)s day %(hours)s h", "%(days)s days %(hours)s h", days)
    return more % {"days": days, "hours": hours}
