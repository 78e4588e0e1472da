"""Telling people: the effect of the `notify` follower, which is done once for each entry."""

import datetime as dt
import logging
from collections.abc import Collection

from django.conf import settings
from django.db import connection

from audit import subjects
from audit.models import Entry
from audit.verbs import Verb
from coordination import duty
from coordination.models import Membership, User
from notifications import reach
from notifications.kinds import FOLLOWED_UP, SETTLES, Kind, kind_of, settled_by
from notifications.models import Delivery, Mailbox, MailPreference, Notice
from notifications.rules import LOST, RULES
from notifications.states import DeliveryStatus
from notifications.timing import mail_due
from notifications.told import Told
from referrals.models import Referral

_log = logging.getLogger(__name__)

OLD = dt.timedelta(days=2)
"""What was loaded long after it happened is history: nobody is told of it now."""

ONE_MAIL = dt.timedelta(hours=1)
"""However often the Office asks within it about one thing, it sends a person one mail about it."""


def notify(entry: Entry) -> None:
    """
    Give each person whom the rules name a notice of this entry, and owe them mail if they want it.

    Told are the people who are there at this moment, without whoever did it. Earlier notices of the
    same subject that ask for nothing any more are done; again is the same as once, in any order.
    """
    if entry.recorded_at - entry.occurred_at > OLD:
        return
    if not subjects.fits(entry.verb, entry.subject):
        _log.warning("entry %s is no event of its subject: nobody is told", entry.pk)
        return
    verb = Verb(entry.verb)
    if verb in FOLLOWED_UP:
        _one_after_another(entry.subject)
    kind, _colon, reference = entry.subject.partition(":")
    if kind in {"desk", "user", "completion", "requirement", "stewardship", "thresholds"}:
        reference = ""  # of the network or the Office: no code that somebody could open
    _settle_earlier(entry, reference)
    rule = RULES.get(verb)
    if rule is None:
        return
    later = settled_by(verb)
    over = Entry.objects.filter(subject=entry.subject, pk__gt=entry.pk, verb__in=later).exists()
    done_at = entry.recorded_at if over else None
    people = reach.recipients(entry, rule)
    lost = reach.losing(entry, rule) - people.keys()
    # The Office reaches no record, and who stands in for a desk none of its.
    opens = {key for key in people if not people[key] and rule.tells != (Told.OFFICE,)}
    Notice.objects.bulk_create(
        [
            Notice(
                recipient_id=user_id,
                entry_id=entry.pk,
                verb=verb,
                reference=reference if user_id in opens else "",
                for_desk=people.get(user_id),
                occurred_at=entry.occurred_at,
                done_at=done_at if user_id in people else None,
            )
            for user_id in sorted({*people, *lost})
        ],
        ignore_conflicts=True,
    )
    if settings.MAIL and not over:
        _owe_mail(entry, people, kind_of(verb))
    if settings.MAIL:
        _owe_mail(entry, lost, Kind.CHANGE)


def _settle_earlier(entry: Entry, reference: str) -> None:
    """Have earlier notices of the same subject done that ask for nothing any more."""
    settles = SETTLES.get(Verb(entry.verb))
    if not settles or _waits_for_the_other(entry):
        return
    earlier = Notice.objects.unread().filter(verb__in=settles, entry_id__lt=entry.pk)
    entries = Entry.objects.filter(subject=entry.subject).values("pk")
    earlier.filter(reference="", entry_id__in=entries).exclude(
        # What a desk has lost sight of is over, and still news.
        for_desk=None,
        verb__in=LOST,
    ).update(done_at=entry.recorded_at)
    if reference:
        earlier.filter(reference=reference).update(done_at=entry.recorded_at)


def _one_after_another(subject: str) -> None:
    """Wait for whoever tells of another follow-up of the same thing: each would owe a mail."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext(%s))", [f"told {subject}"])


def _waits_for_the_other(entry: Entry) -> bool:
    """Tell whether one side alone said so far that the workers spoke: that settles nothing."""
    if entry.verb != Verb.REFERRAL_CONTACT_CONFIRMED:
        return False
    referral = Referral.objects.filter(reference=entry.subject.partition(":")[2]).first()
    return referral is not None and not referral.is_contact_confirmed


def _owe_mail(entry: Entry, people: Collection[int], kind: Kind) -> None:
    """Owe each person the mail that they chose to get about this kind of notice."""
    chosen = dict(
        MailPreference.objects.filter(user__in=people, kind=kind).values_list("user_id", "moment")
    )
    mailboxes = Mailbox.objects.in_bulk(people)
    waking = _woken(entry)
    owed = []
    mailed = _mailed(entry)
    for user in User.objects.filter(pk__in=people, is_active=True).exclude(email=""):
        if user.pk in mailed:
            continue
        mailbox = mailboxes.get(user.pk)
        if mailbox and mailbox.off_since:
            continue
        due_at = mail_due(
            kind=kind,
            chosen=chosen.get(user.pk),
            mailbox=mailbox,
            wakes=user.pk in waking,
            time_zone=_zone_of(user),
            at=entry.occurred_at,
        )
        if due_at:
            owed.append(Delivery(entry_id=entry.pk, recipient=user, due_at=due_at))
    Delivery.objects.bulk_create(owed, ignore_conflicts=True)


def _mailed(entry: Entry) -> set[int]:
    """
    Return whom the mail about an earlier follow-up of the same thing reaches as well.

    One that still waits goes out for this entry now; its notice took the place of the earlier one.
    """
    if entry.verb not in FOLLOWED_UP:
        return set()
    earlier = Entry.objects.filter(subject=entry.subject, verb=entry.verb, pk__lt=entry.pk)
    mails = Delivery.objects.filter(entry_id__in=list(earlier.values_list("pk", flat=True)))
    # Locked, so that one that is being sent at this moment counts as sent.
    waiting = mails.filter(status=DeliveryStatus.WAITING).select_for_update().order_by("pk")
    newest = {mail.recipient_id: mail.pk for mail in waiting}
    Delivery.objects.filter(pk__in=newest.values()).update(entry_id=entry.pk)
    since = entry.occurred_at - ONE_MAIL
    sent = mails.filter(status=DeliveryStatus.SENT, sent_at__gt=since)
    return {*newest, *sent.values_list("recipient_id", flat=True)}


def _woken(entry: Entry) -> set[int]:
    """Return who is told at once whatever the hour: on duty for what is immediate."""
    kind, _colon, reference = entry.subject.partition(":")
    referral = (
        Referral.objects.filter(reference=reference, urgency="immediate").first()
        if kind == "referral"
        else None
    )
    if referral is None:
        return set()
    desks, at = reach.desks_of(entry.subject), reach.moment_of(entry)
    return {user.pk for desk in desks for user in duty.on_duty(desk, at=at)}


def _zone_of(user: User) -> str:
    seat = Membership.objects.current().filter(user=user).select_related("desk").first()
    return seat.desk.time_zone if seat else settings.TIME_ZONE
