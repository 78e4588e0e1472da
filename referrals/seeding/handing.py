"""Hand-offs of the demo's year: a person is moved along the highway, and the case follows."""

import datetime as dt

from cases.models import Case, Consent
from coordination import vocabularies
from coordination.models import Agency, Desk
from referrals.actions import handing_off
from referrals.actions.consenting import withdraw_consent
from referrals.actions.drafting import BasisGiven
from referrals.handoff_checks import Checked, Proposal
from referrals.models import Handoff
from referrals.seeding import chances
from referrals.seeding.story import Story
from referrals.targets import Province, Target

_LEFT = dt.timedelta(days=30)
"""What an offer's basis has left, at least."""

_HOURS = {"emergency": 0.5, "warm": 8, "standard": 30, "shared": 30}
"""Hours until an answer, at most desks, half of the time sooner."""


def hand_off(
    story: Story, case: Case, lead: Desk, receiver: Desk, *, kind: str, ending: str
) -> None:
    """Offer a case to a desk of another team, and tell what became of it."""
    offer = propose(story, case, lead, receiver, kind=kind)
    at = story.later(dt.timedelta(hours=0.1 + story.chance.expovariate(0.7 / _HOURS[kind])))
    actor = story.acting(receiver if ending in {"accept", "decline"} else lead)
    match ending:
        case "accept":
            handing_off.accept_handoff(handoff=offer, actor=actor, at=at)
        case "decline":
            reason = story.cast.pick(chances.DECLINE_REASONS)
            handing_off.decline_handoff(handoff=offer, actor=actor, reason=reason, at=at)
        case "lapse":
            consent = Consent.objects.select_related("case").get(handoffs=offer)
            withdraw_consent(consent=consent, actor=actor, at=at)
        case _:
            handing_off.withdraw_handoff(handoff=offer, actor=actor, reason="safety", at=at)


def hand_off_outside(story: Story, case: Case, lead: Desk, agency: Agency | None) -> None:
    """Offer a case to a contact by phone: the lead stays, whatever they say."""
    to: Target = agency or Province(story.cast.pick(chances.PROVINCES))
    kinds = [agency.kind] if agency else []
    offer = propose(story, case, lead, to, kind="standard", more_kinds=kinds)
    at = story.later(dt.timedelta(hours=story.chance.uniform(1, 40)))
    actor = story.acting(lead)
    handing_off.accept_handoff(handoff=offer, actor=actor, at=at)


def propose(
    story: Story,
    case: Case,
    lead: Desk,
    to: Target,
    *,
    kind: str,
    more_kinds: list[str] | None = None,
) -> Handoff:
    actor = story.acting(lead)
    kinds = story.cast.audience(to if isinstance(to, Desk) else lead)
    reason = story.chance.choice(vocabularies.codes("handoff_reason"))
    basis = BasisGiven(
        "express_informed",
        sorted({*kinds, *(more_kinds or [])}),
        max(story.until, story.now + _LEFT),
        form="spoken",
    )
    checked = Checked(consent_confirmed=True, safety_plan_reviewed=True)
    return handing_off.propose_handoff(
        actor=actor,
        case=case,
        to=to,
        proposal=Proposal(type=kind, reason=reason, basis=basis, checked=checked),
        at=story.at,
    )
