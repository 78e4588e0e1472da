"""Telling people: the effect of the `notify` follower, and what a person does with a notice."""

import datetime as dt

from django.db import transaction

from audit.models import Entry
from audit.verbs import Verb
from coordination.access import Actor
from notifications import reach
from notifications.models import Notice
from notifications.rules import RULES

OLD = dt.timedelta(days=2)
"""What was loaded long after it happened is history: nobody is told of it now."""


def notify(entry: Entry) -> None:
    """
    Give each person whom the rules name a notice of this entry; again is the same as once.

    Told are the people who are there at this moment, without whoever did it.
    """
    rule = RULES.get(Verb(entry.verb))
    if rule is None or entry.recorded_at - entry.occurred_at > OLD:
        return
    reference = entry.subject.partition(":")[2]
    Notice.objects.bulk_create(
        [
            Notice(
                recipient_id=user_id,
                entry_id=entry.pk,
                verb=entry.verb,
                reference=reference,
                occurred_at=entry.occurred_at,
            )
            for user_id in sorted(reach.recipients(entry, rule))
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
