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


def test_everybody_of_the_cover_desk_is_told_since_any_of_them_may_take_the_call(world):
    cover(by="ottawa-police", of="ottawa-cas")
    away(world, "cover")
    world.user("ottawa-police", Role.LEAD)  # alone on duty there, as long as there is no rota
    world.referral(urgency="crisis")
    climb()
    assert {"ottawa-police.lead", "ottawa-police.worker"} <= set(told("referral.sent"))


def pages_of_sender(world, referral, *pages):
    client = Client()
    client.force_login(world.user("peel-cas"))
    code = references.display(referral.reference)
    return [client.get(f"/en/referrals/{code}/{each}").content.decode() for each in pages]


def test_a_sender_gives_no_code_to_a_desk_that_cannot_open_it(world):
    cover(by="ottawa-police", of="ottawa-cas")
    referral = world.referral()
    (detail,) = pages_of_sender(world, referral, "")
    assert "the duty worker, and quote" in detail
    away(world, "cover")
    detail, sent, paper = pages_of_sender(world, referral, "", "sent/", "print/")
    for page in (detail, sent, paper):
        assert "Agency ottawa-police answers now" in page
    assert "and quote" not in detail
    assert "They cannot open this referral: give no code" in detail


def test_where_nobody_is_on_duty_the_next_phone_is_named(world):
    away(world, "nobody")
    with database.as_role("worker"):
        world.desks["ottawa-community"].duty_phone = "555-0199"
        world.desks["ottawa-community"].save()
    client = Client()
    client.force_login(world.user("peel-cas"))
    card = client.get("/en/directory/ottawa-cas/").content.decode()
    assert "nobody at this desk: Agency ottawa-community answers now" in card
    assert "555-0199" in card
    assert "Now Agency ottawa-community answers: 555-0199" in (
        client.get("/en/directory/phones/").content.decode()
    )
    (desk,) = [
        each
        for each in client.get("/api/v1/desks").json()["results"]
        if each["slug"] == "ottawa-cas"
    ]
    assert desk["answers_now"] == {"desk": "ottawa-community", "phone": "555-0199"}
    (detail,) = pages_of_sender(world, world.referral(), "")
    assert "Agency ottawa-community answers now" in detail


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
