"""What the gate found, and what it does about it."""

from dataclasses import dataclass
from enum import StrEnum


class Answer(StrEnum):
    BLOCK = "block"
    """Never stored."""

    WARN = "warn"
    """Removed, or kept with a reason that is recorded."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One place of a text: which kind of identifier stands there. Never the text itself."""

    start: int
    end: int
    kind: str
    answer: Answer
