"""Calendar periods, as "2026-09", "2026-Q3" and "2026"; they end at midnight in Ontario."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from django.utils.translation import gettext_lazy as _

from coordination.counting.histories import month_of
from coordination.errors import Invalid

_FORM = re.compile(r"^(20\d\d)(?:-(?:Q([1-4])|(0[1-9]|1[0-2])))?$")
_OF_A_QUARTER = 3
_OF_A_YEAR = 4


@dataclass(frozen=True, order=True)
class Period:
    year: int
    quarter: int = 0
    month: int = 0
    """0 where it is longer."""

    @classmethod
    def named(cls, name: str) -> Self:
        """:raises Invalid: if it is no period."""
        found = _FORM.match(name)
        if found is None:
            raise Invalid(_("Give a period as 2026-09, 2026-Q3 or 2026."), field="period")
        year, quarter, month = (int(each or 0) for each in found.groups())
        return cls(year, quarter or (month + 2) // _OF_A_QUARTER, month)

    @property
    def name(self) -> str:
        if self.month:
            return f"{self.year}-{self.month:02}"
        return f"{self.year}-Q{self.quarter}" if self.quarter else str(self.year)

    @property
    def months(self) -> tuple[dt.date, dt.date]:
        """Return the first day of its first and of its last month."""
        first = self.month or (self.quarter - 1) * _OF_A_QUARTER + 1 if self.quarter else 1
        last = self.month or (self.quarter or 4) * _OF_A_QUARTER
        return dt.date(self.year, first, 1), dt.date(self.year, last, 1)

    @property
    def is_quarter(self) -> bool:
        return bool(self.quarter and not self.month)

    @property
    def parts(self) -> list["Period"]:
        if self.month:
            return []
        if self.quarter:
            last = self.quarter * _OF_A_QUARTER
            return [Period(self.year, self.quarter, m) for m in range(last - 2, last + 1)]
        return [Period(self.year, quarter) for quarter in range(1, 5)]

    @property
    def wholes(self) -> list["Period"]:
        """Return the longer periods that it is part of."""
        longer = [Period(self.year, self.quarter)] if self.month else []
        return [*longer, Period(self.year)] if self.quarter else []

    @property
    def before(self) -> "Period":
        """Return the period of the same length before this one."""
        first = self.months[0] - dt.timedelta(days=1)
        quarter = (first.month + 2) // _OF_A_QUARTER if self.quarter else 0
        return Period(first.year, quarter, first.month if self.month else 0)

    @property
    def a_year_before(self) -> "Period":
        return Period(self.year - 1, self.quarter, self.month)

    def has_ended(self, *, at: dt.datetime) -> bool:
        return month_of(at) > self.months[1]


def ended(*, since: dt.date, at: dt.datetime) -> Iterator[Period]:
    """Yield the periods that have ended, from the month of a day on; parts before wholes."""
    month = Period(since.year, (since.month + 2) // _OF_A_QUARTER, since.month)
    while month.has_ended(at=at):
        yield month
        if month.month == month.quarter * _OF_A_QUARTER:
            yield Period(month.year, month.quarter)
            if month.quarter == _OF_A_YEAR:
                yield Period(month.year)
        first = month.months[0] + dt.timedelta(days=31)
        month = Period(first.year, (first.month + 2) // _OF_A_QUARTER, first.month)
