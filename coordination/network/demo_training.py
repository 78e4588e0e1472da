"""
What the demo's people completed, and one desk that asks for it: written after the year is told.

So no acceptance of the year is refused, and the worker of the desk that asks meets the refusal.
"""

import datetime as dt
import random
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from audit.record import acting, recording_as
from coordination import access
from coordination.calendar import end_of_day
from coordination.models import Completion, Course, Membership, User
from coordination.roles import Role
from coordination.training import completions, requirements

ASKS = "york-cas"
"""Its lead has the course, its worker's has expired."""

EXPIRES_SOON = "peel-cas.worker"
_COURSE, _FOR_ALL = "privacy", "helping_trafficked_persons"
_HAS_IT = 0.7
_FOR_POLICE = "basic_constable"
_LEADS_ALONE = {_FOR_ALL: ("cas", "victim_services"), _FOR_POLICE: ("police",)}
_THERE = "west"
"""Five of ten have it in these sectors: enough, with and without, for the Office to see numbers."""

_LONG_AGO = 62
"""Days at least, of these: the Office sees what was so at the end of the last month."""

_SAYS_SO_ONESELF = 0.2
_SAID_WITHIN = dt.timedelta(days=3)
_LONGEST_AGO = 700
"""Days; the course for all is valid for 730."""


def train_demo(*, at: dt.datetime) -> int:
    """Write what the demo’s people completed, and return how many completions there are."""
    if not Course.objects.filter(code=_COURSE).exists():
        return 0
    with transaction.atomic():
        _Training(at).tell()
    return Completion.objects.count()


class _Training:
    def __init__(self, at: dt.datetime) -> None:
        self.at, self.today = at, timezone.localdate(at)
        self.courses = Course.objects.in_bulk(field_name="code")
        self.chance = random.Random(22)  # noqa: S311  a story, not a secret
        rows = Membership.objects.current().filter(user__agency__source="demo")
        self.seats = list(
            rows.filter(desk__team__isnull=False)
            .select_related("user__agency", "desk__agency", "desk__team")
            .order_by("pk")
        )
        self.admins = {
            each.desk.agency_id: each for each in self.seats if each.role == Role.AGENCY_ADMIN
        }

    def tell(self) -> None:
        leads, rest = self._of_the_west(_FOR_ALL)
        for person in self._people():
            if person.username == EXPIRES_SOON:
                self._say(person, _COURSE, ago=345, by_admin=True)
            alone = self.chance.random()
            if person in leads or (person not in rest and self.chance.random() < _HAS_IT):
                ago = self.chance.randrange(_LONG_AGO if person in leads else 0, _LONGEST_AGO)
                self._say(person, _FOR_ALL, ago=ago, by_admin=alone > _SAYS_SO_ONESELF)
        for person in self._of_the_west(_FOR_POLICE)[0]:
            ago = self.chance.randrange(_LONG_AGO, _LONGEST_AGO)
            self._say(person, _FOR_POLICE, ago=ago, by_admin=True)
        found = {each.user.username: each.user for each in self.seats}
        admin = next((each for each in self.seats if _administers(each, ASKS)), None)
        if admin is None:
            return
        self._say(found[f"{ASKS}.lead"], _COURSE, ago=40, by_admin=True)
        self._say(found[f"{ASKS}.worker"], _COURSE, ago=400, by_admin=True)
        with acting(admin.user_id, admin.desk_id):
            requirements.require_training(
                actor=_actor(admin),
                desk=admin.desk,
                courses=[_COURSE],
                begins_on=self.today,
                at=self.at,
            )

    def _people(self) -> Sequence[User]:
        works = {str(Role.WORKER), str(Role.LEAD)}
        return list(dict.fromkeys(each.user for each in self.seats if each.role in works))

    def _of_the_west(self, course: str) -> tuple[Sequence[User], Sequence[User]]:
        """Return who leads a desk where the leads alone have a course, and who else is there."""
        there = [
            each
            for each in self.seats
            if each.desk.team
            and each.desk.team.region == _THERE
            and each.user.agency.kind in _LEADS_ALONE[course]
        ]
        leads = list(dict.fromkeys(each.user for each in there if each.role == Role.LEAD))
        return leads, [each.user for each in there if each.user not in leads]

    def _say(self, person: User, course: str, *, ago: int, by_admin: bool) -> None:
        seat = self.admins.get(person.agency_id) if by_admin else None
        seat = seat or next(each for each in self.seats if each.user_id == person.pk)
        day = self.today - dt.timedelta(days=ago)
        with acting(seat.user_id, seat.desk_id), recording_as("seed"):
            completions.enter_completion(
                actor=_actor(seat),
                person=person,
                course=self.courses[course],
                completed_on=day,
                at=min(self.at, end_of_day(day) + _SAID_WITHIN),
            )


def _actor(seat: Membership) -> access.Actor:
    return access.Actor(seat.user, [seat], seat.desk)


def _administers(seat: Membership, desk: str) -> bool:
    return seat.role == Role.AGENCY_ADMIN and seat.desk.slug == desk
