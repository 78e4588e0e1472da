"""
What was looked for in vain in the demo's year, and what two working groups did about it.

One group writes in English and one in French: words stay in the language of who wrote them.
"""

import datetime as dt
from dataclasses import dataclass

from coordination import access, group_actions, groups, meetings
from coordination.actions import report_gap
from coordination.group_actions import Cause, MoveGiven
from coordination.groups import GroupGiven
from coordination.models import Desk, Membership, WorkingGroup
from coordination.roles import Role
from referrals.seeding.cast import Cast

DAY = dt.timedelta(days=1)
_WEEKS = 64
"""So long ago the first desk looked in vain."""

_BETTER = dt.timedelta(days=150)
"""Since then desks look for dental care in vain less often: what the group did has ended."""


@dataclass(frozen=True)
class Told:
    """One action: what, by which desk, planned and due how many days from now, and how it went."""

    what: str
    owner: str
    planned: int
    due: int
    moves: tuple[tuple[str, int, str], ...] = ()
    """Verb, days from now, and the word on it."""


def tell_groups(cast: Cast, *, now: dt.datetime) -> None:
    """Tell of two gaps, and of the groups that met about them; one action is overdue."""
    _Told(cast, now).tell()


class _Told:
    def __init__(self, cast: Cast, now: dt.datetime) -> None:
        self.cast, self.chance, self.now = cast, cast.chance, now
        seat = (
            Membership.objects.current()
            .filter(role=Role.COORDINATOR)
            .select_related("user__agency", "desk__agency", "desk__team")
            .first()
        )
        self.office = access.Actor(seat.user, [seat], seat.desk) if seat else None

    def tell(self) -> None:
        self._look_in_vain("dental", "north", before=9, after=3)
        self._look_in_vain("long_term_housing", "east", before=4, after=4)
        if self.office is None:
            return
        self.cast.workers[self.office.desk.pk] = self.office  # type: ignore[union-attr]
        dental = self._open(
            ("Dental care in the North", "Soins dentaires dans le Nord"),
            "No desk of the North offers dental care.",
            ("sudbury-health", "thunder-bay-health", "kenora-health"),
            days=-300,
        )
        self._meet(dental, -290, "Who could offer it?", "Ask two clinics for a place each week.")
        self._meet(dental, 12, "What has come of it, and who is next?")
        self._act(
            dental,
            Cause(service="dental", region="north"),
            Told("Ask two clinics for a place each week.", "sudbury-health", -289, -130,
                 (("take", -280, ""), ("finish", -135, "Both clinics hold a place each week."))),
            Told("Have the travel to the clinics paid.", "thunder-bay-health", -40, 25,
                 (("take", -30, "An answer is promised for next month."),)),
        )  # fmt: skip
        housing = self._open(
            ("Housing after the shelter", "Logement après le refuge"),
            "Les refuges de l’Est sont pleins, faute de logements où aller ensuite.",
            ("ottawa-community", "kingston-community", "cornwall-community"),
            days=-120,
        )
        wanted = "Dresser la liste des logements que les propriétaires gardent libres."
        self._meet(housing, -115, "À quelle étape les choses bloquent-elles\u00a0?", wanted)
        self._act(
            housing,
            Cause(service="long_term_housing", region="east"),
            Told(wanted, "ottawa-community", -114, -12),
            Told(
                "Convenir d’un même formulaire pour tous les propriétaires.",
                "kingston-community",
                -100,
                40,
            ),
        )

    def _look_in_vain(self, service: str, region: str, *, before: int, after: int) -> None:
        """Have desks report a gap, so often a fortnight before the turn and after it."""
        desks = [each for each in self.cast.senders if each.team and each.team.region == region]
        for week in range(_WEEKS, 0, -2):
            at = self.now - dt.timedelta(weeks=week)
            often = before if at < self.now - _BETTER else after
            for desk in self.chance.sample(desks, k=min(often, len(desks))):
                actor = self.cast.acting(desk, at=at)
                report_gap(actor=actor, service=service, region=region, at=at)

    def _open(
        self, names: tuple[str, str], purpose: str, slugs: tuple[str, ...], *, days: int
    ) -> WorkingGroup:
        agencies = [desk.agency for desk in self._desks(slugs)]
        given = GroupGiven(*names, purpose, agencies)
        return groups.open_group(actor=self._at(days), given=given, at=self.now + days * DAY)

    def _meet(self, group: WorkingGroup, days: int, agenda: str, decided: str = "") -> None:
        starts_at = self.now + days * DAY
        at = min(starts_at, self.now) - DAY
        meeting = meetings.plan_meeting(
            actor=self._at(min(days, 0) - 1),
            group=group,
            starts_at=starts_at,
            place="video",
            agenda=agenda,
            at=at,
        )
        if decided:
            meetings.write_up_meeting(
                actor=self._at(days),
                meeting=meeting,
                attending=list(groups.members_of(group)),
                decisions=decided,
                at=starts_at,
            )

    def _act(self, group: WorkingGroup, cause: Cause, *told: Told) -> None:
        for each in told:
            at = self.now + each.planned * DAY
            action = group_actions.plan_action(
                actor=self._at(each.planned),
                group=group,
                what=each.what,
                owner=self._desks((each.owner,))[0],
                due_on=(self.now + each.due * DAY).date(),
                cause=cause,
                at=at,
            )
            for verb, days, words in each.moves:
                action = group_actions.move_action(
                    actor=self._at(days),
                    action=action,
                    verb=verb,
                    given=MoveGiven(words),
                    at=self.now + days * DAY,
                )

    def _at(self, days: int) -> access.Actor:
        """Return the Office's coordinator, who acts from that day on."""
        desk = self.office.desk if self.office else None
        return self.cast.acting(desk, at=self.now + days * DAY)  # type: ignore[arg-type]

    @staticmethod
    def _desks(slugs: tuple[str, ...]) -> list[Desk]:
        found = {desk.slug: desk for desk in Desk.objects.select_related("agency", "team")}
        return [found[slug] for slug in slugs]
