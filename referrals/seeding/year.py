"""
A believable year: what is over, then what every desk finds in its boxes.

All of it through the real actions, marked as seeded in the record; the same seed, the same story.
"""

import datetime as dt
from collections.abc import Iterator
from itertools import chain

from audit.record import recording_as
from cases.models import Case
from coordination.models import Agency, Desk
from referrals.actions.consenting import carry_out_ends
from referrals.models import Referral
from referrals.seeding import chances, ends, handing, office, today
from referrals.seeding.cast import Cast
from referrals.seeding.groups import tell_groups
from referrals.seeding.story import Story, chance_of

HISTORY = dt.timedelta(days=456)
"""Fifteen months."""

_OVER = dt.timedelta(days=2)
_MORE_LATELY = 0.75
"""The network grows: the later, the more."""

_ASKED = 0.15
_SHORT = 0.1
_CONSENT = dt.timedelta(days=60)
"""Now and then the person agreed to something more, for a while."""


def seed(
    *, count: int, now: dt.datetime, part: int = 0, parts: int = 1, number: int = 1
) -> Iterator[int]:
    """
    Write about `count` referrals, or this part of them, and yield how many are written.

    Parts can be written at the same time: each fills other desks' boxes and tells other stories.
    """
    cast = Cast(chance_of(number * parts + part))
    year = _Year(cast, now)
    desks = cast.desks[part::parts]
    past = count // parts - len(desks) * len(today.PLACES)
    with recording_as("seed"):
        if part == 0:
            year.tell_the_highway()
            tell_groups(cast, now=now)
        while year.written < past:
            year.tell_the_past()
            yield year.written
        for desk in desks:
            year.written += today.fill(desk, cast=cast, now=now)
            yield year.written
        while carry_out_ends(at=now):
            yield year.written
        if part == 0:
            office.follow_up_some(now=now)


class _Year:
    def __init__(self, cast: Cast, now: dt.datetime) -> None:
        self.cast, self.chance, self.now = cast, cast.chance, now
        self.written = 0
        # Each ending once before chance decides: even a small year shows every one.
        self.endings = chain(chances.ENDINGS, iter(lambda: cast.pick(chances.ENDINGS), None))
        self.handoffs = iter(chances.HANDOFFS)
        self.outside = list(
            Agency.objects.filter(source="directory", desks=None, police_involved=False)[:60]
        )

    def tell_the_past(self) -> None:
        """Tell a referral of long ago to its end, with the doors that it needed."""
        sender, receiver = self.cast.pair()
        story = Story(self.cast, at=self._long_ago(), now=self.now)
        ending = next(self.endings)
        if ending == "external":
            self._tell_outside(story, sender)
            return
        referral = story.send(sender, receiver, to_team=True)
        self.written += 1
        if self.now - story.at > _CONSENT and self.chance.random() < _SHORT:
            story.consent_besides(referral, sender, lasts=_CONSENT)
        self._end(story, referral, sender, receiver, ending)
        self._go_on_with_case(story, referral, sender)

    def tell_the_highway(self) -> None:
        """Tell of a person who was moved along all of Highway 401, and whose case followed."""
        lead, next_lead = (self.cast.desk_in(chances.CORRIDOR[end]) for end in (0, -1))
        story = Story(self.cast, at=self.now - dt.timedelta(days=12), now=self.now)
        referral = story.send(lead, self.cast.next_lead(lead))
        self.written += 1
        case = Case.objects.get(pk=referral.case_id)
        handing.hand_off(story, case, lead, next_lead, kind="warm", ending="accept")

    def _go_on_with_case(self, story: Story, referral: Referral, lead: Desk) -> None:
        """Close the case, follow it up, hand it off along the highway, or leave it open."""
        first = next(self.handoffs, None)
        then = "hand_off" if first else self.cast.pick(chances.AFTERWARDS)
        if not then:
            return
        case = Case.objects.get(pk=referral.case_id)
        match then:
            case "close":
                ends.close(story, case, lead)
            case "follow_up":
                ends.follow_up(story, case, lead)
            case "hand_off":
                kind, ending = first or (
                    self.cast.pick(chances.HANDOFF_TYPES),
                    self.cast.pick(chances.HANDOFF_ENDINGS),
                )
                self._hand_off(story, case, lead, kind, ending)

    def _hand_off(self, story: Story, case: Case, lead: Desk, kind: str, ending: str) -> None:
        if ending == "outside":
            agency = self.chance.choice(self.outside) if self.outside else None
            handing.hand_off_outside(story, case, lead, agency)
        else:
            to = self.cast.next_lead(lead)
            handing.hand_off(story, case, lead, to, kind=kind, ending=ending)

    def _end(
        self, story: Story, referral: Referral, sender: Desk, receiver: Desk, ending: str
    ) -> None:
        match ending:
            case "withdraw":
                story.withdraw(referral, sender)
            case "lapse":
                story.take_back_consent(referral, sender)
                story.resolve(referral, sender)
            case "decline":
                self._decline(story, referral, sender, receiver)
            case "undo":
                story.accept(referral, receiver)
                story.undo(referral, receiver)
                self._decline(story, referral, sender, receiver)
            case _:
                self._accept(story, referral, sender, receiver, ending)

    def _accept(
        self, story: Story, referral: Referral, sender: Desk, receiver: Desk, ending: str
    ) -> None:
        if self.chance.random() < _ASKED:
            story.answer(story.ask(referral, receiver), sender)
        story.accept(referral, receiver)
        if ending == "give_back":
            story.give_back(referral, sender, receiver)
            self._go_on(story, referral, sender)
            return
        if ending == "close":
            story.close(referral, sender, receiver)
            return
        story.contact(referral, sender, receiver)
        if ending == "minimum":
            story.take_back_consent(referral, sender)
        if ending == "waitlist":
            story.waitlist(referral, receiver)
        elif ending in {"serve", "complete", "reopen"}:
            story.start(referral, receiver)
        # What began long ago is over by now.
        if ending in {"complete", "reopen"} or self.now - story.at > HISTORY / 4:
            self._complete(story, referral, receiver, ending)

    def _complete(self, story: Story, referral: Referral, receiver: Desk, ending: str) -> None:
        if ending == "waitlist":
            story.start(referral, receiver)
        story.complete(referral, receiver)
        if ending == "reopen":
            story.reopen(referral, receiver)
            story.complete(referral, receiver)

    def _decline(self, story: Story, referral: Referral, sender: Desk, receiver: Desk) -> None:
        if referral.to_team_id:
            story.withdraw(referral, sender)
            return
        story.decline(referral, receiver)
        self._go_on(story, referral, sender)

    def _go_on(self, story: Story, referral: Referral, sender: Desk) -> None:
        """Try the next door, resolve the need, or leave it in the sender's list for now."""
        then = self.cast.pick(chances.AFTER_DECLINE)
        services = {each.service for each in referral.services.all()}
        door = self.cast.next_door(story.tried, sender, services)
        if then == "reroute" and door and len(story.tried) < chances.MOST_DOORS:
            onward = story.reroute(referral, sender, door)
            self.written += 1
            ending = "complete" if self.chance.random() < 1 / 2 else "decline"
            self._end(story, onward, sender, door, ending)
        elif then != "leave" or self.now - story.at > _OVER * 5:
            story.resolve(referral, sender)

    def _tell_outside(self, story: Story, sender: Desk) -> None:
        agency = (
            self.chance.choice(self.outside)
            if self.outside and self.chance.random() < 2 / 3
            else None
        )
        referral = story.send_outside(sender, agency)
        self.written += 1
        if self.chance.random() < 1 / 4:
            story.decline(referral, sender)
            story.resolve(referral, sender)
            return
        story.accept(referral, sender)
        if self.chance.random() < 2 / 3:
            story.start(referral, sender)
            story.complete(referral, sender)

    def _long_ago(self) -> dt.datetime:
        """Return a moment of the year, later ones more often, and fewer at weekends and nights."""
        share: float = self.chance.random() ** _MORE_LATELY
        at = self.now - _OVER - (1 - share) * (HISTORY - _OVER)
        if at.weekday() >= 5 and self.chance.random() < 1 / 2:  # noqa: PLR2004  Saturday
            at -= dt.timedelta(days=2)
        return at
