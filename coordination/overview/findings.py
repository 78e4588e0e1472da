"""
What a table says in one sentence, as the heading of its chart: reviewed templates, one each.

A sentence stands only where the figures carry it. They are rounded, so a share is said to be about;
and a share of the largest shown is said only where nothing that is hidden could be larger: else the
page and the report, which hide more or less, would name different ones.
"""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coordination.charts import numbers
from coordination.coverage import REGIONS
from coordination.releasing.shown import Table

ENOUGH = 50
"""A share is said of at least so many: then the rounding moves it by a few points at most."""

Shown = Sequence[tuple[str, int | None]]
"""Labels and their figures, the largest first."""


def received(shown: Shown, whole: int | None, *, base: int) -> str:
    return _of(_("%(label)s received about %(share)s of referrals"), shown, whole, base)


def declined(shown: Shown, whole: int | None, *, base: int) -> str:
    return _of(_("%(label)s: the reason for about %(share)s of refusals"), shown, whole, base)


def became(shown: Shown, whole: int | None, *, base: int) -> str:
    return _of(_("%(label)s: about %(share)s of outcomes"), shown, whole, base)


def first_door(first: int | None, whole: int | None) -> str:
    said = _share(first, whole)
    return (
        _("About %(share)s were served by the first desk asked") % {"share": said} if said else ""
    )


def soon(first: int | None, whole: int | None) -> str:
    said = _share(first, whole)
    return _("About %(share)s were served within a day") % {"share": said} if said else ""


def active(now: int | None, silent: int | None) -> str:
    """Desks are counted exactly enough to be named: a zero of them is shown."""
    if now is None or silent is None or not now + silent:
        return ""
    share = numbers.share(now, now + silent)
    return _("About %(share)s of desks use Relay") % {"share": share}


def across(flow: Table) -> str:
    """Return how many referrals leave their region, if what stays is shown of every region."""
    own = [flow.cell(sender=region, receiver=region).number for region in REGIONS]
    whole = flow.cell().number
    if whole is None or None in own:
        return ""
    share = _share(max(whole - sum(filter(None, own)), 0), whole)
    said = _("About %(share)s of referrals go to another region")
    return said % {"share": share} if share else ""


def late(p90s: Sequence[int], target: int | None) -> str:
    """Return in how many teams nine of ten take longer than the standard, in minutes."""
    if target is None or not p90s:
        return ""
    over = sum(each > target for each in p90s)
    if not over:
        return _("Every team shown accepts nine in ten within the standard")
    said = ngettext(
        "In %(over)s of %(all)s team shown, one in ten waits longer than the standard",
        "In %(over)s of %(all)s teams shown, one in ten waits longer than the standard",
        len(p90s),
    )
    return said % {"over": over, "all": len(p90s)}


def _of(template: str, shown: Shown, whole: int | None, base: int) -> str:
    """Return nothing where it is not certain which is the largest: naming one would mislead."""
    label, number = next(((name, n) for name, n in shown if n), ("", None))
    if [n for _name, n in shown].count(number) > 1 or not _is_largest(shown, whole, base):
        return ""
    share = _share(number, whole)
    return template % {"label": label, "share": share} if share else ""


def _is_largest(shown: Shown, whole: int | None, base: int) -> bool:
    """
    Tell whether no hidden figure can exceed the largest shown.

    Each figure is up to half of `base` off: all that is shown, the whole, and the largest itself.
    """
    told = [n for _name, n in shown if n is not None]
    if len(told) == len(shown):
        return True
    if not told or whole is None:
        return False
    return max(told) > whole - sum(told) + (len(told) + 2) * base / 2


def _share(part: int | None, whole: int | None) -> str:
    if part is None or whole is None or whole < ENOUGH or part > whole:
        return ""
    return numbers.share(part, whole)
