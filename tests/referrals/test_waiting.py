"""Waiting on the sender is measured apart; two desks in two zones read two clocks."""

import datetime as dt
import re

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone, translation

from audit.models import Entry
from coordination import references
from coordination.models import Desk
from coordination.templatetags.relay import by_clocks
from referrals import questions, waiting
from referrals.actions.answering import accept_referral, ask_referral
from referrals.actions.sending import answer_referral
from tests import database

HOUR = dt.timedelta(hours=1)


def shift_back(referral, verb, hours):
    """Let an entry have happened so long ago."""
    with database.as_superuser() as admin:
        admin.execute("set session_replication_role = replica")
        admin.execute(
            "update audit_entry set occurred_at = occurred_at - %s where subject = %s and verb = %s",
            [hours * HOUR, referral.subject, verb],
        )
        if verb == "referral.sent":
            admin.execute(
                "update referrals_referral set sent_at = sent_at - %s where id = %s",
                [hours * HOUR, referral.pk],
            )


def act(world, desk, action, referral, **arguments):
    with world.acting(desk) as actor:
        return action(referral=referral, actor=actor, at=timezone.now(), **arguments)


def shown(world, desk, referral):
    client = Client(headers={"Authorization": f"Token {world.token(desk)}"})
    code = references.display(referral.reference)
    return client.get(f"/api/v1/referrals/{code}").json()["waited_minutes"]


def test_the_sender_s_time_is_told_apart_and_kept_with_the_acceptance(world):
    referral = world.referral()
    act(world, "ottawa-cas", ask_referral, referral, questions=["language"])
    shift_back(referral, "referral.sent", 6)
    shift_back(referral, "referral.asked", 4)
    assert shown(world, "ottawa-cas", referral) == {"sender": 240, "receiver": 120}
    code = references.display(referral.reference)
    client = Client()
    client.force_login(world.user("peel-cas"))
    page = client.get(f"/en/referrals/{code}/").content.decode()
    assert "So far 4 h 0 min on the sender, 2 h 0 min on the receiver." in page
    act(
        world,
        "peel-cas",
        answer_referral,
        referral,
        answers={"language": questions.answers_to("language")[0]},
    )
    shift_back(referral, "referral.answered", 1)
    assert shown(world, "peel-cas", referral) == {"sender": 180, "receiver": 180}
    act(world, "ottawa-cas", accept_referral, referral)
    with database.as_role("worker"):
        data = Entry.objects.select_related("body").get(verb="referral.accepted").body.data
    assert (data["minutes"], data["sender_minutes"]) == (360, 180)
    assert shown(world, "peel-cas", referral) == {"sender": 180, "receiver": 180}


def test_what_nobody_asked_waited_on_the_receiver_alone(world):
    first, second = world.referral(), world.referral()
    shift_back(first, "referral.sent", 2)
    with world.acting("peel-cas"):
        waiting.attach([first, second], at=timezone.now())
    assert first.waited_on_sender == second.waited_on_sender == dt.timedelta()
    assert shown(world, "peel-cas", first) == {"sender": 0, "receiver": 120}


@pytest.mark.parametrize("path", ["", "print/", "sent/"])
def test_desks_in_two_zones_read_the_exact_time_of_both(world, path):
    with database.as_role("owner"), transaction.atomic():
        Desk.objects.filter(slug="ottawa-cas").update(time_zone="America/Winnipeg")
    referral = world.referral()
    code, client = references.display(referral.reference), Client()
    for desk, own, other in (("peel-cas", "E", "C"), ("ottawa-cas", "C", "E")):
        client.force_login(world.user(desk))
        answer = client.get(f"/en/referrals/{code}/{path}")
        if path == "sent/" and desk == "ottawa-cas":
            assert answer.status_code == 404
            continue
        said = rf" {own}[SD]T \(.{{5,20}} {other}[SD]T at the other desk\)"
        assert re.search(said, answer.content.decode()), desk
    client.force_login(world.user("peel-cas"))
    with database.as_role("owner"), transaction.atomic():
        Desk.objects.filter(slug="ottawa-cas").update(time_zone="America/Toronto")
    assert "at the other desk" not in client.get(f"/en/referrals/{code}/{path}").content.decode()


def test_a_moment_by_two_clocks_in_both_languages():
    at = dt.datetime(2026, 11, 30, 20, 50, tzinfo=dt.UTC)
    with timezone.override("America/Winnipeg"):
        said = by_clocks(at, "America/Toronto")
        assert said.endswith("2:50 p.m. CST (3:50 p.m. EST at the other desk)")
        assert said.count("2:50 p.m.") == 1
        with translation.override("fr"):
            assert "HNE à l’autre guichet)" in by_clocks(at, "America/Toronto")
        midnight = dt.datetime(2026, 7, 1, 4, 30, tzinfo=dt.UTC)
        assert by_clocks(midnight, "America/Toronto").endswith(
            "11:30 p.m. CDT (1 Jul, 12:30 a.m. EDT at the other desk)"
        )
