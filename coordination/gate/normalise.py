"""
Text as the gate reads it: one spelling for what people write in many.

A finding names where it stands in what was typed, so every step keeps its input's places.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# Letters of other scripts that are read as Latin ones. Lower case; upper case follows.
_HOMOGLYPHS = dict(
    zip(
        "авсԁеһіјкӏмпоԛрѕтυѵԝхуαβεικνορτυχγηѡ",
        "abcdehijklmnoqpstuvwxyabeiknoptuxynw",
        strict=True,
    )
)
_HOMOGLYPHS |= {low.upper(): latin.upper() for low, latin in _HOMOGLYPHS.items()}
_HOMOGLYPHS |= {"В": "B", "Н": "H", "Р": "P", "Η": "H", "Ν": "N", "Υ": "Y", "Χ": "X", "М": "M"}
_QUOTES = dict.fromkeys("’‘ʼ`´", "'")
_DASHES = dict.fromkeys("−⁻₋﹣－‐‑‒–—―", "-")
_DOTS = dict.fromkeys("·•∙⋅․。．", ".")
_SINGLE = _HOMOGLYPHS | _QUOTES | _DASHES | _DOTS


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as read, and for each of its characters the span of what was typed."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where characters `start` to `end` of the reading stand in what was typed."""
        return self.starts[start], self.ends[end - 1]


Piece = tuple[str, int, int]
"""Characters of a reading, and the span of what was typed that they stand for."""


def reading_of(pieces: Iterable[Piece]) -> Reading:
    text, starts, ends = [], [], []
    for characters, start, end in pieces:
        text.append(characters)
        starts += [start] * len(characters)
        ends += [end] * len(characters)
    return Reading("".join(text), tuple(starts), tuple(ends))


def normalise(typed: str) -> Reading:
    """
    Return the text with one form for each character (NFKC).

    Digits and dashes of any script are ASCII, letters that only look Latin are Latin, and nothing
    is invisible.
    """
    return reading_of(_characters(typed))


def _characters(typed: str) -> Iterator[Piece]:
    for place, character in enumerate(typed):
        for each in unicodedata.normalize("NFKC", character):
            yield from ((one, place, place + 1) for one in _read(each))


def _read(character: str) -> str:
    if character.isascii():
        return " " if character.isspace() else character
    category = unicodedata.category(character)
    if category in {"Cf", "Mn", "Me"}:
        return ""  # invisible, or a mark on the letter before
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if character.isspace() or category == "Zs":
        return " "
    return _SINGLE.get(character, character)


_LOOKALIKES = str.maketrans({"O": "0", "o": "0", "l": "1", "I": "1", "|": "1"})
_WITH_DIGIT = re.compile(r"[0-9OolI|]+")


def read_lookalikes(reading: Reading) -> Reading:
    """Return the reading with O as 0 and l as 1 wherever they stand beside a digit."""

    def replaced(found: re.Match[str]) -> str:
        word = found.group()
        return word.translate(_LOOKALIKES) if any(c.isdigit() for c in word) else word

    return Reading(_WITH_DIGIT.sub(replaced, reading.text), reading.starts, reading.ends)


_LONE = re.compile(r"(?<![^\W_])[^\W_](?: [^\W_])+(?![^\W_])")
_BRACKETS = re.compile(r"[()\[\]{}<> ]+")


def unbracket(reading: Reading) -> Reading:
    """Return the reading with "(4)(8)(2006)" as 4 8 2006."""
    return _without(reading, _BRACKETS, " ")


def squeeze(plain: Reading) -> Reading:
    """Return the reading with "2 0 2 6" as 2026 and "j u i n" as juin."""
    lone = {p for found in _LONE.finditer(plain.text) for p in range(*found.span())}
    return reading_of(
        (each, *plain.span(p, p + 1))
        for p, each in enumerate(plain.text)
        if each != " " or p not in lone
    )


def _without(reading: Reading, unwanted: re.Pattern[str], instead: str) -> Reading:
    """Return the reading with each run of what is unwanted as one character."""
    pieces, last = [], 0
    for found in unwanted.finditer(reading.text):
        pieces += [(reading.text[p], *reading.span(p, p + 1)) for p in range(last, found.start())]
        pieces.append((instead, *reading.span(*found.span())))
        last = found.end()
    pieces += [(reading.text[p], *reading.span(p, p + 1)) for p in range(last, len(reading.text))]
    return reading_of(pieces)


def fold(word: str) -> str:
    """Return a word without case and accents, as lexicons are compared."""
    plain = unicodedata.normalize("NFKD", word.casefold())
    return "".join(c for c in plain if not unicodedata.combining(c))
