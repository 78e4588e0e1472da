"""
What a worklist is narrowed to, as an address says it: coded, bookmarkable, removable one by one.

The page and the API read it here; `worklist` turns it into SQL.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from coordination import vocabularies
from coordination.directory_filters import any_of
from referrals.states import Status


class Sort(StrEnum):
    DUE = "due"
    NEWEST = "newest"
    FROM = "from"


SORTS: Mapping[Sort, Promise] = {
    Sort.DUE: _("Response due"),
    Sort.NEWEST: _("Newest first"),
    Sort.FROM: _("Sender"),
}

CODED: Mapping[str, tuple[str, Promise]] = {
    "urgency": ("urgency", _("Urgency")),
    "service": ("service_need", _("Need")),
    "region": ("region", _("From region")),
    "kind": ("organisation_kind", _("From")),
    "age_band": ("age_band", _("Age group")),
    "status": ("referral_status", _("Status")),
}
"""Filter -> the vocabulary of its codes, and what the panel calls it."""

CHOICES: Mapping[str, tuple[Promise, Mapping[str, Promise]]] = {
    "owner": (_("Who works on it"), {"me": _("Me"), "nobody": _("Unassigned")}),
    "overdue": (
        _("Due"),
        {"true": _("Past response time"), "soon": _("Due in the next 4 hours")},
    ),
    "indigenous_led": (_("Indigenous-led services"), {"true": _("Indigenous-led requested")}),
}
"""Filters with codes of their own."""


class UnknownFilter(ValueError):
    """A filter's value that is no code; `name` is the filter."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True)
class Filters:
    """The codes chosen, by filter; within one filter any of them fits, across filters all."""

    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: Sort = Sort.DUE

    def __bool__(self) -> bool:
        return bool(self.chosen)

    @property
    def query(self) -> str:
        """The same as an address says it."""
        return urlencode(list(self._pairs()))

    def _pairs(self) -> Iterator[tuple[str, str]]:
        for name, codes in self.chosen.items():
            for code in codes:
                yield name, code
        if self.sort != Sort.DUE:
            yield "sort", str(self.sort)

    def chips(self) -> list[dict[str, Any]]:
        """Return each chosen code with its label and the query without it."""
        pairs = list(self._pairs())
        return [
            {
                "label": label_of(name, code),
                "without": urlencode([pair for pair in pairs if pair != (name, code)]),
            }
            for name, code in pairs
            if name != "sort"
        ]

    def title(self) -> str:
        """Return what a saved view is called: its filters, in the reader's language."""
        return ", ".join(chip["label"] for chip in self.chips())


def read(query: QueryDict) -> Filters:
    """
    Return the filters of an address; names that are no filter are left to others.

    :raises UnknownFilter: if a value is not one of its codes.
    """
    chosen: dict[str, tuple[str, ...]] = {}
    for name in (*CODED, *CHOICES):
        codes = tuple(dict.fromkeys(each for each in query.getlist(name) if each))
        if not codes:
            continue
        known = codes_of(name)
        if any(code not in known for code in codes):
            raise UnknownFilter(name)
        chosen[name] = codes
    sort = query.get("sort") or Sort.DUE
    if sort not in set(Sort):
        raise UnknownFilter("sort")
    return Filters(chosen, Sort(sort))


def codes_of(name: str) -> list[str]:
    """Return the codes that a filter knows."""
    if name in CHOICES:
        return list(CHOICES[name][1])
    if name == "status":
        return [str(status) for status in Status]
    return list(vocabularies.codes(CODED[name][0]))


def label_of(name: str, code: str) -> str:
    """Return what a chosen code is called, in the reader's language."""
    if name in CHOICES:
        return str(CHOICES[name][1][code])
    vocabulary, title = CODED[name]
    label = vocabularies.label(vocabulary, code)
    return f"{title}: {label}" if name in {"region", "kind"} else label


def panel(filters: Filters) -> list[dict[str, Any]]:
    """Return what the panel of filters offers, with what is chosen."""
    return [
        {
            "name": name,
            "label": CODED[name][1] if name in CODED else CHOICES[name][0],
            "any": any_of(name),
            "options": [
                {
                    "code": code,
                    "label": label_of(name, code).removeprefix(f"{CODED[name][1]}: ")
                    if name in CODED
                    else label_of(name, code),
                    "chosen": code in filters.chosen.get(name, ()),
                }
                for code in codes_of(name)
            ],
        }
        for name in (*CODED, *CHOICES)
    ]
