"""The life cycle of an import, as data; a database trigger refuses what is not in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from audit.verbs import Verb


class ImportStatus(StrEnum):
    """Labels: vocabulary `import_status`."""

    CHECKED = "checked"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class ImportTransition:
    verb: str
    sources: tuple[ImportStatus, ...]
    target: ImportStatus
    event: Verb


IMPORT_TRANSITIONS: Mapping[str, ImportTransition] = {
    t.verb: t
    for t in (
        ImportTransition(
            "start", (ImportStatus.CHECKED,), ImportStatus.RUNNING, Verb.IMPORT_STARTED
        ),
        ImportTransition(
            "stop",
            (ImportStatus.CHECKED, ImportStatus.RUNNING),
            ImportStatus.STOPPED,
            Verb.IMPORT_STOPPED,
        ),
        ImportTransition(
            "finish", (ImportStatus.RUNNING,), ImportStatus.DONE, Verb.IMPORT_FINISHED
        ),
    )
}

BY_PEOPLE = ("start", "stop")
"""Relay itself finishes an import, and stops one that may not go on or that nobody started."""

IMPORT_PAIRS = frozenset(
    (str(source), str(t.target)) for t in IMPORT_TRANSITIONS.values() for source in t.sources
)
"""Every change of status there is; the trigger `import_pair` has the same ones as literals."""
