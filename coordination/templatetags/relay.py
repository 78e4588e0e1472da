"""What templates print: labels of codes, references, times as people say them, and the clock."""

import datetime as dt
import zoneinfo
from typing import Any, cast

from django import forms, template
from django.forms.boundfield import BoundField, BoundWidget
from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.dateformat import time_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext, pgettext_lazy

from coordination import references, vocabularies
from coordination.days import day_and_month, whole_day
from coordination.models import GroupAction
from coordination.releasing.periods import Period
from coordination.releasing.wording import figure_in_words, period_in_words

register = template.Library()

SOON = dt.timedelta(hours=4)
BAR = 144  # pixels
MINUTES_AN_HOUR = 60
HOURS_A_DAY = 24

_ZONES = {
    "EST": pgettext_lazy("time zone", "EST"),
    "EDT": pgettext_lazy("time zone", "EDT"),
    "CST": pgettext_lazy("time zone", "CST"),
    "CDT": pgettext_lazy("time zone", "CDT"),
}


@register.simple_tag
def label(vocabulary: str, code: str) -> str:
    """Return the label of a code in the reader's language; nothing for no code."""
    return vocabularies.label(vocabulary, code) if code else ""


@register.simple_tag
def provision(code: str) -> str:
    """Return what a legal provision allows, in words for the worker who chooses it."""
    return vocabularies.entry("legal_provision", code).text("wording")


@register.simple_tag
def labels(vocabulary: str, codes: list[str]) -> list[str]:
    return [vocabularies.label(vocabulary, code) for code in codes]


@register.simple_tag
def figure_of(action: GroupAction) -> str:
    """Return which figure of the statistics an action is about, in words."""
    return figure_in_words(action.table, action.period, action.at_place)


@register.filter
def by_title(field: BoundField) -> list[tuple[str, list[BoundWidget], int]]:
    """Return the boxes of a field whose choices have titles, with how many are ticked."""
    boxes, widget = iter(field), cast(forms.CheckboxSelectMultiple, field.field.widget)
    found = []
    for title, below, _place in widget.optgroups(field.html_name, []):
        mine = [next(boxes) for _each in below]
        found.append((str(title), mine, sum(bool(box.data["selected"]) for box in mine)))
    return found


@register.filter
def reference(value: str) -> str:
    return references.display(value)


@register.filter
def moment(value: dt.datetime | None) -> str:
    """Return a time as a worker says it: "today at 3:50 p.m."; in the acting desk's zone."""
    if value is None:
        return ""
    local, today = timezone.localtime(value), timezone.localdate()
    days = (local.date() - today).days
    time = hour(local.time())
    if days == 0:
        return _("today at %(time)s") % {"time": time}
    if days == -1:
        return _("yesterday at %(time)s") % {"time": time}
    if days == 1:
        return _("tomorrow at %(time)s") % {"time": time}
    weekday = pgettext("weekdays", "Mon Tue Wed Thu Fri Sat Sun").split()[local.weekday()]
    year = "" if local.year == today.year else f" {local.year}"
    return f"{weekday} {day_and_month(local)}{year}, {time}"


@register.filter
def day(value: dt.datetime | dt.date | None) -> str:
    """Return a day with its year; of a moment, in the acting desk's zone."""
    return "" if value is None else whole_day(value)


@register.filter
def period(value: Period) -> str:
    """Return a calendar period in words: "July to September 2026"."""
    return period_in_words(value)


@register.filter
def hour(value: dt.time | None) -> str:
    """Return a time of the day."""
    return time_format(value, _("g:i a")) if value else ""


@register.filter
def exact(value: dt.datetime | None) -> str:
    """Return the whole time with its zone, for a title or for paper."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    return f"{day(local)}, {_hour_and_zone(local)}"


def _hour_and_zone(local: dt.datetime) -> str:
    zone = date_format(local, "T")
    return f"{hour(local.time())} {_ZONES.get(zone, zone)}"


@register.filter(is_safe=True)
def one_stop(sentence: str) -> str:
    """Return a sentence that ends once, though its last word is "p.m."."""
    return sentence.replace(".m..", ".m.")


@register.simple_tag
def elsewhere(value: dt.datetime, zone: str) -> str:
    """Return a moment by the clock of the other side, with its day where that is another one."""
    there, here = value.astimezone(zoneinfo.ZoneInfo(zone)), timezone.localtime(value)
    time = _hour_and_zone(there)
    if there.date() != here.date():
        time = f"{day_and_month(there)}, {time}"
    return _("(%(time)s at the other desk)") % {"time": time}


@register.simple_tag
def by_clocks(value: dt.datetime, zone: str) -> str:
    """Return a moment as `moment` does; with the other side's clock, if its zone is another."""
    if not zone:
        return moment(value)
    own = date_format(timezone.localtime(value), "T")
    return f"{moment(value)} {_ZONES.get(own, own)} {elsewhere(value, zone)}"


@register.filter
def duration(span: dt.timedelta) -> str:
    """Return a span in words: "2 h 10 min"."""
    return _duration(span)


@register.inclusion_tag("relay/_clock.html")
def clock(
    due_at: dt.datetime,
    started_at: dt.datetime,
    now: dt.datetime,
    label: str = "",
    zone: str = "",
) -> dict[str, Any]:
    """Render the time that is left, with a bar, in words; `label` says what is due."""
    left = due_at - now
    whole = max((due_at - started_at).total_seconds(), 1)
    gone = min(max((now - started_at).total_seconds() / whole, 0.03), 1)
    code = "late" if left < dt.timedelta(0) else "soon" if left < SOON else "ok"
    words = _("Overdue by %(time)s") if code == "late" else _("%(time)s left")
    return {
        "code": code,
        "words": words % {"time": _duration(abs(left))},
        "due_at": due_at,
        "when": by_clocks(due_at, zone),
        "label": label,
        "width": round(BAR * gone),
        "bar": BAR,
    }


def _duration(span: dt.timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    hours, minutes = divmod(minutes, MINUTES_AN_HOUR)
    days, hours = divmod(hours, HOURS_A_DAY)
    if days:
        return ngettext("%(days)s day %(hours)s h", "%(days)s days %(hours)s h", days) % {
            "days": days,
            "hours": hours,
        }
    if hours:
        return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes}
    return pgettext("duration", "%(minutes)s min") % {"minutes": minutes}
