"""Sending what is owed: at least once, under one Message-ID, and never with a word of a record."""

import datetime as dt
import logging
import random
import smtplib
import time
from collections.abc import Iterator
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Count, Min, Q
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from audit import retries
from audit.failpoints import failpoint
from audit.gauges import Owed
from audit.record import record
from audit.verbs import Verb
from coordination.models import User
from notifications.models import Delivery, Mailbox, Notice
from notifications.states import DeliveryStatus

_PERMANENT = 500
"""From here on, a mail server says that trying again does not help (RFC 5321, 4.2.1)."""

_WAITS = [dt.timedelta(minutes=each) for each in (1, 5, 15, 60, 240, 720, 1440)]
"""
After each failure, or up to a fifth later, so that not all come back at once; after the last one
the mail has failed, and the status page says so.
"""

TURN_SECONDS = 15
"""A mail server that takes its time keeps nothing else waiting for longer, but for one mail."""

_log = logging.getLogger(__name__)


def send_due(*, at: dt.datetime, limit: int = 200) -> int:
    """
    Send what is due, one mail a person, each in a transaction of its own; return how many people.

    Two workers never take the same person's mail. While the server is in trouble, nobody else's is
    tried in this turn.
    """
    people, until, is_well = 0, time.monotonic() + TURN_SECONDS, True
    while is_well and people < limit and time.monotonic() < until and (owed := _take_next(at=at)):
        is_well = _send_to_one(owed, at=at)
        people += 1
    return people


@transaction.atomic
def _take_next(*, at: dt.datetime) -> list[int]:
    """Take what one person is owed; it rests while it is tried, whatever becomes of the process."""
    waiting = Delivery.objects.filter(status=DeliveryStatus.WAITING, due_at__lte=at)
    first = waiting.select_for_update(skip_locked=True).order_by("due_at", "pk").first()
    if first is None:
        return []
    mine = waiting.filter(recipient=first.recipient_id).select_for_update(skip_locked=True)
    keys = list(mine.values_list("pk", flat=True))
    Delivery.objects.filter(pk__in=keys).update(due_at=at + retries.waits()[0])
    return keys


@transaction.atomic
def _send_to_one(taken: list[int], *, at: dt.datetime) -> bool:
    """Return whether the mail server is well."""
    # The rows stay locked while we talk to the mail server. If this worker dies here the locks go
    # with it and the mail is sent again: twice is better than never, with the same Message-ID.
    waiting = Delivery.objects.filter(pk__in=taken, status=DeliveryStatus.WAITING)
    owed = list(waiting.select_for_update(skip_locked=True).order_by("pk"))
    if not owed:
        return True
    recipient = User.objects.get(pk=owed[0].recipient_id)
    needed = _needed(owed, recipient)
    _settle([each for each in owed if each not in needed], DeliveryStatus.VOID)
    return _try(recipient, needed, at=at) if needed else True


def _needed(owed: list[Delivery], recipient: User) -> list[Delivery]:
    """Return what still says something: unread, to somebody who is there and takes mail."""
    off = Mailbox.objects.filter(user=recipient, off_since__isnull=False).exists()
    if off or not recipient.is_active or not recipient.email:
        return []
    unread = set(
        Notice.objects.filter(recipient=recipient, entry_id__in=[each.entry_id for each in owed])
        .unread()
        .values_list("entry_id", flat=True)
    )
    return [each for each in owed if each.entry_id in unread]


def _try(recipient: User, owed: list[Delivery], *, at: dt.datetime) -> bool:
    """Return whether the mail server is well; an address that it refuses is no trouble of it."""
    try:
        message(recipient, key=str(owed[0].key)).send()
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _said in error.recipients.values()]
        _failed(recipient, owed, permanent=min(codes, default=0) >= _PERMANENT, at=at)
    except (OSError, smtplib.SMTPException):
        # The server, and not the address: whatever it says, another hour may be better.
        _failed(recipient, owed, permanent=False, at=at)
        return False
    except Exception:  # noqa: BLE001  one bad mail must not hold up the others
        _log.exception("the mail %s could not be made", owed[0].key)
        _failed(recipient, owed, permanent=False, at=at)
    else:
        failpoint("after_mail_before_mark")
        _settle(owed, DeliveryStatus.SENT, sent_at=at)
    return True


def _failed(recipient: User, owed: list[Delivery], *, permanent: bool, at: dt.datetime) -> None:
    if permanent:
        switch_off(user=recipient, reason="refused", at=at)
        return
    for each in owed:
        each.attempts += 1
        if each.attempts > len(_WAITS):
            each.status = DeliveryStatus.FAILED
        else:
            each.due_at = at + _WAITS[each.attempts - 1] * random.uniform(1, 1.2)  # noqa: S311
        each.save(update_fields=["attempts", "status", "due_at"])


@transaction.atomic
def switch_off(*, user: User, reason: str, at: dt.datetime) -> None:
    """Send no more mail to an address that does not take it; the agency's administrator hears."""
    mailbox, _created = Mailbox.objects.select_for_update().get_or_create(user=user)
    waiting = Delivery.objects.filter(recipient=user, status=DeliveryStatus.WAITING)
    waiting.update(status=DeliveryStatus.FAILED)
    if mailbox.off_since is None:
        mailbox.off_since, mailbox.off_reason = at, reason
        mailbox.save(update_fields=["off_since", "off_reason"])
        record(Verb.MAIL_SWITCHED_OFF, subject=f"user:{user.pk}", at=at, data={"reason": reason})


@transaction.atomic
def record_bounce(*, key: str, at: dt.datetime) -> bool:
    """
    Switch the address off whose mail came back, and return whether we know that mail.

    `key` is the first part of the Message-ID that the report names.
    """
    delivery = Delivery.objects.select_related("recipient").filter(key=key).first()
    if delivery is None:
        return False
    switch_off(user=delivery.recipient, reason="bounced", at=at)
    return True


def message(recipient: User, *, key: str) -> EmailMultiAlternatives:
    """Return the mail: no reference, place, need, count or role; the person's language first."""
    languages = ["fr", "en"] if recipient.language == "fr" else ["en", "fr"]
    subjects, parts = [], []
    for language in languages:
        with translation.override(language):
            brand = settings.BRAND[f"name_{language}"]
            subjects.append(_("%(brand)s: an item needs your response") % {"brand": brand})
            parts.append(
                {
                    "language": language,
                    "subject": subjects[-1],
                    "url": f"{settings.PUBLIC_URL}/{language}/",
                    "text": _("Sign in to see it."),
                    "button": _("Open my inbox"),
                    "why": _("You get this because of your choices under Notifications in Relay."),
                }
            )
    host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "relay"
    mail = EmailMultiAlternatives(
        subject=" / ".join(subjects),
        body=render_to_string("notifications/mail.txt", {"parts": parts}),
        to=[recipient.email],
        headers={"Message-ID": f"<{key}@{host}>", "Auto-Submitted": "auto-generated"},
    )
    mail.attach_alternative(
        render_to_string("notifications/mail.html", {"parts": parts}), "text/html"
    )
    return mail


def _settle(
    owed: list[Delivery], status: DeliveryStatus, *, sent_at: dt.datetime | None = None
) -> None:
    keys = [each.pk for each in owed]
    Delivery.objects.filter(pk__in=keys).update(status=status, sent_at=sent_at)


def gauge() -> Iterator[Owed]:
    """Measure the mail that is due and was not sent."""
    due = Q(status=DeliveryStatus.WAITING, due_at__lte=Now())
    open_ = Q(status__in=[DeliveryStatus.WAITING, DeliveryStatus.FAILED])
    found = Delivery.objects.filter(open_).aggregate(
        waiting=Count("pk", filter=due),
        oldest_at=Min("due_at", filter=due),
        parked=Count("pk", filter=Q(status=DeliveryStatus.FAILED)),
    )
    yield Owed("mail", **found)
