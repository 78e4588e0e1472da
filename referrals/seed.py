"""
Synthetic activity for the demo, through the real actions, marked as seeded in the record.

Each referral's acts are placed in the past and never after now; the same seed gives the same story.
"""

import datetime as dt
import random
from collections.abc import Iterator

from django.db import transaction

from audit.record import recording_as, set_actor
from cases.actions import open_case
from coordination import vocabularies
from coordination.access import Actor, actor_for, addressable_desks
from coordination.models import Desk, Membership, Team
from coordination.roles import Role
from referrals import audience
from referrals.actions.answering import accept_referral, ask_referral, decline_referral
from referrals.actions.drafting import BasisGiven, draft_referral
from referrals.actions.sending import answer_referral, send_referral, withdraw_referral
from referrals.models import Referral

_URGENCIES = {"immediate": 5, "crisis": 12, "urgent": 35, "priority": 33, "planned": 15}
_ENDINGS = {"accept": 45, "wait": 25, "decline": 14, "ask": 8, "answer": 4, "withdraw": 4}
_HISTORY = dt.timedelta(days=20)
_TO_TEAM = 0.1
_LEFT_WAITING = 0.6
_BUSY = frozenset({"peel", "ottawa"})
"""Teams that a newcomer looks at first: their inboxes are full."""


def seed(*, count: int, now: dt.datetime, number: int = 1) -> Iterator[int]:
    """Write `count` referrals, one transaction each, and yield how many are written."""
    story = _Story(random.Random(number), now)  # noqa: S311  a story, not a secret
    with recording_as("seed"):
        for done in range(1, count + 1):
            with transaction.atomic():
                story.tell(fill_today=done > count * 2 // 3)
            yield done


class _Story:
    def __init__(self, chance: random.Random, now: dt.datetime) -> None:
        self.chance = chance
        self.now = now
        self.desks = list(addressable_desks())
        self.workers = {
            m.desk_id: actor_for(m.user, desk_slug=m.desk.slug)
            for m in Membership.objects.current()
            .filter(role=Role.WORKER)
            .select_related("user__agency", "desk")
        }
        self.busy = [desk for desk in self.desks if desk.team and desk.team.slug in _BUSY]
        self.turn = 0

    def tell(self, *, fill_today: bool) -> None:
        """Tell one referral, long ago or within the last hours."""
        sender, receiver = self._pair()
        hours = self.chance.uniform(0.2, 26) if fill_today else self._long_ago()
        at = self.now - dt.timedelta(hours=hours)
        referral = self._send(sender, receiver, at)
        kinds = list(_ENDINGS)
        ending = self.chance.choices(kinds, [*_ENDINGS.values()])[0]
        if fill_today and ending == "accept" and self.chance.random() < _LEFT_WAITING:
            ending = "wait"
        if not fill_today and ending in {"wait", "ask"}:
            ending = "accept"
        later = at + (self.now - at) * self.chance.uniform(0.05, 0.6)
        self._end(referral, ending, receiver, sender, later)

    def _pair(self) -> tuple[Desk, Desk]:
        """Return a sender and a receiver; desks have their turns, those of `_BUSY` more often."""
        choices = self.busy if self.turn % 2 else self.desks
        receiver = choices[self.turn // 2 % len(choices)]
        self.turn += 1
        others = [
            d for d in self.desks if d.team_id != receiver.team_id and not d.agency.police_involved
        ]
        return self.chance.choice(others), receiver

    def _long_ago(self) -> float:
        return self.chance.uniform(24, _HISTORY.total_seconds() / 3600)

    def _send(self, sender: Desk, receiver: Desk, at: dt.datetime) -> Referral:
        actor = self._as(sender)
        case = open_case(actor=actor, facts=self._facts(), at=at)
        wanted = self.chance.sample(receiver.services, k=min(2, len(receiver.services)))
        kinds = [e.code for e in vocabularies.entries("organisation_kind")]
        shared = [
            kind
            for kind in kinds
            if receiver.agency.police_involved
            or not vocabularies.entry("organisation_kind", kind).extra["police_involved"]
        ]
        draft = draft_referral(
            actor=actor,
            case=case,
            to=self._addressee(receiver, shared),
            services=wanted,
            urgency=self.chance.choices(list(_URGENCIES), [*_URGENCIES.values()])[0],
            basis=BasisGiven("express_informed", shared, self.now + dt.timedelta(days=90)),
            at=at,
        )
        return send_referral(referral=draft, actor=actor, at=at)

    def _addressee(self, receiver: Desk, shared: list[str]) -> Desk | Team:
        """Return the desk; sometimes its whole team, where the desk is inside the audience."""
        if (
            receiver.team
            and audience.includes(shared, receiver)
            and self.chance.random() < _TO_TEAM
        ):
            return receiver.team
        return receiver

    def _end(
        self, referral: Referral, ending: str, receiver: Desk, sender: Desk, at: dt.datetime
    ) -> None:
        if ending == "wait":
            return
        if ending == "withdraw":
            withdraw_referral(
                referral=referral, actor=self._as(sender), reason="found_elsewhere", at=at
            )
            return
        actor = self._as(receiver)
        if ending == "accept":
            accept_referral(referral=referral, actor=actor, at=at)
        elif ending == "decline":
            reasons = ("no_capacity", "outside_mandate", "age_eligibility", "waitlist_too_long")
            decline_referral(
                referral=referral, actor=actor, reason=self.chance.choice(reasons), at=at
            )
        else:
            ask_referral(referral=referral, actor=actor, questions=["arrival_window"], at=at)
            if ending == "answer":
                answer_referral(
                    referral=referral,
                    actor=self._as(sender),
                    answers={"arrival_window": "tomorrow"},
                    at=at + dt.timedelta(minutes=1),
                )

    def _as(self, desk: Desk) -> Actor:
        actor = self.workers[desk.pk]
        set_actor(actor.user.pk, desk.pk)
        return actor

    def _facts(self) -> dict[str, object]:
        pick = self.chance.choice
        return {
            "age_band": pick(["12_15", "16_17", "18_20", "18_20", "21_23", "24_29", "30_38"]),
            "gender_identity": pick(
                ["woman_girl"] * 8 + ["man_boy", "two_spirit", "trans_woman_girl", "non_binary"]
            ),
            "situation": pick(["at_risk", "current", "left_recently", "left_earlier"]),
            "service_language": pick(["en"] * 6 + ["fr", "fr", "oj", "cr", "es"]),
            "indigenous_led": pick(["not_asked"] * 4 + ["first_choice", "if_available", "no"]),
            "contact_rules": pick([[], ["no_voicemail_text"], ["through_worker"], ["safe_hours"]]),
            "safety_flags": pick([[], [], ["trafficker_unaware"], ["no_housing"]]),
            "access_needs": pick([[], [], ["interpreter"], ["step_free"]]),
            "dependants": pick([0, 0, 0, 1, 2]),
        }
