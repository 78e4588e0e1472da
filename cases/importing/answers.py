"""What is said of a row of a file: what was taken of it, or why it is refused."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coordination.gate import patterns


class Refusal(Exception):
    """Why a row is not taken: vocabulary `import_reason`, the column, the kinds that were found."""

    def __init__(self, reason: str, column: str = "", kinds: Sequence[str] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.column = column
        self.kinds = tuple(kinds)


@dataclass(frozen=True)
class Taken:
    """A row as it is kept until its case is made: codes only, and its key until it is digested."""

    key: str
    facts: Mapping[str, Any]
    opened_on: dt.date | None


@dataclass(frozen=True)
class Judged:
    number: int
    taken: Taken | None = None
    refusal: Refusal | None = None


def kinds_found(refusal: Refusal) -> list[str]:
    """Return the names of what was found, in the reader's language."""
    return [patterns.label(kind) for kind in refusal.kinds]
