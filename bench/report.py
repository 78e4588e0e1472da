"""What was measured, as a table: goal, figure, met or not; and what had to hold first."""

import os
import platform
from dataclasses import dataclass, field
from pathlib import Path

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


class GateFailedError(RuntimeError):
    """The variants do not answer alike, so no number means anything."""


@dataclass
class Report:
    rows: list[tuple[str, str, str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    gates: int = 0
    gates_hold: bool = True

    def gate(self, name: str, holds: bool) -> None:
        """:raises GateFailedError: if it does not hold; then nothing is reported."""
        if not holds:
            self.gates_hold = False
            raise GateFailedError(name)
        self.gates += 1

    def add(
        self, name: str, figure: float, *, most: float | None = None, least: float | None = None
    ) -> None:
        goal = f"≤ {most}" if most else f"≥ {least}" if least else "none"
        met = "–"
        if most or least:
            met = "yes" if (figure <= most if most else figure >= (least or 0)) else "**no**"
        self.rows.append((name, goal, f"{figure:.2f}", met))

    def note(self, text: str) -> None:
        self.notes.append(text)

    def markdown(self) -> str:
        lines = ["| measure (ratio within this run) | goal | measured | met |", "|---|---|---|---|"]
        lines += [f"| {' | '.join(row)} |" for row in self.rows]
        lines += ["", f"{self.gates} correctness checks held first. {machine()}", ""]
        lines += [f"- {note}" for note in self.notes]
        return "\n".join(lines)

    def put_into(self, document: Path) -> None:
        """Replace what stands between the two marks of the document."""
        text = document.read_text(encoding="utf-8")
        head, tail = text.split(BEGIN)[0], text.split(END)[1]
        document.write_text(f"{head}{BEGIN}\n{self.markdown()}\n{END}{tail}", encoding="utf-8")


def machine() -> str:
    """Return the machine in general terms: nothing that names it."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return (
        f"Measured on {os.cpu_count()} cores with {round(pages / 2**30)} GiB of memory,"
        f" {platform.system()}, Python {platform.python_version()}; database, clients and"
        " application share the cores."
    )
