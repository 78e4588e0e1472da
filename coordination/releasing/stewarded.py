"""The fixed list of tables that concern governance bodies, and what each is a part of."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from coordination import vocabularies
from coordination.counting.populations import Population
from coordination.counting.sealed import SEALED


@dataclass(frozen=True)
class Whole:
    """An open figure that a sealed population is a part of: with others, whom it must not tell."""

    population: str
    at: Mapping[str, str] = field(default_factory=dict)
    region: str = ""
    """The dimension that is the region there, if an open table has it."""


@dataclass(frozen=True)
class Stewarded:
    name: str
    population: Population
    wholes: tuple[Whole, ...]

    @property
    def bodies(self) -> list[str]:
        return list(vocabularies.entry("stewarded_table", self.name).extra["bodies"])


_CASES = Whole("cases", region="region")

STEWARDED = tuple(
    Stewarded(name, SEALED[population], wholes)
    for name, population, wholes in (
        ("two_spirit", "two_spirit", (_CASES, Whole("cases", {"gender": "another_gender"}))),
        (
            "indigenous_languages",
            "languages",
            (Whole("cases", {"language": "another_language"}, "region"),),
        ),
        (
            "cultural_services",
            "culture_asked",
            (Whole("asked", {"service": "another_service"}, "receiver"),),
        ),
        (
            "cultural_unmet",
            "culture_unmet",
            (Whole("unmet", {"service": "another_service"}, "receiver"),),
        ),
        ("led_asked", "led_asked", (_CASES,)),
        ("led_met", "led_begun", (Whole("begun", region="receiver"),)),
        ("indigenous_agencies", "led_agencies", (Whole("sent", region="receiver"),)),
    )
)
