"""
The identifier gate: the one place that says whether text may be stored (PRIVACY section 2).

Text is read in several spellings (normalise.py, numerals.py) and searched for numbers, shapes and
names; what is found is named by its kind and place, never repeated, stored or logged.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from coordination.gate import names, numbers, patterns
from coordination.gate.finding import Answer, Finding
from coordination.gate.normalise import Reading, normalise, read_lookalikes, squeeze, unbracket
from coordination.gate.numerals import spell_out
from coordination.gate.patterns import Pattern

LONGEST = 500
"""Characters: no column holds as many, so a longer text is refused without a search."""


VAGUE = frozenset({"long_number"})
"""Kinds that say less than another one at the same place."""

NUMBERS = frozenset({"phone", "local_phone", "ohip_hcn", "sin", "payment_card"})
"""Kinds whose last digits an address that follows may take for its own."""


def screen(typed: str, *, looking_for: Sequence[Pattern] | None = None) -> list[Finding]:
    """
    Return what identifies in a text, by place.

    Where two shapes or two names overlap, a block, then the longer; a name within a shape, as in an
    address, is named beside it.
    Whoever screens a whole file gives the patterns in use, read once: `looking_for`.
    """
    if not typed.strip():
        return []
    if len(typed) > LONGEST:
        return [Finding(LONGEST, len(typed), "too_long", Answer.BLOCK)]
    shapes = list(patterns.in_use()) if looking_for is None else looking_for
    return _separate(_after_numbers(typed, set(_all(typed, shapes))))


def _all(typed: str, shapes: Sequence[Pattern]) -> Iterator[Finding]:
    plain = normalise(typed)
    clear = read_lookalikes(plain)
    spelled = read_lookalikes(spell_out(plain))
    bare = unbracket(clear)
    for reading in _different(plain, clear, spelled, bare, squeeze(bare)):
        for pattern in shapes:
            yield from pattern.findings(reading)
    for reading in _different(clear, spelled):
        yield from numbers.findings(reading)
    words = names.Words(plain)
    yield from names.people(words)
    yield from names.places(words)


def _different(*readings: Reading) -> Sequence[Reading]:
    return list({reading.text: reading for reading in readings}.values())


def _after_numbers(typed: str, found: Collection[Finding]) -> set[Finding]:
    """Let what begins within a number and goes on after it begin behind it: both are named."""
    numbered = [each for each in found if each.kind in NUMBERS]
    return {_behind(typed, each, numbered) for each in found}


def _behind(typed: str, found: Finding, numbered: Collection[Finding]) -> Finding:
    ends = [each.end for each in numbered if each.start < found.start < each.end < found.end]
    if found.kind in NUMBERS or not ends:
        return found
    rest = typed[max(ends) : found.end]
    return replace(found, start=found.end - len(rest.lstrip(" ,") or rest))


def _separate(found: Collection[Finding]) -> list[Finding]:
    named = {each for each in found if each.kind in names.KINDS}
    return sorted([*_apart(set(found) - named), *_apart(named)])


def _apart(findings: Collection[Finding]) -> list[Finding]:
    ranked = sorted(
        findings,
        key=lambda f: (f.answer != Answer.BLOCK, f.kind in VAGUE, f.start - f.end, f.start, f.kind),
    )
    kept: list[Finding] = []
    for each in ranked:
        if all(each.end <= other.start or other.end <= each.start for other in kept):
            kept.append(each)
    return kept
