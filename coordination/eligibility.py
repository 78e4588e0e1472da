"""
Who is taken with which service: said by the desk's row, else by the desk, else by its sector.

What a sector's program takes everywhere is in `data/eligibility.json`: it holds for organizations
that are not on Relay too.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path

from django.db import models

from coordination.models import Agency, Desk

_DATA = Path(__file__).parent / "data" / "eligibility.json"
_NOT_SAID = ("", "not_disclosed")
AGE, GENDER = "age", "gender"


@dataclass(frozen=True)
class Terms:
    """Whom a service takes; an empty list takes everybody. `source` is of a sector's rule."""

    age_bands: Sequence[str] = ()
    genders: Sequence[str] = ()
    condition: str = ""
    source: str = ""

    def is_narrower(self, desk: Desk) -> bool:
        """Tell whether this says something that the desk's own lists do not."""
        own = (list(desk.age_bands), list(desk.genders), "")
        return (list(self.age_bands), list(self.genders), self.condition) != own

    def unfit(self, *, age_band: str, gender: str) -> frozenset[str]:
        """Return what speaks against a person; what is not known speaks against nobody."""
        found = set()
        if not _takes(self.age_bands, age_band):
            found.add(AGE)
        if not _takes(self.genders, gender):
            found.add(GENDER)
        return frozenset(found)


@dataclass(frozen=True)
class _SectorRule:
    kind: str
    service: str
    terms: Terms

    def holds(self, kind: str, service: str) -> bool:
        return self.kind in {"", kind} and self.service in {"", service}


def terms_of(desk: Desk, service: str) -> Terms:
    """Return whom a desk takes with a service; `offering.with_offer` saves a query for each."""
    row = next((each for each in desk.eligibility.all() if each.service == service), None)
    sector = sector_terms(desk.agency.kind, service)
    if row:
        return Terms(
            row.age_bands or desk.age_bands,
            row.genders or desk.genders,
            row.condition or sector.condition,
        )
    if desk.age_bands or desk.genders:
        return Terms(desk.age_bands or sector.age_bands, desk.genders, sector.condition)
    return sector


def sector_terms(kind: str, service: str) -> Terms:
    """Return whom organizations of this kind take with a service, where the sector says so."""
    found = [rule.terms for rule in _sector() if rule.holds(kind, service)]
    return Terms(
        age_bands=next((each.age_bands for each in found if each.age_bands), ()),
        genders=next((each.genders for each in found if each.genders), ()),
        condition=next((each.condition for each in found if each.condition), ""),
        source="; ".join(each.source for each in found),
    )


def unfit_at(
    desks: Sequence[Desk],
    agency: Agency | None,
    *,
    services: Collection[str],
    age_band: str,
    gender: str,
) -> frozenset[str]:
    """Return what speaks against a person at everybody who is asked: `age`, `gender` or nothing."""
    models.prefetch_related_objects(desks, "eligibility")
    asked = [_unfit_of(desk, services, age_band, gender) for desk in desks]
    if agency:
        kinds = [sector_terms(agency.kind, service) for service in services]
        asked.append(_union(each.unfit(age_band=age_band, gender=gender) for each in kinds))
    return frozenset.intersection(*asked) if asked else frozenset()


def ages_taken(desk: Desk, services: Collection[str]) -> Sequence[str]:
    """Return the age bands that a desk takes with all of these services; none is every band."""
    lists = [set(found) for s in services if (found := terms_of(desk, s).age_bands)]
    return sorted(set.intersection(*lists)) if lists else ()


def _unfit_of(desk: Desk, services: Collection[str], age_band: str, gender: str) -> frozenset[str]:
    offered = [service for service in services if service in desk.services] or services
    return _union(terms_of(desk, each).unfit(age_band=age_band, gender=gender) for each in offered)


def _union(found: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset(chain.from_iterable(found))


def _takes(accepted: Sequence[str], code: str) -> bool:
    unknown = code in _NOT_SAID or code.startswith("unknown")
    return not accepted or unknown or code in accepted


@cache
def _sector() -> tuple[_SectorRule, ...]:
    content = json.loads(_DATA.read_text(encoding="utf-8"))
    return tuple(
        _SectorRule(
            kind=each.get("kind", ""),
            service=each.get("service", ""),
            terms=Terms(
                each.get("age_bands", ()),
                each.get("genders", ()),
                each.get("condition", ""),
                each["source"],
            ),
        )
        for each in content["sector"]
    )
