"""Codes and their labels: the one loader. Codes are stable; labels may change."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.functional import Promise, lazystr
from django.utils.translation import get_language

_DATA = Path(__file__).parent / "data"
_FILES = (
    "vocabularies.json",
    "vocabularies_relay.json",
    "guard_rails.json",
    "retention.json",
)


class UnknownCode(ValueError):
    """No such code in the vocabulary, or no such vocabulary."""


@dataclass(frozen=True)
class Entry:
    code: str
    en: str
    fr: str
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return self.fr if _language() == "fr" else self.en

    def text(self, name: str) -> str:
        """Return what the entry says further in the reader's language: `<name>_en`, `<name>_fr`."""
        return str(self.extra[f"{name}_{_language()}"])


_UNKNOWN = Entry(code="", en="–", fr="–")


def _language() -> str:
    return "fr" if (get_language() or "en").startswith("fr") else "en"


_SPACED = re.compile("[ \N{NO-BREAK SPACE}](?=[;?!])")
_SAID = "said_otherwise.json"
"""Labels of the shared files that Relay says in other words, until those files do."""


@cache
def _load() -> dict[str, dict[str, Entry]]:
    loaded: dict[str, dict[str, Entry]] = {}
    said = json.loads((_DATA / _SAID).read_text(encoding="utf-8"))
    for name in _FILES:
        for vocabulary, content in json.loads((_DATA / name).read_text(encoding="utf-8")).items():
            loaded[vocabulary] = {
                each["code"]: Entry(
                    code=each["code"],
                    en=each["en"],
                    fr=_set_as_in_canada(said.get(vocabulary, {}).get(each["code"], each["fr"])),
                    extra={k: v for k, v in each.items() if k not in {"code", "en", "fr"}},
                )
                for each in content["codes"]
            }
    return loaded


def _set_as_in_canada(french: str) -> str:
    """Return a label without a space before ; ? and !, which some of the shared labels have."""
    return _SPACED.sub("", french)


def names() -> tuple[str, ...]:
    return tuple(_load())


def entries(vocabulary: str) -> tuple[Entry, ...]:
    return tuple(_vocabulary(vocabulary).values())


def codes(vocabulary: str) -> tuple[str, ...]:
    return tuple(_vocabulary(vocabulary))


def entry(vocabulary: str, code: str) -> Entry:
    """:raises UnknownCode: if the vocabulary does not have the code."""
    try:
        return _vocabulary(vocabulary)[code]
    except KeyError:
        raise UnknownCode(f"{vocabulary} has no code {code[:40]!r}") from None


def label(vocabulary: str, code: str, language: str | None = None) -> str:
    """
    Return the label in a language, by default the reader's.

    That of an unknown code is a dash: one row of which nobody knows how it came to be takes no page
    down for the others.

    :raises UnknownCode: if there is no such vocabulary.
    """
    found = _vocabulary(vocabulary).get(code, _UNKNOWN)
    return getattr(found, language) if language else found.label


def choices(vocabulary: str) -> list[tuple[str, Promise]]:
    return [(each.code, lazystr(each.label)) for each in entries(vocabulary)]


def _vocabulary(name: str) -> dict[str, Entry]:
    try:
        return _load()[name]
    except KeyError:
        raise UnknownCode(f"no vocabulary {name[:40]!r}") from None
