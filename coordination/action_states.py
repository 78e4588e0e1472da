"""The life cycle of a working group's action: the table that the action, buttons and API read."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from audit.verbs import Verb


class ActionStatus(StrEnum):
    """Labels: vocabulary `action_status`."""

    PLANNED = "planned"
    IN_HAND = "in_hand"
    DONE = "done"
    DROPPED = "dropped"


_S = ActionStatus

OPEN = frozenset({_S.PLANNED, _S.IN_HAND})


@dataclass(frozen=True, slots=True)
class Transition:
    verb: str
    sources: tuple[ActionStatus, ...]
    target: ActionStatus
    event: Verb
    by_owner: bool = False
    """The desk that owns it says so too, not the Office alone."""

    with_reason: bool = False

    @property
    def permission(self) -> str:
        return f"coordination.{self.verb}_action"


TRANSITIONS: Mapping[str, Transition] = {
    each.verb: each
    for each in (
        Transition("take", (_S.PLANNED,), _S.IN_HAND, Verb.ACTION_TAKEN, by_owner=True),
        Transition(
            "finish", (_S.PLANNED, _S.IN_HAND), _S.DONE, Verb.ACTION_FINISHED, by_owner=True
        ),
        Transition(
            "drop", (_S.PLANNED, _S.IN_HAND), _S.DROPPED, Verb.ACTION_DROPPED, with_reason=True
        ),
        Transition("reopen", (_S.DONE, _S.DROPPED), _S.PLANNED, Verb.ACTION_REOPENED),
    )
}

PAIRS = frozenset(
    (str(source), str(each.target)) for each in TRANSITIONS.values() for source in each.sources
)
"""Every change of status there is; the trigger `action_guard` has the same ones as literals."""
