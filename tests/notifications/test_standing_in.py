"""Whoever stands in for another desk is told that something waits there, and sees nothing of it."""

import datetime as dt

from django.test import Client
from django.utils import timezone

from audit import followers
from coordination import references
from coordination.roles import Role
from coordination.rota import ExceptionGiven
from notifications.models import Notice
from referrals.actions.answering import accept_referral
from tests import database
from tests.coordination.test_duty import cover
from tests.coordination.test_rota import put
from tests.referrals.test_ladder import climb, told

HOUR = dt.timedelta(hours=1)


def away(world, who):
    now = timezone.now()
    put(world, [], [ExceptionGiven(now, now + 300 * HOUR, who)], desk="ottawa-cas")


def notices_of(user):
    with database.as_role("worker"):
        return list(Notice.objects.filter(recipient=user).select_related("for_desk"))


def test_the_cover_desk_of_another_agency_is_told_whom_to_phone_and_opens_nothing(world):
    cover(by="ottawa-police", of="ottawa-cas")
    away(world, "cover")
    referral = world.referral()  # urgent: its clock runs around the clock
    climb()
    police = world.user("ottawa-police")
    (notice,) = notices_of(police)
    assert (notice.verb, notice.reference) == ("referral.sent", "")
    client = Client()
    client.force_login(police)
    page = client.get("/en/notifications/").content.decode()
    assert "An item of Agency ottawa-cas needs an answer. It opens only there" in page
    assert "555-0100" in page
    code = references.display(referral.reference)
    assert code not in page
    (shown,) = client.get("/api/v1/notifications").json()["results"]
    assert (shown["referral"], shown["for_desk"]) == (None, "ottawa-cas")
    assert client.get(f"/en/referrals/{code}/").status_code == 404
    assert client.get(f"/api/v1/referrals/{code}").status_code == 404
    climb(13 * HOUR)
    assert "ottawa-police.worker" in told("referral.half_time")
    with world.acting("ottawa-cas", Role.LEAD) as actor:
        accept_referral(referral=referral, actor=actor, at=timezone.now())
    with database.as_role("worker"):
        followers.drain("notify")
    assert all(each.done_at for each in notices_of(police)), "what is answered asks no more"


def test_when_nobody_is_on_duty_the_team_s_duty_desk_is_told_at_once(world):
    away(world, "nobody")
    world.referral(urgency="crisis")
    climb()
    assert "ottawa-community.worker" in told("referral.sent")
    world.referral(urgency="planned")
    climb()
    (notice,) = notices_of(world.user("ottawa-community"))
    assert notice.for_desk.slug == "ottawa-cas", "what can wait wakes nobody of another desk"


def test_who_sits_at_a_side_is_told_what_it_is_about(world):
    lead = world.user("ottawa-cas", Role.LEAD)
    referral = world.referral()
    climb(25 * HOUR)
    assert {each.reference for each in notices_of(lead)} == {referral.reference}
    (notice,) = notices_of(world.user("ottawa-community"))  # the team's duty desk, not asked
    assert (notice.verb, notice.reference) == ("referral.overdue", "")
