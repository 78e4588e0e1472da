"""
How long each class is kept: the table is data, and the privacy officer may set another period.

What a period disposes of does not come back. So it stays within bounds, and counts from a week on.
"""

import calendar
import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from audit.record import record
from audit.verbs import Verb
from coordination import access, vocabularies
from coordination.errors import Invalid
from coordination.models import RetentionPeriod

SET_PERIOD = "coordination.set_period"
NOTICE = dt.timedelta(days=7)
"""Time to set a mistake right before a new period disposes of anything."""

_MONTHS_A_YEAR = 12


@dataclass(frozen=True)
class Rule:
    """One line of the table: a class, how long it is kept from when, and what happens then."""

    code: str
    length: int
    entry: vocabularies.Entry

    @property
    def unit(self) -> str:
        return str(self.entry.extra["unit"])

    @property
    def bounds(self) -> tuple[int, int]:
        return int(self.entry.extra["least"]), int(self.entry.extra["most"])

    @property
    def period(self) -> str:
        """Return the period as the record says it, as "24 months"."""
        return f"{self.length} {self.unit}"

    @property
    def shown(self) -> str:
        """Return the period in the reader's language."""
        words = {
            "days": ngettext("%(n)d day", "%(n)d days", self.length),
            "months": ngettext("%(n)d month", "%(n)d months", self.length),
        }[self.unit]
        return words % {"n": self.length}

    @property
    def label(self) -> str:
        return self.entry.label

    @property
    def since(self) -> str:
        return self._said("from")

    @property
    def then(self) -> str:
        return self._said("then")

    def _said(self, what: str) -> str:
        language = "fr" if (get_language() or "en").startswith("fr") else "en"
        return str(self.entry.extra[f"{what}_{language}"])

    def cutoff(self, at: dt.datetime) -> dt.datetime:
        """Return the moment before which things of this class are due at a moment."""
        if self.unit == "days":
            return at - dt.timedelta(days=self.length)
        months = at.year * _MONTHS_A_YEAR + at.month - 1 - self.length
        year, month = divmod(months, _MONTHS_A_YEAR)
        day = min(at.day, calendar.monthrange(year, month + 1)[1])
        return at.replace(year=year, month=month + 1, day=day)


def rules(*, at: dt.datetime) -> list[Rule]:
    """Return the whole table as it holds at a moment."""
    said: dict[str, int] = {}
    for period in RetentionPeriod.objects.filter(holds_from__lte=at).order_by("holds_from", "pk"):
        said[period.record_class] = period.length
    return [_rule(entry, said.get(entry.code)) for entry in vocabularies.entries("retention_class")]


def rule(code: str, *, at: dt.datetime) -> Rule:
    """:raises UnknownCode: if there is no such class."""
    vocabularies.entry("retention_class", code)
    return next(each for each in rules(at=at) if each.code == code)


def coming(*, at: dt.datetime) -> list[tuple[Rule, dt.datetime]]:
    """Return the periods that were set and do not count yet, with the moment from which."""
    rows = RetentionPeriod.objects.filter(holds_from__gt=at).order_by("holds_from", "pk")
    return [
        (
            _rule(vocabularies.entry("retention_class", each.record_class), each.length),
            each.holds_from,
        )
        for each in rows
    ]


@transaction.atomic
def set_period(
    *, actor: access.Actor, record_class: str, length: int, at: dt.datetime
) -> RetentionPeriod:
    """
    Keep a class for another period, in the unit of the class, from a week on.

    :raises NotAllowed: unless the privacy officer sets it.
    :raises Invalid: if it is outside the bounds of the class.
    """
    access.require(actor, SET_PERIOD)
    now = rule(record_class, at=at)
    least, most = now.bounds
    if not least <= length <= most:
        raise Invalid(
            _("Give a number from %(least)s to %(most)s.") % {"least": least, "most": most},
            field="length",
        )
    period = RetentionPeriod.objects.create(
        record_class=record_class,
        length=length,
        set_by=actor.user,
        set_at=at,
        holds_from=at + NOTICE,
    )
    record(
        Verb.PERIOD_SET,
        subject=f"retention:{record_class}",
        at=at,
        data={
            "before": now.period,
            "after": f"{length} {now.unit}",
            "from": period.holds_from.isoformat(),
        },
    )
    return period


def _rule(entry: vocabularies.Entry, said: int | None) -> Rule:
    """Return the rule; what was written past the action is brought within the bounds."""
    length = int(entry.extra["length"]) if said is None else said
    least, most = int(entry.extra["least"]), int(entry.extra["most"])
    return Rule(entry.code, min(max(length, least), most), entry)
