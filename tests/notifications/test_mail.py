"""Mail says that something waits and nothing else: sent when wanted, once, and never for nothing."""

import asyncio
import datetime as dt
import email
import io
import sys
from email import policy
from itertools import pairwise

import pytest
from aiosmtpd.controller import Controller
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from audit import followers
from audit.models import Entry
from coordination.models import User
from coordination.roles import Role
from notifications import actions, mailing
from notifications.kinds import DEFAULTS, KINDS, SETTLES, Kind, Moment
from notifications.models import Delivery, Mailbox, Notice
from notifications.rules import RULES
from notifications.timing import mail_due
from referrals.actions.answering import accept_referral
from tests import database
from tests.processes import free_port

MINUTE = dt.timedelta(minutes=1)


class Sink:
    """A mail server on this machine that keeps what it takes, and refuses whom it is told to."""

    def __init__(self):
        self.taken, self.refuses, self.away, self.seconds = [], set(), False, 0.0
        self.trouble = None

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802
        if self.trouble == "slow":
            await asyncio.sleep(0.4)
        if address in self.refuses:
            return "550 5.1.1 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802
        await asyncio.sleep(self.seconds)
        if self.away or self.trouble:
            return self.trouble or "451 try later"
        self.taken.append(email.message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@pytest.fixture
def sink(settings):
    handler = Sink()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = controller.port
    settings.EMAIL_USE_TLS = False
    settings.MAIL, settings.PUBLIC_URL = True, "https://relay.example"
    settings.DEFAULT_FROM_EMAIL = "Relay <relay@relay.example>"
    yield handler
    controller.stop()


def addressed(world, *people, language="en"):
    users = [world.user(*each) for each in people]
    with database.as_role("worker"):
        for user in users:
            User.objects.filter(pk=user.pk).update(
                email=f"{user.username}@agency.example", language=language
            )
    return users


def told():
    with database.as_role("worker"):
        followers.drain("notify")


def sweep(at=None):
    with database.as_role("worker"):
        return mailing.send_due(at=at or timezone.now())


def deliveries():
    with database.as_role("worker"):
        return list(Delivery.objects.order_by("pk").values_list("status", flat=True))


@pytest.mark.parametrize(
    ("language", "first", "second"),
    [("en", "Sign in to see it.", "Ouvrez une session"), ("fr", "Ouvrez une session", "Sign in")],
)
def test_mail_is_in_both_languages_and_has_no_word_of_the_record(
    world, sink, language, first, second
):
    addressed(world, ("ottawa-cas", Role.WORKER), language=language)
    referral = world.referral()
    told()
    assert sweep() == 1
    (mail,) = sink.taken
    text = mail.get_body(("plain",)).get_content()
    html = mail.get_body(("html",)).get_content()
    assert text.index(first) < text.index(second)
    assert html.index(first) < html.index(second)
    assert f"https://relay.example/{language}/" in text
    assert 'href="https://relay.example/fr/"' in html
    assert mail["Message-ID"].endswith("@relay.example>")
    assert mail["To"] == "ottawa-cas.worker@agency.example"
    with database.as_role("worker"):
        case = referral.case
    words = [referral.reference, case.reference, "peel", "Peel", "shelter", "hébergement"]
    words += ["urgent", "worker,", "1 ", "CAS"]
    said = "\n".join(
        [*(f"{k}: {v}" for k, v in mail.items() if k not in {"To", "Date"}), text, html]
    )
    assert [word for word in words if word in said] == []


def test_what_is_due_together_is_one_mail_and_goes_out_once(world, sink):
    addressed(world, ("ottawa-cas", Role.WORKER))
    world.referral()
    world.referral()
    told()
    assert sweep() == 1
    assert sweep() == 0
    assert len(sink.taken) == 1
    assert deliveries() == ["sent", "sent"]


def test_what_was_dealt_with_in_the_meantime_sends_nothing(world, sink):
    (person,) = addressed(world, ("ottawa-cas", Role.WORKER))
    referral = world.referral()
    told()
    with world.acting("ottawa-cas") as actor:
        accept_referral(referral=referral, actor=actor, at=timezone.now())
    told()
    sweep()
    assert sink.taken == []
    assert deliveries() == ["void"]
    with database.as_role("worker"):
        assert Notice.objects.filter(recipient=person).unread().count() == 0


def test_a_notice_that_comes_after_its_answer_is_done_already(world, sink):
    addressed(world, ("ottawa-cas", Role.WORKER))
    referral = world.referral()
    with world.acting("ottawa-cas") as actor:
        accept_referral(referral=referral, actor=actor, at=timezone.now())
    told()  # both entries at once: whatever the order, nothing waits
    with database.as_role("worker"):
        assert Notice.objects.filter(verb="referral.sent", done_at=None).count() == 0
    assert deliveries() == []


def test_a_server_that_is_away_is_tried_again_under_the_same_id(world, sink):
    addressed(world, ("ottawa-cas", Role.WORKER))
    world.referral()
    told()
    sink.away, now = True, timezone.now()
    sweep(now)
    assert deliveries() == ["waiting"]
    sink.away = False
    assert sweep(now) == 0  # not before its time
    sweep(now + 2 * MINUTE)
    with database.as_role("worker"):
        key = Delivery.objects.get().key
    assert [mail["Message-ID"] for mail in sink.taken] == [f"<{key}@relay.example>"]


@pytest.mark.parametrize("trouble", ["451 try later", "554 no", "421 closing", "slow"])
def test_r24_a_server_in_trouble_for_two_hours_gets_each_mail_once_afterwards(
    world, sink, settings, trouble
):
    """In the centre the notice is there all the time."""
    settings.EMAIL_TIMEOUT = 0.2
    (person,) = addressed(world, ("ottawa-cas", Role.WORKER))
    world.referral()
    told()
    start = timezone.now()
    sink.trouble, tries = trouble, []
    for minute in range(121):
        if sweep(start + minute * MINUTE):
            tries.append(minute)
            with database.as_role("worker"):
                assert Notice.objects.filter(recipient=person).unread().count() == 1
    sink.trouble = None
    assert len(tries) == 5, "after 1, 5, 15 and 60 minutes, or a fifth later"
    assert all(
        0 <= at - wait <= wait / 5 + 1
        for at, wait in zip(waits_of(tries), (1, 5, 15, 60), strict=True)
    )
    assert sink.taken == []
    assert [sweep(start + hours * 60 * MINUTE) for hours in (2, 8, 16)] == [0, 1, 0]
    with database.as_role("worker"):
        key = Delivery.objects.get().key
    assert [mail["Message-ID"] for mail in sink.taken] == [f"<{key}@relay.example>"]


def waits_of(tries):
    return [later - earlier for earlier, later in pairwise(tries)]


def test_a_server_in_trouble_keeps_a_turn_no_longer_than_one_mail(world, sink):
    addressed(world, ("ottawa-cas", Role.WORKER), ("peel-police", Role.WORKER))
    world.referral()
    world.referral(to="peel-police", audience=("police",))
    told()
    sink.away = True
    assert sweep() == 1
    sink.away = False
    assert sweep() == 1
    assert sorted(deliveries()) == ["sent", "waiting"]


def test_a_slow_server_keeps_a_turn_no_longer_than_its_time(world, sink, monkeypatch):
    addressed(world, ("ottawa-cas", Role.WORKER), ("peel-police", Role.WORKER))
    world.referral()
    world.referral(to="peel-police", audience=("police",))
    told()
    monkeypatch.setattr(mailing, "TURN_SECONDS", 0.1)
    sink.seconds = 0.2
    assert [sweep(), sweep(), sweep()] == [1, 1, 0]


def test_a_mail_whose_worker_dies_rests_and_holds_up_no_other(world, sink, monkeypatch):
    addressed(world, ("ottawa-cas", Role.WORKER), ("peel-police", Role.WORKER))
    world.referral()
    world.referral(to="peel-police", audience=("police",))
    told()

    def killed(*_args, **_kwargs):
        raise KeyboardInterrupt

    now = timezone.now()
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(mailing, "message", killed)
        sweep(now)
    assert sweep(now) == 1, "the other's"
    assert sweep(now + MINUTE) == 1
    assert len(sink.taken) == 2
    assert len({mail["Message-ID"] for mail in sink.taken}) == 2


def test_a_mail_that_cannot_be_made_holds_up_no_other(world, sink, monkeypatch):
    addressed(world, ("ottawa-cas", Role.WORKER), ("peel-police", Role.WORKER))
    world.referral()
    world.referral(to="peel-police", audience=("police",))
    told()
    made = mailing.message

    def message(recipient, **given):
        if recipient.username == "ottawa-cas.worker":
            raise ValueError
        return made(recipient, **given)

    monkeypatch.setattr(mailing, "message", message)
    assert sweep() == 2
    assert sorted(deliveries()) == ["sent", "waiting"]


def test_an_address_that_is_refused_is_switched_off_and_the_administrator_hears(world, sink):
    (person,) = addressed(world, ("ottawa-cas", Role.WORKER))
    admin = world.user("ottawa-cas", Role.AGENCY_ADMIN)
    sink.refuses.add("ottawa-cas.worker@agency.example")
    world.referral()
    told()
    sweep()
    told()
    with database.as_role("worker"):
        assert Mailbox.objects.get(user=person).off_reason == "refused"
        notice = Notice.objects.get(verb="mail.switched_off")
    assert notice.recipient_id == admin.pk
    sink.refuses.clear()
    world.referral()
    told()
    sweep()
    assert sink.taken == []
    client = Client()
    client.force_login(person)
    page = client.get("/fr/notifications/mail/").content.decode()
    assert "refuse" in page


def test_a_mail_that_came_back_switches_the_address_off(world, sink, monkeypatch):
    (person,) = addressed(world, ("ottawa-cas", Role.WORKER))
    world.referral()
    told()
    sweep()
    original = sink.taken[0]
    report = (
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\n'
        "Content-Type: text/plain\n\nIt did not arrive.\n--b\nContent-Type: text/rfc822-headers\n\n"
        f"Message-ID: {original['Message-ID']}\n\n--b--\n"
    )
    stdin = io.TextIOWrapper(io.BytesIO(report.encode()))
    monkeypatch.setattr(sys, "stdin", stdin)
    with database.as_role("worker"):
        call_command("record_bounce", stdout=io.StringIO())
        assert Mailbox.objects.get(user=person).off_reason == "bounced"
        assert Entry.objects.filter(verb="mail.switched_off").count() == 1


ON_DUTY = {"wakes": True}


@pytest.mark.parametrize(
    ("chosen", "quiet", "wakes", "local", "due"),
    [
        (None, None, False, "2026-11-25 23:00", "2026-11-25 23:00"),
        ("off", None, True, "2026-11-25 23:00", None),
        (None, ("22:00", "07:00"), False, "2026-11-25 23:00", "2026-11-26 07:00"),
        (None, ("22:00", "07:00"), False, "2026-11-26 06:59", "2026-11-26 07:00"),
        (None, ("22:00", "07:00"), False, "2026-11-26 07:00", "2026-11-26 07:00"),
        (None, ("12:00", "13:00"), False, "2026-11-26 12:30", "2026-11-26 13:00"),
        (None, ("22:00", "07:00"), True, "2026-11-25 23:00", "2026-11-25 23:00"),
        ("digest", None, False, "2026-11-25 23:00", "2026-11-26 08:00"),
        ("digest", None, False, "2026-11-26 07:00", "2026-11-26 08:00"),
        ("digest", None, False, "2026-10-31 20:00", "2026-11-01 08:00"),  # the clocks go back
    ],
)
def test_mail_waits_for_the_end_of_quiet_hours_or_for_the_digest(chosen, quiet, wakes, local, due):
    def moment(text):
        return timezone.make_aware(dt.datetime.fromisoformat(text))

    mailbox = None
    if quiet:
        start, end = (dt.time.fromisoformat(each) for each in quiet)
        mailbox = Mailbox(quiet_from=start, quiet_until=end)
    assert mail_due(
        kind=Kind.TO_ANSWER,
        chosen=chosen,
        mailbox=mailbox,
        wakes=wakes,
        time_zone="America/Toronto",
        at=moment(local),
    ) == (moment(due) if due else None)


def test_only_who_is_on_duty_is_woken_by_what_is_immediate(world, sink):
    people = addressed(world, ("ottawa-cas", Role.WORKER), ("ottawa-cas", Role.LEAD))
    for name in ("ottawa-cas", "ottawa-cas"):
        for role in (Role.WORKER, Role.LEAD):
            with world.acting(name, role) as actor:
                start = (timezone.localtime() - dt.timedelta(hours=1)).time()
                end = (timezone.localtime() + dt.timedelta(hours=1)).time()
                actions.set_mail(actor=actor, moments={}, quiet=(start, end))
    world.referral(urgency="immediate")
    told()
    sweep()
    assert [mail["To"] for mail in sink.taken] == [f"{people[1].username}@agency.example"]


def test_choices_are_kept_refused_and_ones_own(world, sink):
    (person,) = addressed(world, ("ottawa-cas", Role.WORKER))
    client = Client()
    client.force_login(world.user("peel-cas"))
    without = client.get("/en/notifications/mail/").content.decode()
    assert "An address comes with an invitation" in without
    client.force_login(person)
    given = {str(kind): "off" for kind in Kind} | {"quiet_from": "22:00", "quiet_until": "22:00"}
    refused = client.post("/en/notifications/mail/", given)
    assert refused.status_code == 422
    assert "Give two different times, or none." in refused.content.decode()
    assert client.post("/en/notifications/mail/", given | {"quiet_until": ""}).status_code == 422
    assert (
        client.post("/en/notifications/mail/", given | {"quiet_until": "07:00"}).status_code == 302
    )
    world.referral()
    told()
    assert deliveries() == []
    with world.acting("peel-cas"):
        assert not Mailbox.objects.exists()


def test_every_notice_has_a_kind_and_nothing_settles_what_is_never_told():
    assert set(KINDS) <= set(RULES)
    assert set(DEFAULTS) == set(Kind)
    assert {Moment(each) for each in DEFAULTS.values()} <= set(Moment)
    assert {verb for earlier in SETTLES.values() for verb in earlier} <= set(RULES)
