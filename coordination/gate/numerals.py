"""Numbers in words, English and French, read as digits: "four one six", "quatre-vingt-dix"."""

import re
from collections.abc import Callable, Iterator

from coordination.gate.normalise import Piece, Reading, fold, reading_of

_UNITS = {
    word: value
    for value, words in enumerate(
        (
            "zero",
            "one un une",
            "two deux",
            "three trois",
            "four quatre",
            "five cinq",
            "six",
            "seven sept",
            "eight huit",
            "nine neuf",
            "ten dix",
            "eleven onze",
            "twelve douze",
            "thirteen treize",
            "fourteen quatorze",
            "fifteen quinze",
            "sixteen seize",
            "seventeen",
            "eighteen",
            "nineteen",
        )
    )
    for word in words.split()
}
_TENS = {
    "twenty": 20,
    "vingt": 20,
    "vingts": 20,
    "thirty": 30,
    "trente": 30,
    "forty": 40,
    "fourty": 40,
    "quarante": 40,
    "fifty": 50,
    "cinquante": 50,
    "sixty": 60,
    "soixante": 60,
    "seventy": 70,
    "septante": 70,
    "eighty": 80,
    "huitante": 80,
    "ninety": 90,
    "nonante": 90,
}
_ALONE = frozenset({"cent", "mille"})
"""French says these without "one" before them."""

_LETTERS = {"oh": 0, "o": 0}
_SIGNS = {
    "dot": ".",
    "point": ".",
    "period": ".",
    "dash": "-",
    "hyphen": "-",
    "tiret": "-",
    "slash": "/",
    "barre": "/",
}
_ORDINALS = {
    "first": 1,
    "premier": 1,
    "premiere": 1,
    "second": 2,
    "deuxieme": 2,
    "third": 3,
    "troisieme": 3,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "seventh": 7,
    "eighth": 8,
    "ninth": 9,
    "tenth": 10,
    "eleventh": 11,
    "twelfth": 12,
    **{f"{word}th": value for word, value in _UNITS.items() if word.endswith("teen")},
}
_UNITS |= _ORDINALS
_TENS |= {"twentieth": 20, "thirtieth": 30}
_CENTURIES = range(19, 21)
_TIMES = {"double": 2, "triple": 3}
_TOKEN = re.compile(r"[^\W\d_]+|\d+|[^\w]|_")
_JOINING = frozenset(" -")


def spell_out(reading: Reading) -> Reading:
    """
    Return the reading with number words as digits, and "dot" or "tiret" between them as signs.

    Tens and units that make one number are one ("vingt et un" is 21); digits said one by one stay
    apart, for `numbers.runs` to put together.
    """
    return reading_of(_pieces(reading))


def _pieces(reading: Reading) -> Iterator[Piece]:
    tokens = [(m.group(), m.start(), m.end()) for m in _TOKEN.finditer(reading.text)]
    at = 0
    while at < len(tokens):
        number, used = _number(tokens, at)
        if used:
            span = reading.span(tokens[at][1], tokens[at + used - 1][2])
            yield number, *span
            at += used
            continue
        word, start, end = tokens[at]
        sign = _SIGNS.get(fold(word)) if _beside_number(tokens, at) else None
        if sign:
            yield sign, *reading.span(start, end)
        else:
            for place in range(start, end):
                yield reading.text[place], *reading.span(place, place + 1)
        at += 1


def _number(tokens: list[Piece], at: int) -> tuple[str, int]:
    """Return the digits of the number that begins here, and how many tokens it takes."""
    first = fold(tokens[at][0])
    if first in _TIMES and at + 2 < len(tokens):
        again = fold(tokens[at + 2][0])
        digit = again if again.isdigit() else str(_UNITS.get(again, _LETTERS.get(again, "")))
        if len(digit) == 1:
            return digit * _TIMES[first], 3
    if first in _LETTERS and _beside_number(tokens, at):
        return "0", 1
    value, used = _compound(tokens, at)
    if value in _CENTURIES and first in _UNITS | _TENS:  # "nineteen ninety-seven"
        begins = _after_joint(tokens, at + used)
        rest, more = _compound(tokens, begins)
        if 10 <= rest < 100 and more:  # noqa: PLR2004  two digits
            return f"{value}{rest}", begins + more - at
    return (str(value), used) if used else ("", 0)


def _compound(tokens: list[Piece], at: int) -> tuple[int, int]:
    """Read thousands, hundreds, tens and units that make one number; (0, 0) where none begins."""
    value, place = _scaled(tokens, at, words={"thousand", "mille"}, scale=1_000, below=_hundreds)
    return value, place - at


def _hundreds(tokens: list[Piece], at: int) -> tuple[int, int]:
    words = {"hundred", "cent", "cents"}
    return _scaled(tokens, at, words=words, scale=100, below=_tens_and_units)


def _scaled(
    tokens: list[Piece],
    at: int,
    *,
    words: set[str],
    scale: int,
    below: Callable[[list[Piece], int], tuple[int, int]],
) -> tuple[int, int]:
    """Read "[number] scale [number]"; return the value and the place after it."""
    value, place = below(tokens, at)
    after = _after_joint(tokens, place) if place > at else at
    if _word(tokens, after) not in words or (place == at and _word(tokens, after) not in _ALONE):
        return value, place
    value, place = max(value, 1) * scale, after + 1
    begins = _after_joint(tokens, place)
    rest, end = below(tokens, begins)
    return (value + rest, end) if end > begins else (value, place)


def _tens_and_units(tokens: list[Piece], at: int) -> tuple[int, int]:
    """Read a number below 100: "twenty-one", "soixante-quinze", "quatre-vingt-dix-neuf"."""
    word, after = _word(tokens, at), _after_joint(tokens, at + 1)
    if word == "quatre" and _word(tokens, after).startswith("vingt"):
        return _with_unit(tokens, after + 1, 80, units=range(1, 20))
    if word in _TENS:
        units = range(1, 20) if word == "soixante" else range(1, 10)
        return _with_unit(tokens, at + 1, _TENS[word], units=units)
    if word == "dix":
        return _with_unit(tokens, at + 1, 10, units=range(7, 10))
    return (_UNITS[word], at + 1) if word in _UNITS else (0, at)


def _with_unit(tokens: list[Piece], place: int, value: int, *, units: range) -> tuple[int, int]:
    """Add the unit that follows, if it is one that can; of "soixante-dix-sept" it is 17."""
    after = _after_joint(tokens, place)
    unit = _UNITS.get(_word(tokens, after), 0)
    joined = any(fold(tokens[p][0]) in {"et", "-"} for p in range(place, min(after, len(tokens))))
    if _word(tokens, after) in {"un", "une"} and value < 80 and not joined:  # noqa: PLR2004  quatre-vingt-un
        return value, place  # "quarante un" is said digit by digit
    if unit not in units:
        return value, place
    if _word(tokens, after) == "dix":
        unit, end = _with_unit(tokens, after + 1, 10, units=range(7, 10))
        return value + unit, end
    return value + unit, after + 1


def _word(tokens: list[Piece], place: int) -> str:
    return fold(tokens[place][0]) if place < len(tokens) else ""


def _after_joint(tokens: list[Piece], place: int) -> int:
    """Skip a hyphen or space, and "and" or "et", between the words of one number."""
    while place < len(tokens) and (
        tokens[place][0] in _JOINING or fold(tokens[place][0]) in {"and", "et"}
    ):
        place += 1
    return place


def _beside_number(tokens: list[Piece], at: int) -> bool:
    near = [fold(tokens[p][0]) for p in (at - 2, at - 1, at + 1, at + 2) if 0 <= p < len(tokens)]
    return any(w.isdigit() or w in _UNITS or w in _TENS for w in near)
