"""
Names of people and places, by lexicon: what only a list can know.

A name is never sure, so these warn; a First Nation's name is never stored at all (PRIVACY 3).
Sources and licences stand at the head of each file in `data/lexicons/`.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from django.apps import apps
from django.core.cache import cache

from coordination.gate.finding import Answer, Finding
from coordination.gate.normalise import Reading, fold

KINDS = frozenset(
    {"person_name", "place", "first_nation", "organization", "name_said", "named_house"}
)
"""Kinds that name somebody or something, by lexicon or by how it is said."""

_DIRECTORY = Path(__file__).resolve().parent.parent / "data" / "lexicons"
_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*\.?(?=\W|$|_)")
_LONGEST_PHRASE = 6
_SHORTEST = 4
_ABBREVIATION = 4
_REGIONS = frozenset({"toronto", "north", "central", "east", "west", "nord", "centre", "est"})
"""Names of the ministry's regions: codes, not places."""

_ORGANIZATIONS = "gate:organizations"
_FRESH = 300  # seconds

Phrases = Mapping[str, Collection[tuple[str, ...]]]


def lexicon(name: str) -> Iterator[str]:
    """Yield the entries of a file, folded."""
    for line in (_DIRECTORY / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            yield fold(line.strip())


@lru_cache
def _names() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Return given names, family names, and ordinary words of either language."""
    ordinary = frozenset(lexicon("ordinary_words")) | frozenset(lexicon("common_words"))
    return frozenset(lexicon("given_names")), frozenset(lexicon("family_names")), ordinary


def phrases(names: Collection[str]) -> Phrases:
    """Return phrases by their first word, to be found in one pass."""
    found: dict[str, set[tuple[str, ...]]] = {}
    for name in names:
        words = tuple(m.group().rstrip(".") for m in _WORD.finditer(fold(name)))
        if words and len(" ".join(words)) >= _SHORTEST:
            found.setdefault(words[0], set()).add(words[:_LONGEST_PHRASE])
    return found


@lru_cache
def _places() -> tuple[Phrases, Phrases]:
    return phrases(set(lexicon("municipalities")) - _REGIONS), phrases(
        set(lexicon("first_nations"))
    )


def organizations() -> Phrases:
    """Return the names of the directory's organizations, as of the last few minutes."""
    found: Phrases | None = cache.get(_ORGANIZATIONS)
    if found is None:
        agencies = apps.get_model("coordination", "Agency")  # its models stand on this package
        names = agencies.objects.values_list("name_en", "name_fr")
        found = phrases({each.partition("(")[0].strip() for pair in names for each in pair})
        cache.set(_ORGANIZATIONS, found, _FRESH)
    return found


class Words:
    """The words of a reading, folded, each with its place."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        found = [(m.group().rstrip("."), m.start()) for m in _WORD.finditer(reading.text)]
        self.typed = [word for word, _start in found]
        self.folded = [fold(word) for word in self.typed]
        self.starts = [start for _word, start in found]

    def __len__(self) -> int:
        return len(self.typed)

    def is_capital(self, at: int) -> bool:
        return self.typed[at][0].isupper()

    def is_short(self, at: int) -> bool:
        """Tell whether it is written as an abbreviation: "ETA" is no Eta."""
        return self.typed[at].isupper() and len(self.typed[at]) <= _ABBREVIATION

    def begins_sentence(self, at: int) -> bool:
        before = self.reading.text[: self.starts[at]].rstrip(" '\"(«")
        return not before or before[-1] in ".!?:;\n"

    def adjoin(self, at: int) -> bool:
        """Tell whether the next word follows with nothing but a space between."""
        end = self.starts[at] + len(self.typed[at])
        between = self.reading.text[end : self.starts[at + 1]]
        return not between.strip(" ") and bool(between)

    def finding(self, at: int, count: int, kind: str, answer: Answer) -> Finding:
        last = at + count - 1
        end = self.starts[last] + len(self.typed[last])
        return Finding(*self.reading.span(self.starts[at], end), kind, answer)


def _is_one(word: str, names: Collection[str]) -> bool:
    """Tell whether a word is one of the names, or is put together of one with a hyphen."""
    return word in names or ("-" in word and any(part in names for part in word.split("-")))


def people(words: Words) -> Iterator[Finding]:
    """Yield probable names: a given and a family name together, or a given name alone."""
    given, family, ordinary = _names()
    for at, word in enumerate(words.folded):
        paired = at + 1 < len(words) and words.adjoin(at)
        if paired and _is_one(word, given) and _is_one(words.folded[at + 1], family):
            ordinaries = (word in ordinary) + (words.folded[at + 1] in ordinary)
            capitals = words.is_capital(at) + words.is_capital(at + 1)
            if ordinaries == 0 or (capitals == 2 and ordinaries == 1):  # noqa: PLR2004  both
                yield words.finding(at, 2, "person_name", Answer.WARN)
                continue
        # A capital begins a sentence too, so there only a given name that is no word.
        known = word in given or (word in family and not words.begins_sentence(at))
        if known and word not in ordinary and words.is_capital(at) and not words.is_short(at):
            yield words.finding(at, 1, "person_name", Answer.WARN)


def places(words: Words) -> Iterator[Finding]:
    """Yield names of municipalities, First Nations and organizations of the directory."""
    municipalities, nations = _places()
    for phrases_of, kind, answer in (
        (nations, "first_nation", Answer.BLOCK),
        (municipalities, "place", Answer.WARN),
        (organizations(), "organization", Answer.WARN),
    ):
        for at, word in enumerate(words.folded):
            count = _matching(words, at, phrases_of.get(word, ()))
            if count and _is_meant(words, at, count):
                yield words.finding(at, count, kind, answer)


def _matching(words: Words, at: int, candidates: Collection[tuple[str, ...]]) -> int:
    fitting = [c for c in candidates if tuple(words.folded[at : at + len(c)]) == c]
    return max(map(len, fitting), default=0)


def _is_meant(words: Words, at: int, count: int) -> bool:
    """Tell a name from ordinary words: capitals, or a word that is nothing else."""
    _given, _family, ordinary = _names()
    said = words.folded[at : at + count]
    if all(word in ordinary for word in said):
        capitals = all(words.is_capital(at + place) for place in range(count))
        return capitals and (count > 1 or not words.begins_sentence(at))
    return True
