"""What has to be so after any fault: nothing lost, nothing doubled, one desk responsible."""

import datetime as dt
import io
import time
from collections import Counter

from django.core.management import call_command
from django.db import connection
from django.db.models import Count, F, Max
from django.utils import timezone

from audit.models import Entry, Pending
from audit.verbs import Verb
from coordination.models import IdempotentAnswer, Step
from notifications.models import Delivery, Notice
from notifications.rules import RULES
from notifications.states import DeliveryStatus
from tests import database

RESTS = dt.timedelta(seconds=30)
TOLD = [str(verb) for verb in RULES if verb != Verb.MEMBER_ADDED]
"""What somebody is told of in any case; who is seated, only where it is at the Office."""

LADDER = ["referral.half_time", "referral.three_quarters", "referral.overdue", "referral.unseen"]

_LEADS = """
select c.reference from cases_case c where (
  select count(*) from cases_casegrant g where g.content_object_id = c.id
  and g.reason = 'lead' and g.until is null and g.group_id = c.lead_desk_id) <> 1
"""
_RESPONSIBLE = """
select r.reference from referrals_referral r
where r.responsible_desk_id is distinct from coalesce(r.accepting_desk_id, r.from_desk_id)
  and r.status in ('sent', 'questioned', 'accepted', 'waitlisted', 'in_service', 'returning')
"""


def owed(by):
    """Count what was due by a moment and is not dealt with, or rests because it was tried."""
    entries = Entry.objects.filter(recorded_at__lte=by)
    mail = Delivery.objects.filter(status=DeliveryStatus.WAITING, due_at__lte=by + RESTS)
    steps = Step.objects.filter(done_at=None, parked_at=None, due_at__lte=by)
    followed = Pending.objects.filter(parked_at=None, entry__in=entries)
    return followed.count() + mail.filter(entry_id__in=entries.values("pk")).count() + steps.count()


def settle(seconds=60, *, supervise=lambda: None):
    """Wait until nothing is owed that is owed now, and return how long it took."""
    started, by = time.monotonic(), timezone.now()
    with database.as_role("worker"):
        while owed(by) and time.monotonic() - started < seconds:
            time.sleep(0.2)
            supervise()
        assert owed(by) == 0, Counter(Pending.objects.values_list("follower", "last_error"))
    return time.monotonic() - started


def verify_all(load, sink=None, *, sent_answers=True):
    """Check everything, and return the figures."""
    with database.as_role("worker"):
        for command in ("verify_record", "check_grants"):
            call_command(command, stdout=io.StringIO(), stderr=io.StringIO())
        one_desk_is_responsible()
        _answers_are_kept(load)
        figures = {"entries": Entry.objects.count(), "answered": len(load.done)}
        figures |= _told_once()
        figures |= _steps_once()
        if sink:
            figures |= _mailed(sink)
        assert not Pending.objects.exclude(parked_at=None).exists(), "nothing is parked"
        assert not Step.objects.exclude(parked_at=None).exists()
    return figures


def one_desk_is_responsible():
    with connection.cursor() as cursor:
        for query in (_LEADS, _RESPONSIBLE):
            cursor.execute(query)
            assert cursor.fetchall() == []


def _answers_are_kept(load):
    kept = set(Entry.objects.values_list("verb", "subject"))
    assert set(load.done) - kept == set(), "an answer was given and the deed is not there"
    for route, verb in (("api:cases", "case.opened"), ("api:referrals", "referral.sent")):
        entries = Entry.objects.filter(verb=verb, source="live").count()
        assert IdempotentAnswer.objects.filter(route=route).count() == entries, "one a key"
    twice = Entry.objects.exclude(version=None).values("subject", "version")
    assert not twice.annotate(n=Count("pk")).filter(n__gt=1).exists()


def _told_once():
    told = Entry.objects.filter(verb__in=TOLD).exclude(verb__in=LADDER)
    entries = set(told.values_list("pk", flat=True))
    of_steps = set(Entry.objects.filter(verb__in=LADDER).values_list("pk", flat=True))
    notices = Notice.objects.exclude(entry_id__in=of_steps)
    notices = list(notices.values_list("entry_id", "recipient_id"))
    lost = entries - {entry for entry, _person in notices}
    doubled = len(notices) - len(set(notices))
    assert (len(lost), doubled) == (0, 0)
    assert len(notices) == len(entries), "one worker sits at each desk"
    late = Notice.objects.filter(entry_id__in=entries).aggregate(
        last=Max(F("created_at") - F("occurred_at"))
    )["last"]
    return {"notices": len(notices), "told after": (late or dt.timedelta()).total_seconds()}


def _steps_once():
    climbed = Entry.objects.filter(verb__in=LADDER).values("subject", "verb", "body__data__due_at")
    assert not climbed.annotate(n=Count("pk")).filter(n__gt=1).exists(), "a step was taken twice"
    done = Step.objects.filter(done_at__isnull=False, is_void=False)
    assert done.count() == Entry.objects.filter(verb__in=LADDER).count()
    late = done.aggregate(last=Max(F("done_at") - F("due_at")))["last"]
    return {"steps": done.count(), "steps after": (late or dt.timedelta()).total_seconds()}


def _mailed(sink):
    """Each mail that counts as sent arrived, and what arrived twice has one Message-ID."""
    sent = Delivery.objects.filter(status=DeliveryStatus.SENT).order_by("pk")
    first = {}
    for key, recipient, sent_at in sent.values_list("key", "recipient", "sent_at"):
        first.setdefault((recipient, sent_at), f"<{key}@relay.example>")
    arrived = Counter(sink.ids)
    assert set(first.values()) - set(arrived) == set(), "a mail counts as sent and never arrived"
    assert not Delivery.objects.filter(status=DeliveryStatus.FAILED).exists()
    void = Delivery.objects.filter(status=DeliveryStatus.VOID).values_list("key", flat=True)
    return {
        "mails": len(first),
        "mails twice": sum(arrived.values()) - len(arrived),
        "mails not sent again": sum(f"<{key}@relay.example>" in arrived for key in void),
    }
