"""What is easily forgotten is said once: drafts, workers who have not spoken, wishes to close."""

import datetime as dt

from django.test import Client
from django.utils import timezone

from audit.models import Entry
from coordination.actions import set_capacity
from coordination.roles import Role
from notifications.models import Notice
from referrals.actions.answering import accept_referral
from referrals.actions.contacting import confirm_contact_referral
from referrals.actions.following import request_withdrawal_referral
from tests import database
from tests.referrals.test_ladder import MINUTE, climb, events, told
from tests.referrals.test_life_cycle import act

DAY = dt.timedelta(days=1)


def open_notices(verb):
    with database.as_role("worker"):
        return Notice.objects.filter(verb=verb, done_at=None).count()


def test_a_draft_is_recalled_a_day_before_it_is_forgotten_once_and_to_its_writer(world):
    world.user("peel-cas", Role.LEAD)
    referral = world.referral(sent=False)
    climb(6 * DAY - MINUTE)
    assert told("referral.draft_ending") == []
    for _ in range(2):
        climb(6 * DAY + MINUTE)
    assert told("referral.draft_ending") == ["peel-cas.worker"]
    assert events(referral).count("referral.draft_ending") == 1


def test_workers_who_have_not_both_spoken_are_told_after_a_day(world):
    silent, spoken = world.referral(urgency="planned"), world.referral(urgency="planned")
    for referral in (silent, spoken):
        act(world, "ottawa-cas", accept_referral, referral)
    for desk in ("peel-cas", "ottawa-cas"):
        act(world, desk, confirm_contact_referral, spoken, method="phone")
    act(world, "peel-cas", confirm_contact_referral, silent, method="phone")
    climb(DAY + MINUTE)
    assert events(spoken) == []
    assert events(silent) == ["referral.contact_pending"]
    assert told("referral.contact_pending") == ["ottawa-cas.worker", "peel-cas.worker"]
    act(world, "ottawa-cas", confirm_contact_referral, silent, method="phone")
    climb()
    assert open_notices("referral.contact_pending") == 0


def test_a_wish_to_close_that_nobody_answers_is_recalled_to_the_receiver(world):
    referral = world.referral(urgency="planned")
    act(world, "ottawa-cas", accept_referral, referral)
    act(world, "peel-cas", request_withdrawal_referral, referral, reason="found_elsewhere")
    climb(DAY + MINUTE)
    climb(2 * DAY)
    assert told("referral.withdrawal_waits") == ["ottawa-cas.worker"]
    assert events(referral).count("referral.withdrawal_waits") == 1


def test_when_what_a_desk_said_of_its_capacity_ends_its_leads_are_told_once(world):
    lead = world.user("peel-cas", Role.LEAD)

    def say(level, until=None):
        with world.acting("peel-cas", Role.LEAD) as actor:
            now = timezone.now()
            end = now + until if until else None
            set_capacity(actor=actor, level=level, until=end, beds=None, at=now)

    say("full", 2 * DAY)
    climb()
    say("limited", 3 * DAY)
    climb(2 * DAY + MINUTE)
    assert told("desk.capacity_ended") == [], "said anew: the earlier end is void"
    climb(3 * DAY + MINUTE)
    climb(4 * DAY)
    assert told("desk.capacity_ended") == [lead.username]
    client = Client()
    client.force_login(lead)
    assert "/en/desk/capacity/" in client.get("/en/notifications/").content.decode()
    with database.as_role("worker"):
        entry = Entry.objects.select_related("body").get(verb="desk.capacity_ended")
    assert entry.body.data == {"desk": "peel-cas", "level": "limited"}
    say("open")
    climb()
    assert open_notices("desk.capacity_ended") == 0
