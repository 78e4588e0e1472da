"""How well the gate sees, over the labelled corpus of `data/gate_corpus/` (its README has more)."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from coordination.gate.screen import screen

CORPUS = Path(__file__).resolve().parent.parent / "data" / "gate_corpus"
LANGUAGES = ("en", "fr")
SPLITS = ("dev", "test")
UNSEEN = "test"
"""Only measured: nobody looked at it while the gate was changed."""

GOALS: Mapping[str, tuple[frozenset[str], float]] = {
    "checksum identifiers": (frozenset({"sin", "ohip_hcn", "payment_card", "vin"}), 0.99),
    "telephone, e-mail, postal code, date": (
        frozenset({"phone", "email", "postal_code", "full_date"}),
        0.97,
    ),
}
"""PRIVACY section 2: recall at least this, obfuscated forms included."""

MOST_FALSE_STOPS = 0.05


@dataclass(frozen=True)
class Sentence:
    """A sentence of the corpus; `kind` and `identifier` are empty where nothing identifies."""

    id: str
    split: str
    language: str
    kind: str
    form: str
    text: str
    identifier: str

    def is_stopped(self) -> bool:
        """Tell whether the gate finds its identifier, or, of a clean one, anything at all."""
        found = screen(self.text)
        if not self.identifier:
            return bool(found)
        begins = self.text.index(self.identifier)
        ends = begins + len(self.identifier)
        return any(each.start < ends and begins < each.end for each in found)


@dataclass(frozen=True)
class Share:
    """How many of how many, with the 95 % interval of Wilson (1927)."""

    part: int
    whole: int

    @property
    def value(self) -> float:
        return self.part / self.whole if self.whole else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        if not self.whole:
            return 0.0, 1.0
        z, n, p = 1.96, self.whole, self.value
        middle = p + z * z / (2 * n)
        spread = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return (middle - spread) / (1 + z * z / n), (middle + spread) / (1 + z * z / n)


def sentences(*, clean: bool) -> Iterator[Sentence]:
    for language in LANGUAGES:
        name = f"{'clean' if clean else 'identifying'}_{language}.jsonl"
        for line in (CORPUS / name).read_text(encoding="utf-8").splitlines():
            each = json.loads(line)
            yield Sentence(
                id=each["id"],
                split=each["split"],
                language=language,
                kind=each.get("kind", ""),
                form=each.get("form", "plain"),
                text=each["text"],
                identifier=each.get("identifier", ""),
            )


def stopped(found: Mapping[Sentence, bool], **conditions: object) -> Share:
    """Return the share of sentences with these attributes that the gate stops."""
    chosen = [
        stopped
        for sentence, stopped in found.items()
        if all(
            getattr(sentence, name) in wanted
            if isinstance(wanted, frozenset)
            else getattr(sentence, name) == wanted
            for name, wanted in conditions.items()
        )
    ]
    return Share(sum(chosen), len(chosen))
