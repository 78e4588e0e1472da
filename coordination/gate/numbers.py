"""
Numbers that identify by their checksum or shape, however they are spread.

"4 1 6 . 5 5 5 . 0 1 2 3" is a telephone number to whoever reads it, so digits are put together
across a few separators before they are judged.
"""

import re
from collections.abc import Iterator

import phonenumbers
from stdnum import luhn
from stdnum.ca import sin

from coordination.gate.finding import Answer, Finding
from coordination.gate.normalise import Reading
from coordination.gate.patterns import is_vehicle_number

_JOIN = "\x1f"
"""Stands for a word between digits, of whatever length."""
_GAP = rf"(?:[ ()\[\].,;:_/\\|*+~=#'\"-]{{0,6}}|{_JOIN}{{1,20}})"
_RUN = re.compile(rf"(?<!\d)\d(?:{_GAP}\d){{7,29}}(?!\d)")
_SAID_BETWEEN = re.compile(
    r"(?<=\d) (?:(?:and|et) )?"
    r"(?:then|and|after|puis|pis|et|ensuite|apr[eè]s|dash|trait|tiret) (?=\d)",
    re.IGNORECASE,
)
_DAY = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_CLOCK = re.compile(r"(?<!\d)(?:[01]?\d|2[0-4]) ?(?::|h) ?[0-5]\d(?!\d)", re.IGNORECASE)
_SPAN = re.compile(r"(?<!\d)(?<!\d-)(?:\d{1,2}|20\d\d)-(?:\d{1,2}|20\d\d)(?!-?\d)")
_VEHICLE = re.compile(r"(?<![A-Z0-9])(?:[A-HJ-NPR-Z0-9][ .-]{0,2}){16}[A-HJ-NPR-Z0-9](?![A-Z0-9])")
_VEHICLE_DIGITS = 5
"""Fewer, and it may be words in capitals."""
_HEALTH = re.compile(r"(?i)\b(?:ohip|health|hcn|sant[eé]|hc ?#|carte)\b")

_DATE, _SIN, _PHONE, _CARD = 8, 9, 10, range(13, 20)


def findings(reading: Reading) -> Iterator[Finding]:
    """Yield what stands in each run of digits: a card, a SIN, a telephone or health number."""
    yield from _vehicles(reading)
    text = _SPAN.sub(_blank, _CLOCK.sub(_blank, reading.text))
    text = _SAID_BETWEEN.sub(lambda found: _JOIN * len(found.group()), text)
    for run in _RUN.finditer(text):
        digits = [place for place in range(run.start(), run.end()) if text[place].isdigit()]
        found = _judge("".join(text[place] for place in digits), reading.text)
        if found:
            kind, answer, begin, count = found
            first, last = digits[begin], digits[begin + count - 1]
            yield Finding(*reading.span(first, last + 1), kind, answer)


def _vehicles(reading: Reading) -> Iterator[Finding]:
    """Yield vehicle numbers that are written in groups; patterns.py finds those in one word."""
    for found in _VEHICLE.finditer(reading.text):
        letters = "".join(each for each in found.group() if each.isalnum())
        if sum(each.isdigit() for each in letters) >= _VEHICLE_DIGITS and is_vehicle_number(
            letters
        ):
            yield Finding(*reading.span(*found.span()), "vin", Answer.BLOCK)


def _blank(found: re.Match[str]) -> str:
    """Times of day and ranges of hours, ages or years end a run of digits."""
    return "x" * len(found.group())


def _judge(digits: str, text: str) -> tuple[str, Answer, int, int] | None:
    """Return the kind, the answer, and which of the digits: where they begin and how many."""
    health = "ohip_hcn" if _HEALTH.search(text) else ""
    for kind, length, fits in (
        *(("payment_card", length, _is_card) for length in reversed(_CARD)),
        (health, _PHONE, _is_health_number),
        ("phone", _PHONE, _is_phone),
        ("ohip_hcn", _PHONE, _is_health_number),
        ("sin", _SIN, sin.is_valid),
    ):
        for begin in range(len(digits) - length + 1 if kind else 0):
            if fits(digits[begin : begin + length]):
                return kind, Answer.BLOCK, begin, length
    if len(digits) == _DATE and _DAY.fullmatch(digits):
        return "full_date", Answer.BLOCK, 0, _DATE
    return None


def _is_card(digits: str) -> bool:
    return digits[0] in "3456" and bool(luhn.is_valid(digits))


def _is_health_number(digits: str) -> bool:
    return digits[0] != "0" and luhn.is_valid(digits)


def _is_phone(digits: str) -> bool:
    return phonenumbers.is_valid_number(phonenumbers.PhoneNumber(1, int(digits))) or (
        # Numbers kept for fiction are not in service, but a note says one to mean one.
        digits[3:6] == "555" and phonenumbers.is_valid_number(_same_area(digits))
    )


def _same_area(digits: str) -> phonenumbers.PhoneNumber:
    return phonenumbers.PhoneNumber(1, int(f"{digits[:3]}2345678"))
