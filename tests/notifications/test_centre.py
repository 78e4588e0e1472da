"""The centre of notices: what waits, by what it speaks of; done, undone, several at once."""

import re

from django.test import Client
from django.utils import timezone

from audit import followers
from coordination import references
from notifications.models import Notice
from referrals.actions.answering import accept_referral, ask_referral
from referrals.actions.sending import answer_referral
from referrals.models import Referral
from tests import database


def waiting(world):
    """Return a client of Ottawa's worker with three notices about two referrals."""
    first, _second = world.referral(), world.referral()
    with world.acting("ottawa-cas") as actor:
        ask_referral(referral=first, actor=actor, questions=["language"], at=timezone.now())
    with world.acting("peel-cas") as actor:
        answer_referral(referral=first, actor=actor, answers={"language": "yes"}, at=timezone.now())
    with database.as_role("worker"):
        followers.drain("notify")
    client = Client()
    client.force_login(world.user("ottawa-cas"))
    return client


def unread(world):
    with world.acting("ottawa-cas") as actor:
        return list(Notice.objects.visible_to(actor).unread().values_list("pk", flat=True))


def test_notices_are_grouped_marked_and_undone(world):
    client = waiting(world)
    page = client.get("/en/notifications/").content.decode()
    assert page.count('<section class="section"') == 2
    keys = unread(world)
    assert client.post("/en/notifications/done/", {"notice": keys}).status_code == 302
    assert unread(world) == []
    assert "2 notices are done." in client.get("/en/notifications/?tab=done").content.decode()
    client.post("/en/notifications/undo/")
    assert unread(world) == keys
    client.post("/en/notifications/done/", {"one": keys[0], "notice": keys})
    assert unread(world) == keys[1:]


def test_they_stand_newest_first_and_say_what_is_due(world):
    client = waiting(world)
    with database.as_role("worker"):  # made in another order than it happened
        newest = Notice.objects.filter(recipient=world.user("ottawa-cas")).earliest("pk")
        Notice.objects.filter(pk=newest.pk).update(occurred_at=timezone.now())
    told = " ".join(client.get("/en/notifications/").content.decode().split())
    codes = re.findall(r'aria-label="(\w{4}-\w{4})"', told)
    assert codes[0] == references.display(newest.reference)
    assert told.count("Answer by: ") == 2
    assert told.count("Urgent</span>") == 2
    with world.acting("ottawa-cas") as actor:
        referral = Referral.objects.get(reference=newest.reference)
        accept_referral(referral=referral, actor=actor, at=timezone.now())
    assert client.get("/en/notifications/").content.decode().count("Answer by: ") == 1


def test_another_persons_notice_stays_as_it_is(world):
    waiting(world)
    stranger = Client()
    stranger.force_login(world.user("north-cas"))
    keys = unread(world)
    assert stranger.post("/en/notifications/done/", {"notice": keys}).status_code == 302
    assert unread(world) == keys


def test_the_badge_counts_what_is_unread(world):
    client = waiting(world)
    page = client.get("/en/notifications/").content.decode()
    assert re.search(r'class="count">2<', page)
