"""What the Office has to look at now, on one page: counts, each with the page behind it."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from coordination import coverage, start
from coordination.access import Actor
from coordination.models import Desk, GroupAction

VIEW = "coordination.oversee_desks"
PAGES = (
    "leaving:overdue",
    "leaving:unassigned",
    "leaving:left",
    "coordination:reviews",
    "coordination:groups",
    "coordination:services",
    "coordination:training_coverage",
)
"""In this order. What each is for, and what waits there, the start page's doors say."""


@dataclass(frozen=True)
class Missing:
    """A service in a region where nobody takes it now, and what is done about it."""

    service: str
    region: str
    actions: int
    open: int
    """Of the actions, those that have not ended."""


@dataclass(frozen=True)
class Operations:
    doors: Sequence[start.Shown]
    gaps: Sequence[Missing]
    slow: Sequence[tuple[Desk, str]]
    """With how long they usually take to accept: a code of `usual_time`."""

    @property
    def gaps_by_service(self) -> Mapping[str, Sequence[Missing]]:
        """Return those with actions first: what stands after the last of them has none."""
        found: dict[str, list[Missing]] = {each.service: [] for each in self.gaps}
        for each in sorted(self.gaps, key=lambda gap: not gap.actions):
            found[each.service].append(each)
        return found


def operations(actor: Actor, *, at: dt.datetime) -> Operations:
    """Return what waits for the Office: as much of it as the actor's roles may open."""
    doors = {each.door.address: each for each in start.doors(actor)}
    return Operations(
        doors=[doors[page] for page in PAGES if page in doors],
        gaps=_gaps(actor, at=at),
        slow=coverage.slow_desks(),
    )


def _gaps(actor: Actor, *, at: dt.datetime) -> list[Missing]:
    rows = GroupAction.objects.visible_to(actor).filter(cause="gap")
    every = Counter(rows.values_list("service", "region"))
    still = Counter(rows.open().values_list("service", "region"))
    return [
        Missing(service, region, every[service, region], still[service, region])
        for service, region in coverage.gaps(coverage.table(at=at))
    ]
