"""Today: what every desk finds in its boxes at the start of a shift."""

import datetime as dt

from cases.actions.opening import open_case
from coordination.models import Desk
from referrals.actions.drafting import BasisGiven, draft_referral
from referrals.models import Referral
from referrals.seeding import chances, handing
from referrals.seeding.cast import Cast
from referrals.seeding.story import Story

PLACES = (
    (3, "wait"),
    (20, "wait"),
    (30, "wait"),
    (9, "ask"),
    (20, "accept"),
    (400, "serve"),
    (200, "waitlist"),
    (40, "decline"),
    (60, "give_back"),
    (20, "draft"),
)
"""Hours ago, at most, and how far it has come since."""

_OFFERED = 0.25
"""Of the desks that one more case is offered to."""


def fill(desk: Desk, *, cast: Cast, now: dt.datetime) -> int:
    """Put something into every box of a desk, and return how many referrals that took."""
    return _Today(cast, now).fill(desk)


class _Today:
    def __init__(self, cast: Cast, now: dt.datetime) -> None:
        self.cast, self.chance, self.now = cast, cast.chance, now

    def fill(self, desk: Desk) -> int:
        written = 0
        for hours, ending in PLACES:
            at = self.now - dt.timedelta(hours=self.chance.uniform(hours / 4, hours))
            sender = self.chance.choice(
                [each for each in self.cast.others_of(desk) if not each.agency.police_involved]
            )
            story = Story(self.cast, at=at, now=self.now)
            if ending == "draft":
                self._draft(desk, sender, at)
                continue
            referral = story.send(sender, desk)
            written += 1
            self._begin(story, referral, sender, desk, ending)
        if not desk.agency.police_involved and self.chance.random() < _OFFERED:
            self._offer(desk)
        return written

    def _offer(self, desk: Desk) -> None:
        """Leave a hand-off waiting for the desk's answer."""
        lead = self.cast.next_lead(desk)
        at = self.now - dt.timedelta(hours=self.chance.uniform(0.3, 20))
        story = Story(self.cast, at=at, now=self.now)
        facts = self.cast.facts(ages=chances.ADULT)
        case = open_case(actor=story.acting(lead), facts=facts, at=at)
        kind = self.cast.pick(chances.HANDOFF_TYPES)
        handing.propose(story, case, lead, desk, kind=kind)

    def _begin(
        self, story: Story, referral: Referral, sender: Desk, desk: Desk, ending: str
    ) -> None:
        """Take a referral of today as far as it has come: it is not over."""
        match ending:
            case "ask":
                story.ask(referral, desk)
            case "accept":
                story.accept(referral, desk)
            case "serve":
                story.accept(referral, desk)
                story.contact(referral, sender, desk)
                story.start(referral, desk)
            case "waitlist":
                story.accept(referral, desk)
                story.waitlist(referral, desk)
            case "give_back":
                story.accept(referral, desk)
                story.begin_to_give_back(referral, desk)
            case "decline":
                story.decline(referral, desk)

    def _draft(self, desk: Desk, receiver: Desk, at: dt.datetime) -> None:
        if desk.agency.police_involved:
            return
        actor = self.cast.acting(desk, at=at)
        case = open_case(actor=actor, facts=self.cast.facts(), at=at)
        draft_referral(
            actor=actor,
            case=case,
            to=receiver,
            services=receiver.services[:1],
            urgency="planned",
            basis=BasisGiven(
                "express_informed",
                self.cast.audience(receiver),
                self.now + dt.timedelta(days=90),
                form="spoken",
            ),
            at=at,
        )
