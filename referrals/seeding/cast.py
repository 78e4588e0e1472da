"""Who plays in the demo's year: desks with a worker, in their order, and how they are met."""

import datetime as dt
import random
from collections.abc import Sequence
from functools import cached_property

from django.db import connection

from coordination import offering, vocabularies
from coordination.access import Actor, addressable_desks
from coordination.models import Desk, Membership
from coordination.roles import Role
from referrals.seeding import chances


class Cast:
    """The desks of the demo; their workers act one after the other in this connection."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.desks = list(offering.with_offer(addressable_desks()))
        self.workers = {
            seat.desk_id: Actor(seat.user, [seat], seat.desk)
            for seat in Membership.objects.current()
            .filter(role=Role.WORKER)
            .select_related("user__agency", "desk__agency", "desk__team")
        }
        self.slow = set(self.desks[:: chances.SLOW_SHARE])

    def acting(self, desk: Desk, *, at: dt.datetime) -> Actor:
        """Return the desk's worker, who acts from this moment on in this transaction."""
        actor = self.workers[desk.pk]
        with connection.cursor() as cursor:  # as `set_actor`; grants write the moment down
            cursor.execute(
                "select set_config('relay.actor', %s, true), set_config('relay.desk', %s, true),"
                " set_config('relay.moment', %s, true)",
                [str(actor.user.pk), str(desk.pk), at.isoformat()],
            )
        return actor

    def pick(self, weights: chances.Weights) -> str:
        """Return one of the keys, as often as its weight says."""
        return self.chance.choices(list(weights), list(weights.values()))[0]

    def pair(self) -> tuple[Desk, Desk]:
        """Return a sender and a receiver of another team, neighbours of the corridor most."""
        sender = self.chance.choice(self.senders)
        others = self.others_of(sender)
        return sender, self.chance.choices(others, [self._nearness(sender, d) for d in others])[0]

    @cached_property
    def senders(self) -> Sequence[Desk]:
        return [desk for desk in self.desks if not desk.agency.police_involved]

    def others_of(self, desk: Desk) -> list[Desk]:
        return [each for each in self.desks if each.team_id != desk.team_id]

    def next_lead(self, desk: Desk) -> Desk:
        """Return a desk of another team that may lead next, neighbours of the corridor most."""
        others = [each for each in self.others_of(desk) if not each.agency.police_involved]
        return self.chance.choices(others, [self._nearness(desk, d) for d in others])[0]

    def desk_in(self, team: str) -> Desk:
        """Return the first desk of a team that may lead."""
        return next(desk for desk in self.senders if desk.team and desk.team.slug == team)

    def next_door(self, tried: set[int], sender: Desk, services: set[str]) -> Desk | None:
        """Return a desk that was not tried and offers one of the services, if there is one."""
        left = [
            desk
            for desk in self.desks
            if desk.pk not in tried
            and desk != sender
            and not desk.agency.police_involved
            and not services.isdisjoint(desk.services)
        ]
        return self.chance.choice(left) if left else None

    @staticmethod
    def _nearness(one: Desk, other: Desk) -> int:
        names = [desk.team.slug if desk.team else "" for desk in (one, other)]
        if not all(name in chances.CORRIDOR for name in names):
            return 2
        steps = abs(chances.CORRIDOR.index(names[0]) - chances.CORRIDOR.index(names[1]))
        return max(12 // max(steps, 1), 3)

    def audience(self, receiver: Desk) -> list[str]:
        """Return whom it may be shared with: without the police, unless the receiver needs it."""
        return [
            entry.code
            for entry in vocabularies.entries("organisation_kind")
            if receiver.agency.police_involved or not entry.extra["police_involved"]
        ]

    def facts(self, *, ages: Sequence[str] = ()) -> dict[str, object]:
        """Return the coded facts of an invented person, of one of these age bands if given."""
        bands = {band: n for band, n in chances.AGE_BANDS.items() if not ages or band in ages}

        def some(weights: chances.Weights) -> list[str]:
            code = self.pick(weights)
            return [code] if code else []

        return {
            "age_band": self.pick(bands),
            "gender_identity": self.pick(chances.GENDERS),
            "situation": self.pick(chances.SITUATIONS),
            "service_language": self.pick(chances.LANGUAGES),
            "indigenous_led": self.pick(chances.INDIGENOUS_LED),
            "contact_rules": some(chances.CONTACT_RULES),
            "safety_flags": some(chances.FLAGS),
            "access_needs": some(chances.ACCESS_NEEDS),
            "dependants": int(self.pick(chances.DEPENDANTS)),
        }
