"""What a person does with notices and with the mail that they get."""

import datetime as dt
from collections.abc import Collection, Mapping

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from coordination import vocabularies
from coordination.access import Actor
from coordination.errors import Invalid
from notifications.models import Mailbox, MailPreference, Notice


@transaction.atomic
def mark_done(*, notices: Collection[int], actor: Actor, at: dt.datetime) -> int:
    """
    Mark one's own notices as done, and return how many were not; done stays done.

    A notice is not a record: no entry tells of it.
    """
    own = Notice.objects.visible_to(actor).filter(pk__in=notices)
    return own.unread().update(done_at=at)


@transaction.atomic
def undo_done(*, notices: Collection[int], actor: Actor) -> int:
    """Have one's own notices unread again, and return how many were done."""
    own = Notice.objects.visible_to(actor).filter(pk__in=notices, done_at__isnull=False)
    return own.update(done_at=None)


@transaction.atomic
def mark_all_done(*, actor: Actor, at: dt.datetime) -> int:
    """Mark all one's notices as done, and return how many were not."""
    return Notice.objects.visible_to(actor).unread().update(done_at=at)


@transaction.atomic
def set_mail(
    *,
    actor: Actor,
    moments: Mapping[str, str],
    quiet: tuple[dt.time, dt.time] | None,
    again: bool = False,
) -> None:
    """
    Keep when a person wants mail: by kind of notice, and in which hours none.

    `again` tries an address once more that did not take mail. A preference, not a record.

    :raises Invalid: if the quiet hours begin when they end.
    """
    if quiet and quiet[0] == quiet[1]:
        raise Invalid(_("Give two different times, or none."), field="quiet_until")
    for kind, moment in moments.items():
        vocabularies.entry("notice_kind", kind)
        vocabularies.entry("mail_moment", moment)
        MailPreference.objects.update_or_create(
            user=actor.user, kind=kind, defaults={"moment": moment}
        )
    start, end = quiet or (None, None)
    columns: dict[str, object] = {"quiet_from": start, "quiet_until": end}
    if again:
        columns |= {"off_since": None, "off_reason": ""}
    Mailbox.objects.update_or_create(user=actor.user, defaults=columns)
