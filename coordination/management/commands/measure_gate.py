from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from coordination.gate import measuring
from coordination.gate.measuring import (
    GOALS,
    LANGUAGES,
    MOST_FALSE_STOPS,
    SPLITS,
    UNSEEN,
    Share,
    stopped,
)

_BEGIN, _END = "<!-- measured: begin -->", "<!-- measured: end -->"


class Command(BaseCommand):
    help = "Print what the identifier gate finds and what it stops without need, over its corpus."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--missed", action="store_true", help="name what dev sentences miss")
        parser.add_argument("--write", type=Path, help="put the table into this document")

    def handle(self, *_args: Any, missed: bool, write: Path | None, **_options: Any) -> None:
        found = {each: each.is_stopped() for each in measuring.sentences(clean=False)}
        clean = {each: each.is_stopped() for each in measuring.sentences(clean=True)}
        lines = [
            "| what | goal | looked at | unseen | unseen EN | unseen FR | unseen obfuscated |",
            "|---|---|---|---|---|---|---|",
        ]
        for name, (wanted, least) in GOALS.items():
            lines.append(self._row(name, f"≥ {least}", found, kind=wanted))
        kinds = sorted({each.kind for each in found})
        lines += [self._row(kind, "", found, kind=kind) for kind in kinds]
        goal = f"≤ {MOST_FALSE_STOPS}"
        lines.append(self._row("clean notes stopped", goal, clean))
        self.stdout.write("\n".join(lines))
        if missed:
            for each, seen in {**found, **clean}.items():
                if each.split == "dev" and seen == (not each.identifier):
                    self.stdout.write(f"{each.id} {each.kind or 'clean'}: {each.text!r}")
        if write:
            text = write.read_text(encoding="utf-8")
            before, rest = text.split(_BEGIN)
            after = rest.split(_END)[1]
            table = "\n".join(lines)
            write.write_text(f"{before}{_BEGIN}\n{table}\n{_END}{after}", encoding="utf-8")

    def _row(self, name: str, goal: str, found: Any, **conditions: object) -> str:
        shares = [
            *(stopped(found, split=split, **conditions) for split in SPLITS),
            *(stopped(found, split=UNSEEN, language=each, **conditions) for each in LANGUAGES),
            stopped(found, split=UNSEEN, form="obfuscated", **conditions),
        ]
        return f"| {name} | {goal} | {' | '.join(map(_shown, shares))} |"


def _shown(share: Share) -> str:
    if not share.whole:
        return "–"
    low, high = share.interval
    return f"{share.value:.3f} ({low:.2f}–{high:.2f}) of {share.whole}"
