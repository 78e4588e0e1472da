"""
The life cycle of a case, as data: the action checks it, the buttons and the API are drawn from it.

A database trigger refuses every pair that is not in it. Hand-offs come with their own table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from audit.verbs import Verb


class Status(StrEnum):
    """Labels: vocabulary `case_status`."""

    OPEN = "open"
    FOLLOW_UP = "follow_up"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Transition:
    verb: str
    sources: tuple[Status, ...]
    target: Status | None
    """None: the verb changes the case, but not its status."""

    event: Verb

    @property
    def permission(self) -> str:
        return f"cases.{self.verb}_case"


_LED = (Status.OPEN, Status.FOLLOW_UP)

TRANSITIONS: Mapping[str, Transition] = {
    t.verb: t
    for t in (
        Transition("change", _LED, None, Verb.CASE_CHANGED),
        Transition("follow_up", (Status.OPEN,), Status.FOLLOW_UP, Verb.CASE_FOLLOWED_UP),
        Transition("resume", (Status.FOLLOW_UP,), Status.OPEN, Verb.CASE_RESUMED),
        Transition("report", _LED, None, Verb.CASE_REPORT_SAID),
        Transition("close", _LED, Status.CLOSED, Verb.CASE_CLOSED),
        Transition("enter_in_error", _LED, Status.CLOSED, Verb.CASE_ENTERED_IN_ERROR),
        Transition("link", _LED, Status.CLOSED, Verb.CASE_LINKED),
        Transition("reopen", (Status.CLOSED,), Status.OPEN, Verb.CASE_REOPENED),
    )
}
"""What the lead desk does; nobody else does any of it."""

PAIRS = frozenset(
    (str(s), str(t.target)) for t in TRANSITIONS.values() if t.target for s in t.sources
)
"""Every change of status there is; the trigger `case_pair` has the same ones as literals."""

ENTERED_IN_ERROR = "entered_in_error"
"""The closure reason of a case that lists and counts leave out; its history stays."""

DOUBLE = "duplicate"
"""The closure reason of a case that is the same person as another one, which stays."""

JOIN = Transition("change", _LED, None, Verb.CASE_JOINED)
"""What the case that stays goes through: a change of it, with an entry of its own."""

OWN_VERB = frozenset({ENTERED_IN_ERROR, DOUBLE})
"""Closure reasons that a verb of its own gives, as more happens than closing."""

LONGEST_FOLLOW_UP_DAYS = 180
