"""One referral's story, act by act, each at its time and never after now."""

import datetime as dt
import random

from cases.actions.consents import ConsentGiven, record_consent
from cases.actions.opening import open_case
from cases.models import Consent
from coordination import eligibility
from coordination.access import Actor
from coordination.models import Agency, Desk
from referrals.actions.answering import (
    accept_referral,
    ask_referral,
    decline_referral,
    undo_accept_referral,
)
from referrals.actions.consenting import withdraw_consent
from referrals.actions.contacting import confirm_contact_referral
from referrals.actions.drafting import BasisGiven, draft_referral
from referrals.actions.following import (
    request_withdrawal_referral,
    reroute_referral,
    resolve_referral,
    take_back_referral,
)
from referrals.actions.sending import answer_referral, send_referral, withdraw_referral
from referrals.actions.serving import (
    complete_referral,
    confirm_withdrawal_referral,
    give_back_referral,
    reopen_referral,
    start_referral,
    waitlist_referral,
)
from referrals.guard_rails import Said, rails, under_16
from referrals.models import Referral
from referrals.seeding import chances
from referrals.seeding.cast import Cast
from referrals.targets import Province, Target

_DAYS_LEFT = (4, 120)
"""Of the consents of what is still going on: a few end within seven days."""

_TO_TEAM = 0.08
_HOURS = {"immediate": 0.4, "crisis": 4, "urgent": 9, "priority": 30, "planned": 60}
"""Hours until an answer, at most desks, half of the time sooner."""

_SLOWLY = 4.0
_MOST_WEEKS_OF_WAITING = 8


class Story:
    """The case, where its referral stands, and the time."""

    def __init__(self, cast: Cast, *, at: dt.datetime, now: dt.datetime) -> None:
        self.cast, self.chance, self.at, self.now = cast, cast.chance, at, now
        self.until = now + dt.timedelta(days=self.chance.uniform(*_DAYS_LEFT))
        self.tried: set[int] = set()

    def acting(self, desk: Desk) -> Actor:
        """Return the desk's worker, who acts at the story's time: move that on beforehand."""
        return self.cast.acting(desk, at=self.at)

    def send(self, sender: Desk, receiver: Desk, *, to_team: bool = False) -> Referral:
        """Open a case and send its referral to a desk; now and then to its whole team, if so."""
        services = self._services(receiver)
        audience = self.cast.audience(receiver)
        wanted = to_team and self.chance.random() < _TO_TEAM
        if wanted and receiver.team and not receiver.agency.police_involved:
            return self._send(sender, receiver.team, services, audience, of=receiver)
        return self._send(sender, receiver, services, audience, of=receiver)

    def send_outside(self, sender: Desk, agency: Agency | None) -> Referral:
        """Send to a contact that is not on Relay: the sender phones."""
        to: Target = agency or Province(self.cast.pick(chances.PROVINCES))
        audience = self.cast.audience(sender)
        kinds = [*audience, agency.kind] if agency and agency.kind not in audience else audience
        return self._send(sender, to, self._services(sender), kinds, of=sender)

    def _services(self, desk: Desk) -> list[str]:
        return self.chance.sample(
            desk.services, k=min(self.chance.choice((1, 1, 2, 3)), len(desk.services))
        )

    def _send(
        self, sender: Desk, to: Target, services: list[str], kinds: list[str], *, of: Desk
    ) -> Referral:
        """Send for a person of an age that `of`, who offers the services, takes."""
        actor = self.acting(sender)
        facts = self.cast.facts(ages=eligibility.ages_taken(of, services))
        case = open_case(actor=actor, facts=facts, at=self.at)
        report = self.cast.pick(chances.REPORTS) if facts["age_band"] in under_16() else ""
        draft = draft_referral(
            actor=actor,
            case=case,
            to=to,
            services=services,
            urgency=self.cast.pick(chances.URGENCIES),
            basis=BasisGiven("express_informed", kinds, self.until, form="spoken"),
            at=self.at,
        )
        return send_referral(
            referral=draft, actor=actor, at=self.at, said=Said(report, self._overrides())
        )

    @staticmethod
    def _overrides() -> dict[str, str]:
        """Return a reason for whatever rail may warn."""
        return {rail.code: rail.reasons[0] for rail in rails() if rail.reasons}

    def answered_at(self, referral: Referral, receiver: Desk) -> dt.datetime:
        """Return when this desk answers: some are slow, and none answers after now."""
        hours = self.chance.expovariate(0.7 / _HOURS[referral.urgency])
        slow = _SLOWLY if receiver in self.cast.slow else 1
        return self.later(dt.timedelta(hours=0.1 + hours * slow))

    def later(self, span: dt.timedelta) -> dt.datetime:
        """Move the story's time on, but not past now."""
        latest = self.now - dt.timedelta(seconds=self.chance.randint(1, 900))
        self.at = max(self.at, min(self.at + span, latest))
        return self.at

    def ask(self, referral: Referral, receiver: Desk) -> Referral:
        question = self.cast.pick(chances.QUESTIONS)
        return ask_referral(
            referral=referral,
            at=self.answered_at(referral, receiver),
            actor=self.acting(receiver),
            questions=[question],
        )

    def answer(self, asked: Referral, sender: Desk) -> None:
        answer_referral(
            referral=asked,
            at=self.later(dt.timedelta(hours=self.chance.uniform(0.2, 6))),
            actor=self.acting(sender),
            answers={
                question: self.cast.pick(chances.answers_to(question))
                for question in asked.questions
            },
        )

    def accept(self, referral: Referral, receiver: Desk) -> None:
        at = self.answered_at(referral, receiver)
        accept_referral(referral=referral, actor=self.acting(receiver), at=at)

    def contact(self, referral: Referral, sender: Desk, receiver: Desk) -> None:
        for desk in (receiver, sender):
            confirm_contact_referral(
                referral=referral,
                at=self.later(dt.timedelta(hours=self.chance.uniform(0.1, 8))),
                actor=self.acting(desk),
                method="phone",
            )

    def start(self, referral: Referral, receiver: Desk) -> None:
        at = self.later(dt.timedelta(days=self.chance.uniform(0.1, 5)))
        start_referral(referral=referral, actor=self.acting(receiver), at=at)

    def waitlist(self, referral: Referral, receiver: Desk) -> None:
        at = self.later(dt.timedelta(hours=self.chance.uniform(1, 20)))
        wait = dt.timedelta(weeks=self.chance.uniform(1, _MOST_WEEKS_OF_WAITING))
        waitlist_referral(
            referral=referral, actor=self.acting(receiver), review_at=at + wait, at=at
        )

    def complete(self, referral: Referral, receiver: Desk) -> None:
        services = [each.service for each in referral.services.all()]
        complete_referral(
            referral=referral,
            at=self.later(dt.timedelta(days=self.chance.uniform(3, 80))),
            actor=self.acting(receiver),
            outcomes={service: self.cast.pick(chances.OUTCOMES) for service in services},
        )

    def reopen(self, referral: Referral, receiver: Desk) -> None:
        at = self.later(dt.timedelta(days=self.chance.uniform(0.5, 12)))
        reopen_referral(
            referral=referral, actor=self.acting(receiver), reason="needed_again", at=at
        )

    def undo(self, referral: Referral, receiver: Desk) -> None:
        at = self.later(dt.timedelta(minutes=self.chance.uniform(1, 9)))
        undo_accept_referral(referral=referral, actor=self.acting(receiver), at=at)

    def decline(self, referral: Referral, receiver: Desk) -> None:
        self.tried.add(receiver.pk)
        decline_referral(
            referral=referral,
            at=self.answered_at(referral, receiver),
            actor=self.acting(receiver),
            reason=self.cast.pick(chances.DECLINE_REASONS),
        )

    def withdraw(self, referral: Referral, sender: Desk) -> None:
        withdraw_referral(
            referral=referral,
            at=self.later(dt.timedelta(hours=self.chance.uniform(1, 40))),
            actor=self.acting(sender),
            reason=self.cast.pick(chances.WITHDRAW_REASONS),
        )

    def consent_besides(self, referral: Referral, sender: Desk, *, lasts: dt.timedelta) -> None:
        """The person agrees to something more of the case, for so long."""
        record_consent(
            at=self.at,
            actor=self.acting(sender),
            case=referral.case,
            given=ConsentGiven(
                kind="express_limited",
                audience=referral.basis.audience,
                until=self.at + lasts,
                given_on=self.at.date() - dt.timedelta(days=1),
                form="written",
            ),
        )

    def take_back_consent(self, referral: Referral, sender: Desk) -> None:
        """The person takes the consent back that the referral rests on."""
        withdraw_consent(
            consent=Consent.objects.select_related("case").get(bases__referral=referral.pk),
            at=self.later(dt.timedelta(hours=self.chance.uniform(1, 60))),
            actor=self.acting(sender),
        )

    def close(self, referral: Referral, sender: Desk, receiver: Desk) -> None:
        """The sender asks to close what was accepted, and the receiver does."""
        request_withdrawal_referral(
            referral=referral,
            at=self.later(dt.timedelta(days=self.chance.uniform(1, 20))),
            actor=self.acting(sender),
            reason="no_longer_needed",
        )
        confirm_withdrawal_referral(
            referral=referral,
            at=self.later(dt.timedelta(hours=self.chance.uniform(1, 30))),
            actor=self.acting(receiver),
        )

    def give_back(self, referral: Referral, sender: Desk, receiver: Desk) -> None:
        """The receiver gives back what it cannot go on with, and the sender takes it."""
        self.tried.add(receiver.pk)
        self.begin_to_give_back(referral, receiver)
        take_back_referral(
            referral=referral,
            at=self.later(dt.timedelta(hours=self.chance.uniform(0.2, 12))),
            actor=self.acting(sender),
        )

    def begin_to_give_back(self, referral: Referral, receiver: Desk) -> None:
        give_back_referral(
            referral=referral,
            at=self.later(dt.timedelta(days=self.chance.uniform(0.2, 25))),
            actor=self.acting(receiver),
            reason=self.cast.pick(chances.GIVE_BACK_REASONS),
        )

    def reroute(self, referral: Referral, sender: Desk, receiver: Desk) -> Referral:
        return reroute_referral(
            referral=referral,
            at=self.later(dt.timedelta(hours=self.chance.uniform(0.2, 18))),
            actor=self.acting(sender),
            to=receiver,
            said=Said(overrides=self._overrides()),
        )

    def resolve(self, referral: Referral, sender: Desk) -> None:
        resolve_referral(
            referral=referral,
            at=self.later(dt.timedelta(days=self.chance.uniform(0.2, 9))),
            actor=self.acting(sender),
            reason=self.cast.pick(chances.RESOLVE_REASONS),
        )


def chance_of(number: int) -> random.Random:
    """Return the dice of one story: the same number tells the same year again."""
    return random.Random(number)  # noqa: S311  a story, not a secret
