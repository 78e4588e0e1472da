"""What is overdue, counted by the team that has to act: where to look first."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from coordination import access, vocabularies
from coordination.models import Team
from referrals.overdue import OFFER, VIEW, Late, overdue

PRESSING = ("immediate", "crisis", "urgent")
"""Of the vocabulary `urgency`: each has a column; the rest share one."""

_LESS = "less"


@dataclass
class LateTeam:
    """A team, or the desks of none, with how much of theirs is overdue by urgency."""

    team: Team | None
    longest: dt.timedelta = dt.timedelta()
    by_urgency: Counter[str] = field(default_factory=Counter)

    @property
    def counts(self) -> list[int]:
        """Return a number for each of `PRESSING`, then one for all that is less urgent."""
        return [*(self.by_urgency[code] for code in PRESSING), self.by_urgency[_LESS]]


@dataclass(frozen=True)
class LateTeams:
    headings: Sequence[str]
    teams: Sequence[LateTeam]
    """The team with the most of the most urgent first."""

    count: int


def late_teams(actor: access.Actor, *, at: dt.datetime) -> LateTeams | None:
    """Return the overdue list by team, as far as it goes; nothing for whom it is not for."""
    if not actor.may(VIEW):
        return None
    found = overdue(actor)
    teams: dict[str, LateTeam] = {}
    for each in found:
        team = _team(each)
        row = teams.setdefault(team.slug if team else "", LateTeam(team))
        urgency = each.urgency or OFFER
        row.by_urgency[urgency if urgency in PRESSING else _LESS] += 1
        row.longest = max(row.longest, each.late_by(at))
    return LateTeams(
        headings=[vocabularies.label("urgency_short", code) for code in PRESSING],
        teams=sorted(teams.values(), key=lambda each: each.counts, reverse=True),
        count=len(found),
    )


def _team(late: Late) -> Team | None:
    asked = [late.team, *(desk.team for desk in late.desks)]
    return next((team for team in asked if team), None)
