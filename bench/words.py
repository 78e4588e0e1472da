"""What the identifier gate costs for hostile text, against an ordinary note."""

from collections.abc import Callable
from functools import partial

from bench.report import Report
from bench.timing import interleaved, p50
from coordination.gate.screen import screen
from coordination.gate.texts import NOTE

ORDINARY = "She needs a bed tonight and an interpreter at the clinic. "
HOSTILE = ("1", "4 1 6 ", " 1", "1-", "a@", "(", "A1", "O0lI|", "four one six ", "born on né le ")
TEN_KB = 10_000
WORST_GOAL_MS = 50
"""W9 of the fault matrix: milliseconds for 10 kB."""


def measure(report: Report, *, rounds: int) -> None:
    """Add the lines of the gate; a connection must be there for the Office's patterns."""
    variants: dict[str, Callable[[], object]] = {"ordinary": _of(ORDINARY, NOTE)}
    variants |= {f"long {unit}": _of(unit, TEN_KB) for unit in HOSTILE}
    variants |= {f"note {unit}": _of(unit, NOTE) for unit in HOSTILE}
    taken = {name: p50(times) for name, times in interleaved(variants, rounds=rounds).items()}
    ordinary = taken["ordinary"]
    long = max(took for name, took in taken.items() if name.startswith("long "))
    note = max(took for name, took in taken.items() if name.startswith("note "))
    report.add("gate: an ordinary note / 10 kB of hostile text", ordinary / long, least=1.0)
    report.add("gate: a note of hostile text / an ordinary note", note / ordinary, most=10.0)
    report.note(
        f"The gate: {ordinary:.1f} ms for an ordinary note of {NOTE} characters, {note:.1f} ms for"
        f" the most hostile one, {long:.2f} ms for 10 kB (goal {WORST_GOAL_MS} ms: refused unread)."
    )


def _of(unit: str, length: int) -> Callable[[], object]:
    return partial(screen, (unit * length)[:length])
