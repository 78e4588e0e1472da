"""What becomes of a case of the demo's year once its referral is told: followed up, or closed."""

import datetime as dt

from cases.actions.leading import follow_up_case
from cases.models import Case
from coordination.models import Desk
from referrals.actions import closing
from referrals.seeding import chances
from referrals.seeding.story import Story

_LATELY = dt.timedelta(days=100)
_REVIEWS = (2, 60)
"""Days from now until a case in follow-up is looked at again."""


def close(story: Story, case: Case, lead: Desk) -> None:
    """Close a case with an outcome for each need, if nothing of it is open any more."""
    at = story.later(dt.timedelta(days=story.chance.uniform(1, 30)))
    actor = story.acting(lead)
    if closing.open_referrals(case):
        return
    closing.close_case(
        case=case,
        actor=actor,
        reason=story.cast.pick(chances.CLOSURE_REASONS),
        outcomes={need: story.cast.pick(chances.OUTCOMES) for need in closing.needs_of(case)},
        at=at,
    )


def follow_up(story: Story, case: Case, lead: Desk) -> None:
    """Keep a case of lately open until a day on which it is looked at again; close an older one."""
    if story.now - story.at > _LATELY:
        close(story, case, lead)
        return
    at = story.later(dt.timedelta(days=story.chance.uniform(0.2, 5)))
    review_at = story.now + dt.timedelta(days=story.chance.uniform(*_REVIEWS))
    follow_up_case(case=case, actor=story.acting(lead), review_at=review_at, at=at)
