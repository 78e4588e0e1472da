"""
The thresholds of all audiences together: those in force, and with which a release was made.

What an earlier release hid stays as hard to guess as it was then, whatever is in force later; and
what its parts were shown, a longer period cannot hide any more.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from coordination.disclosure.rules import Rules
from coordination.models import ThresholdProposal
from coordination.releasing.tables import ZEROS_OF


@dataclass(frozen=True)
class Thresholds:
    """Unless two people set others, those of PRIVACY section 4: nothing below them is possible."""

    network: int = 11
    exported: int = 20
    base: int = 5
    dominance: int = 85
    """Per cent."""

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        return cls(**stored)

    def written(self) -> dict[str, int]:
        return asdict(self)

    def rules(self, threshold: int) -> Rules:
        return Rules(threshold, self.base, self.dominance / 100, ZEROS_OF)

    def at_most(self, other: "Thresholds") -> "Thresholds":
        """Return what hides nothing that one of two does not hide; rounded as this one."""
        return Thresholds(
            min(self.network, other.network),
            min(self.exported, other.exported),
            self.base,
            max(self.dominance, other.dominance),
        )


def in_force() -> Thresholds:
    """Return what the next release is made with: what two people confirmed last."""
    said = ThresholdProposal.objects.confirmed().first()
    return of(said) if said else Thresholds()


def of(proposal: ThresholdProposal) -> Thresholds:
    return Thresholds(proposal.network, proposal.exported, proposal.base, proposal.dominance)
