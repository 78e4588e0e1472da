"""
What is counted for the stewards alone: proxies of Indigenous identity, in populations of their own.

Never a part of an open table: there these are counted under a wider code. Identity itself is in
neither: whoever counts cannot read it (ADR 15).
"""

from collections.abc import Iterable, Iterator, Mapping

from coordination.counting.populations import Dimension, Population

Said = tuple[str, Mapping[str, str]]
"""Population, and the code of each of its dimensions."""

LANGUAGES = ("oj", "cr", "ojs", "moh", "iu")
SERVICES = ("cultural_support", "indigenous_navigation")
AGENCIES = ("indigenous_org", "cas_indigenous", "police_first_nation")
LED = frozenset({"indigenous_org", "cas_indigenous"})
WANTED = frozenset({"first_choice", "if_available"})

_REGION = Dimension("region", "wide_region")

_SERVICE = Dimension("service", "service_need", SERVICES)


def _population(name: str, *more: Dimension) -> Population:
    return Population(name, (*more, _REGION), persons=True)


SEALED: Mapping[str, Population] = {
    each.name: each
    for each in (
        _population("two_spirit"),
        _population("languages", Dimension("language", "service_language", LANGUAGES)),
        _population("culture_asked", _SERVICE),
        _population("culture_unmet", _SERVICE),
        _population("led_asked"),
        _population("led_begun", Dimension("met", "led_answer")),
        _population("led_agencies", Dimension("kind", "organisation_kind", AGENCIES)),
    )
}
"""By two wide regions, as the figures are small: geography is coarsened before identity."""


def of_case(facts: Mapping[str, str], region: str) -> Iterator[Said]:
    where = {"region": _wide(region)}
    if facts["gender_identity"] == "two_spirit":
        yield "two_spirit", where
    if facts["service_language"] in LANGUAGES:
        yield "languages", {"language": facts["service_language"], **where}
    if facts.get("indigenous_led") in WANTED:
        yield "led_asked", where


def of_services(population: str, services: Iterable[str], region: str) -> Iterator[Said]:
    for service in services:
        if service in SERVICES:
            yield population, {"service": service, "region": _wide(region)}


def of_sent(kind: str, region: str) -> Iterator[Said]:
    if kind in AGENCIES:
        yield "led_agencies", {"kind": kind, "region": _wide(region)}


def of_begun(asked: str | None, kind: str, region: str) -> Iterator[Said]:
    """Yield whether somebody who asked for an Indigenous-led service is served by one."""
    if asked in WANTED:
        yield "led_begun", {"met": "met" if kind in LED else "not_met", "region": _wide(region)}


def _wide(region: str) -> str:
    return "north" if region == "north" else "rest"
