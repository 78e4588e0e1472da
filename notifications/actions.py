"""Telling people: the effect of the `notify` follower, and what a person does with a notice."""

import datetime as dt

from django.db import transaction

from audit.models import Entry
from audit.verbs import Verb
from coordination.access import Actor
from coordination.models import Membership
from notifications.models import Notice
from notifications.rules import RULES
from referrals.handoff_moves import OFFERED, PROPOSED_IT
from referrals.models import HandoffGrant, ReferralGrant
from referrals.states import Side

OLD = dt.timedelta(days=2)
"""What was loaded long after it happened is history: nobody is told of it now."""


def notify(entry: Entry) -> None:
    """
    Give each person whom the rules name a notice of this entry; again is the same as once.

    Told are the people who work at the desks of that side at this moment, without whoever did it.
    """
    rule = RULES.get(Verb(entry.verb))
    if rule is None or entry.recorded_at - entry.occurred_at > OLD:
        return
    reference = entry.subject.partition(":")[2]
    people = (
        Membership.objects.current()
        .working_records()
        .filter(desk_id__in=_desk_ids(entry.subject, rule.tells))
        .exclude(user_id=entry.actor_id or 0)
        .values_list("user_id", flat=True)
    )
    Notice.objects.bulk_create(
        [
            Notice(
                recipient_id=user_id,
                entry_id=entry.pk,
                verb=entry.verb,
                reference=reference,
                occurred_at=entry.occurred_at,
            )
            for user_id in sorted(set(people))
        ],
        ignore_conflicts=True,
    )


@transaction.atomic
def mark_done(*, notice: Notice, actor: Actor, at: dt.datetime) -> None:
    """Mark one's own notice as done; done stays done. A notice is not a record: no entry."""
    Notice.objects.visible_to(actor).filter(pk=notice.pk, done_at=None).update(done_at=at)


@transaction.atomic
def mark_all_done(*, actor: Actor, at: dt.datetime) -> int:
    """Mark all one's notices as done, and return how many were not."""
    return Notice.objects.visible_to(actor).unread().update(done_at=at)


def _desk_ids(subject: str, side: Side) -> list[int]:
    """Return the desks of a side that hold a grant on the referral or hand-off now."""
    kind, _colon, reference = subject.partition(":")
    if kind == "handoff":
        reason = OFFERED if side == Side.RECEIVER else PROPOSED_IT
        offers = HandoffGrant.objects.current().filter(
            content_object__reference=reference, reason=reason
        )
        return list(offers.values_list("group_id", flat=True))
    grants = ReferralGrant.objects.current().filter(
        content_object__reference=reference, reason=side
    )
    return list(grants.values_list("group_id", flat=True))
