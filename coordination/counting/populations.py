"""
What is counted, by which codes: the fixed list. What is not here is in no statistics.

Indigenous identity never is (ADR 15), nor here what stands for it: Two-Spirit, Indigenous
languages, cultural services and Indigenous agencies are counted under a wider code, before anything
is stored. Their stewards decide about tables of their own: see `sealed`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from coordination import vocabularies

WIDER: Mapping[str, Mapping[str, str]] = {
    "gender_identity": {
        "two_spirit": "another_gender",
        "non_binary": "another_gender",
        "not_disclosed": "another_gender",
    },
    "service_language": {
        **dict.fromkeys(("oj", "cr", "ojs", "moh", "iu"), "another_language"),
        "other_interpreter": "another_language",
    },
    "service_need": {
        **dict.fromkeys(("cultural_support", "indigenous_navigation"), "another_service"),
        "tattoo_removal": "another_service",
        "image_takedown": "another_service",
    },
    "organisation_kind": {
        "police_first_nation": "police",
        "cas_indigenous": "cas",
        "indigenous_org": "community_org",
    },
}
"""Vocabulary -> code -> what it is counted as; never alone, or it would be told by its name."""


@dataclass(frozen=True)
class Dimension:
    name: str
    vocabulary: str
    only: tuple[str, ...] = ()
    """Codes, if not all of the vocabulary are counted; then each by itself."""

    @property
    def codes(self) -> tuple[str, ...]:
        if self.only:
            return self.only
        wider = WIDER.get(self.vocabulary, {})
        codes = (wider.get(code, code) for code in vocabularies.codes(self.vocabulary))
        return tuple(dict.fromkeys(codes))

    def code(self, said: str) -> str:
        """Return what a code is counted as."""
        return said if self.only else WIDER.get(self.vocabulary, {}).get(said, said)


@dataclass(frozen=True)
class Population:
    """Things of which each counts once, and the dimensions that are known of each."""

    name: str
    dimensions: tuple[Dimension, ...]
    persons: bool
    """Whether it says something of the person: then by quarter, and a zero is hidden."""

    def codes_of(self, said: Mapping[str, str]) -> tuple[str, ...]:
        return tuple(each.code(said[each.name]) for each in self.dimensions)


def _population(name: str, *, persons: bool = False, **dimensions: str) -> Population:
    return Population(name, tuple(Dimension(*each) for each in dimensions.items()), persons)


POPULATIONS: Mapping[str, Population] = {
    each.name: each
    for each in (
        _population("sent", sender="region", receiver="region"),
        _population("asked", service="service_need", receiver="region", persons=True),
        _population("unmet", service="service_need", receiver="region", persons=True),
        _population("declined", reason="decline_reason", kind="organisation_kind"),
        _population("begun", doors="doors_tried", wait="wait_to_service", receiver="region"),
        _population("outcomes", service="service_need", outcome="outcome", persons=True),
        _population(
            "cases",
            age="age_band",
            situation="situation",
            gender="gender_identity",
            language="service_language",
            region="region",
            persons=True,
        ),
    )
}
