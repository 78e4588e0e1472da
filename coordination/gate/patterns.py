"""
What the gate looks for by shape: the patterns that ship, and those that the Office added.

Shipped ones are Python's, reviewed for bounded repeats; an added one is compiled by RE2, which
matches in linear time whatever was written.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import re2
from django.apps import apps
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from coordination.errors import Invalid
from coordination.gate.finding import Answer, Finding
from coordination.gate.normalise import Reading

_DATA = Path(__file__).resolve().parent.parent / "data"
FILES = (_DATA / "identifier_patterns.json", _DATA / "identifier_patterns_relay.json")
"""The reference data as it came, and what Relay adds to it."""
LONGEST = 300
"""Characters of an added pattern."""


@dataclass(frozen=True)
class Pattern:
    """A shape, what the gate answers, and the name of the kind in both languages."""

    id: str
    answer: Answer
    regex: Any
    en: str
    fr: str
    check: str = ""

    @property
    def label(self) -> str:
        return self.fr if get_language() == "fr" else self.en

    def findings(self, reading: Reading) -> Iterator[Finding]:
        for found in self.regex.finditer(reading.text):
            if found.end() > found.start() and (not self.check or _CHECKS[self.check](found[0])):
                yield Finding(*reading.span(*found.span()), self.id, self.answer)


@lru_cache
def shipped() -> Sequence[Pattern]:
    return [
        Pattern(
            id=each["id"],
            answer=Answer(each["action"]),
            regex=re.compile(each["regex"]),
            en=each["en"],
            fr=each["fr"],
            check=each.get("check", ""),
        )
        for file in FILES
        for each in json.loads(file.read_text(encoding="utf-8"))["patterns"]
    ]


@lru_cache(maxsize=256)
def compile_added(text: str) -> Any:
    """
    Return an added pattern, compiled to match in linear time.

    :raises Invalid: if it is not one, or could not be checked in linear time.
    """
    if not text.strip() or len(text) > LONGEST:
        raise Invalid(_("Write a pattern of at most 300 characters."), field="regex")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    try:
        return re2.compile(text, options)
    except re2.error as fault:
        raise Invalid(
            _("This pattern cannot be read. It may not look ahead, look behind or refer back."),
            field="regex",
        ) from fault


_VIN_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", "12345678123457923456789", strict=True))
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def is_vehicle_number(text: str) -> bool:
    """Tell whether the ninth character is the check digit (49 CFR 565.15)."""
    letters = text.upper()
    total = sum(
        int(_VIN_VALUES.get(letter, letter)) * weight
        for letter, weight in zip(letters, _VIN_WEIGHTS, strict=True)
    )
    return "0123456789X"[total % 11] == letters[8]


_CHECKS = {"vin": is_vehicle_number}


_LABELS = {
    "ohip_hcn": _("Ontario health card number"),
    "sin": _("social insurance number"),
    "phone": _("telephone number"),
    "payment_card": _("payment card number"),
    "person_name": _("name of a person"),
    "place": _("name of a place"),
    "first_nation": _("name of a First Nation"),
    "organization": _("name of an organization"),
    "too_long": _("text that is too long"),
}
"""Kinds that are found by checksum, lexicon or length."""


def in_use() -> Iterator[Pattern]:
    """Yield every pattern: those that ship, and those of the Office that are not retired."""
    yield from shipped()
    added = apps.get_model("coordination", "IdentifierPattern")  # models stand on this package
    for each in added.objects.filter(retired_at=None):
        regex = compile_added(each.regex)
        yield Pattern(each.code, Answer(each.answer), regex, each.label_en, each.label_fr)


def label(kind: str) -> str:
    """Return the name of a kind of identifier in the reader's language."""
    if kind in _LABELS:
        return str(_LABELS[kind])
    return next((each.label for each in in_use() if each.id == kind), kind)


BY_LEXICON = {"person_name": Answer.WARN, "place": Answer.WARN, "organization": Answer.WARN}
"""What names answer; every other kind without a pattern blocks."""


def kinds() -> dict[str, list[str]]:
    """Return the names of all kinds by what the gate answers, for people to read."""
    found = {kind: BY_LEXICON.get(kind, Answer.BLOCK) for kind in _LABELS if kind != "too_long"}
    named = [(str(_LABELS[kind]), answer) for kind, answer in found.items()]
    named += [(each.label, each.answer) for each in in_use()]
    return {
        str(answer): sorted({name for name, its in named if its == answer}) for answer in Answer
    }


def is_known(kind: str) -> bool:
    return kind in _LABELS or any(each.id == kind for each in in_use())
