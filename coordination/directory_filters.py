"""What the directory is narrowed to, as an address says it."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db import models
from django.db.models import Q
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from coordination import offering, vocabularies
from coordination.models import Agency, Desk

FILTERS: dict[str, tuple[str, Promise]] = {
    "service": ("service_need", _("Service")),
    "region": ("region", _("Region")),
    "age_band": ("age_band", _("Age group")),
    "gender": ("gender_identity", _("Gender")),
    "language": ("service_language", _("Language of service")),
}
_FEMININE = frozenset({"language", "overdue", "region", "team", "urgency"})
_LONGEST = 80


@dataclass(frozen=True)
class Search:
    """Codes by filter; `name` is part of a name, `accepting` leaves out who is full."""

    codes: dict[str, str]
    name: str = ""
    accepting: bool = False

    def __bool__(self) -> bool:
        return bool(self.codes or self.name or self.accepting)

    def pairs(self) -> list[tuple[str, str]]:
        found = list(self.codes.items())
        if self.name:
            found.append(("name", self.name))
        if self.accepting:
            found.append(("accepting", "true"))
        return found

    def chips(self) -> list[dict[str, str]]:
        """Return what was chosen, each with the query without it."""
        return [
            {
                "label": self._label(name, value),
                "without": urlencode([pair for pair in self.pairs() if pair[0] != name]),
            }
            for name, value in self.pairs()
        ]

    @staticmethod
    def _label(name: str, value: str) -> str:
        if name in FILTERS:
            return vocabularies.label(FILTERS[name][0], value)
        return str(_("Accepting now")) if name == "accepting" else value


def read(query: QueryDict) -> Search:
    """Return the search of an address; what is no code is left out."""
    given = {name: query.get(name, "") for name in FILTERS}
    codes = {
        name: code for name, code in given.items() if code in vocabularies.codes(FILTERS[name][0])
    }
    name = query.get("name", "")[:_LONGEST].replace("\x00", "").strip()
    return Search(codes, name, query.get("accepting") == "true")


def desks_of(search: Search, desks: "models.QuerySet[Desk]") -> "models.QuerySet[Desk]":
    """Return the desks that fit a search."""
    codes = search.codes
    if "service" in codes:
        desks = desks.filter(services__contains=[codes["service"]])
    if "region" in codes:
        desks = desks.filter(team__region=codes["region"])
    service = codes.get("service", "")
    for name, column in (("age_band", "age_bands"), ("gender", "genders")):
        if name in codes:
            desks = offering.taking(desks, column=column, code=codes[name], service=service)
    if "language" in codes:
        desks = desks.filter(languages__contains=[codes["language"]])
    if search.name:
        desks = desks.filter(_named(search.name, "agency__") | _named(search.name, "team__"))
    return offering.accepting(desks) if search.accepting else desks


def agencies_of(search: Search) -> "models.QuerySet[Agency]":
    """Return the organizations that are not on Relay and fit: of these, services are not known."""
    if set(search.codes) - {"region"} or search.accepting:
        return Agency.objects.none()
    agencies = Agency.objects.filter(source="directory", desks=None).order_by("region", "name_en")
    if "region" in search.codes:
        agencies = agencies.filter(region=search.codes["region"])
    return agencies.filter(_named(search.name)) if search.name else agencies


def panel(search: Search) -> list[dict[str, Any]]:
    """Return what the search form offers, with what is chosen."""
    return [
        {
            "name": name,
            "label": label,
            "any": any_of(name),
            "options": [
                (code, text, search.codes.get(name) == code)
                for code, text in vocabularies.choices(vocabulary)
            ],
        }
        for name, (vocabulary, label) in FILTERS.items()
    ]


def any_of(name: str) -> Promise:
    """Return the choice that leaves nothing out; in French it agrees with what it is of."""
    return pgettext_lazy("of a feminine noun", "Any") if name in _FEMININE else _("Any")


def _named(part: str, prefix: str = "") -> Q:
    return Q(**{f"{prefix}name_en__icontains": part}) | Q(**{f"{prefix}name_fr__icontains": part})
