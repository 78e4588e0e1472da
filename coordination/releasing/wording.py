"""How a release is spoken of: its tables and what they count, their dimensions, its periods."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.dates import MONTHS
from django.utils.functional import Promise, lazy
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from coordination import vocabularies
from coordination.releasing.coming import Why
from coordination.releasing.periods import Period
from coordination.releasing.tables import TABLES


@dataclass(frozen=True)
class Words:
    title: str | Promise
    counts: str | Promise
    """What is counted, in one line."""


WORDS = {
    "volume": Words(
        _("Referrals received, by region"),
        _("Referrals that were sent in the period, each once, by the region that was asked."),
    ),
    "flow": Words(
        _("Referrals from region to region"),
        _("Referrals that were sent in the period, by the sender’s region and the receiver’s."),
    ),
    "requested": Words(
        _("Services requested"),
        _("Services asked for in referrals that were sent in the period, by the region asked."),
    ),
    "unmet": Words(
        _("Services that nobody offers"),
        _("Times a desk looked for a service, found nobody and said so, by the region looked in."),
    ),
    "decline_reasons": Words(
        _("Reasons for declining"),
        _("Referrals that were declined in the period, by reason and by kind of agency."),
    ),
    "doors_tried": Words(
        _("Doors tried"),
        _("Referrals whose service began in the period, by how many desks had been asked."),
    ),
    "time_to_service": Words(
        _("Time from the first request to service"),
        _("Referrals whose service began in the period, by the time since the first sending."),
    ),
    "outcomes": Words(
        _("Outcomes"),
        _("Services that were completed in the period, by what came of them."),
    ),
    "age_by_situation": Words(
        _("Age and situation"),
        _("Cases that were opened in the period, by age band and situation."),
    ),
    "gender_by_age": Words(
        _("Gender and age"),
        _("Cases that were opened in the period, by gender and age band."),
    ),
    "language_by_region": Words(
        _("Language and region"),
        _("Cases that were opened in the period, by language of service and region."),
    ),
    "adoption": Words(
        _("Desks that use Relay"),
        _("Desks open in the period, by whether they recorded anything, and region."),
    ),
    "time_to_accept": Words(
        _("Time to accept"),
        _("From sending to the first acceptance: the median, and within which nine of ten were."),
    ),
}

_SHEETS = {
    "volume": _("Received by region"),
    "flow": _("Region to region"),
    "time_to_service": _("Time to service"),
}
"""Short enough for the tab of a spreadsheet, in both languages."""

_label = lazy(vocabularies.label, str)

WORDS |= {
    code: Words(_label("stewarded_table", code), counts)
    for code, counts in (
        ("two_spirit", _("Cases that were opened in the period, of Two-Spirit people.")),
        (
            "indigenous_languages",
            _("Cases that were opened in the period, of people served in an Indigenous language."),
        ),
        (
            "cultural_services",
            _("Cultural services asked for in referrals that were sent in the period."),
        ),
        (
            "cultural_unmet",
            _("Times a desk looked for a cultural service, found nobody and said so."),
        ),
        (
            "led_asked",
            _("Cases that were opened in the period, of people who want Indigenous-led services."),
        ),
        (
            "led_met",
            _("Services begun for people who want Indigenous-led services, by who serves them."),
        ),
        (
            "indigenous_agencies",
            _("Referrals that were sent in the period to Indigenous agencies, by their kind."),
        ),
    )
}
"""Those of the stewards, by the names of their vocabulary."""

_DIMENSIONS = {
    "met": _("Served by"),
    "sender": _("From region"),
    "receiver": _("Receiving region"),
    "region": _("Region"),
    "service": _("Service"),
    "reason": _("Reason"),
    "kind": _("Kind of agency"),
    "doors": _("Doors tried"),
    "wait": _("Time"),
    "outcome": _("Outcome"),
    "age": _("Age"),
    "situation": _("Situation"),
    "gender": _("Gender"),
    "language": _("Language"),
    "activity": _("Desks"),
    "team": _("Team"),
    "urgency": _("Urgency"),
}


_ALL = {"team": _("All teams"), "urgency": _("All urgencies")}
"""What all of a dimension is called where it is no sum."""


def all_of(dimension: str) -> str:
    return str(_ALL.get(dimension, _("Total")))


_WHY = {
    Why.DUE: _("It is due, and comes with one of the next turns, the oldest period first."),
    Why.SETTLING: _("What is recorded late is still counted in it until %(day)s."),
    Why.REFUSED: _("Refused on %(day)s: its check found that something hidden could be told."),
    Why.NOT_WHOLE: _("The record began in it: it is not whole."),
    Why.LONGER_FIRST: _(
        "Its quarter or year comes first: beside it, this could tell what it hides."
    ),
    Why.MONTHS_OFF: _("Months are turned off here, so that quarters show more."),
    Why.PART_REFUSED: _("A quarter of it was refused, and months of that were released."),
}


def why_in_words(why: Why, *, day: str) -> str:
    """Return why a period that is over has no release; `day` is when that was, or will be."""
    return str(_WHY[why]) % {"day": day}


def title_of_dimension(name: str) -> str:
    return str(_DIMENSIONS[name])


def sheet_title(table: str) -> str:
    return str(_SHEETS.get(table, WORDS[table].title))


def label(vocabulary: str, code: str) -> str:
    """Return what a code is called; one that stands for several has a vocabulary of its own."""
    known = code in vocabularies.codes(vocabulary)
    return vocabularies.label(vocabulary if known else "counted_as", code)


def period_in_words(period: Period) -> str:
    """Return "July 2026", "July to September 2026" or "2026"."""
    first, last = period.months
    said = {"first": MONTHS[first.month], "last": MONTHS[last.month], "year": period.year}
    if period.month:
        return _now("%(first)s %(year)s") % said
    return _now("%(first)s to %(last)s %(year)s") % said if period.quarter else str(period.year)


def figure_in_words(table: str, period: str, place: Mapping[str, str]) -> str:
    """Return which figure of a release is meant: its table, where in it, and when."""
    found = next((each for each in TABLES if each.name == table), None)
    where = [
        label(found.vocabulary(name) if found else "urgency", code) if name != "team" else code
        for name, code in place.items()
    ]
    return " · ".join([str(WORDS[table].title), *where, period_in_words(Period.named(period))])
