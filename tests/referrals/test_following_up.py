"""What the Office did about what is late: said once, seen at once, told to the desks, opening nothing."""

import datetime as dt
import threading
from contextlib import nullcontext

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from audit import followers
from audit.models import Entry
from audit.record import record
from audit.verbs import Verb
from coordination import references, steps
from coordination.errors import Invalid, NotAllowed, Refused, Stale, WrongStatus
from coordination.models import Desk, User
from coordination.roles import Role
from notifications import mailing
from notifications.models import Delivery, Notice
from notifications.rules import RULES
from referrals.actions.answering import accept_referral
from referrals.actions.following_up import follow_up
from referrals.actions.reminding import remind_desk
from referrals.models import DeskReminder, FollowUp, Referral
from referrals.overdue import overdue
from tests import database
from tests.referrals.test_api import Api
from tests.referrals.test_handoffs import propose
from tests.referrals.test_life_cycle import act
from tests.referrals.test_overdue import OFFICE, past

HOUR = dt.timedelta(hours=1)
LEAD = ("ottawa-cas", Role.LEAD)


@pytest.fixture
def late(world):
    """Two referrals to one desk that are past their time, and who leads that desk."""
    world.user(*LEAD)
    first, second = world.referral(), world.referral()
    past(first, second)
    return first, second


def ask(world, row, how="phoned", *, seen=0, promised=None):
    now = timezone.now()
    with world.acting(*OFFICE) as actor:
        return follow_up(
            actor=actor, subject=row.subject, how=how, seen=seen, at=now,
            promised_by=now + promised if promised else None,
        )  # fmt: skip


def remind(world, desk="ottawa-cas", about="overdue"):
    with world.acting(*OFFICE) as actor:
        return remind_desk(actor=actor, desk=world.desks[desk], about=about, at=timezone.now())


def listed(world):
    with world.acting(*OFFICE) as actor:
        return overdue(actor)


def told(*verbs):
    with database.as_role("worker"):
        followers.drain("notify")
        rows = Notice.objects.filter(verb__in=verbs, done_at=None).select_related("recipient")
        return {(each.recipient.username, each.reference) for each in rows}


def test_who_followed_up_is_seen_by_the_other_coordinator_at_once(world, late):
    first, _second = late
    ask(world, first)
    done, still = listed(world)
    assert (done.followed.how, done.times, still.followed) == ("phoned", 1, None)
    with pytest.raises(Stale):
        ask(world, first)
    ask(world, first, "nobody", seen=1)
    assert listed(world)[0].followed.how == "nobody"


def test_the_desks_leads_are_told_and_its_timeline_says_that_the_office_asked(world, late):
    first, _second = late
    ask(world, first, "promised", promised=HOUR)
    assert told("referral.followed_up") == {("ottawa-cas.lead", first.reference)}
    page = Client()
    page.force_login(world.user("ottawa-cas"))
    code = references.display(first.reference)
    shown = page.get(f"/en/referrals/{code}/").content.decode()
    assert "The Office asked about this" in shown
    assert "Reached: an answer is promised." in shown
    assert "duty worker, Agency office" not in shown
    act(world, "ottawa-cas", accept_referral, first)
    assert told("referral.followed_up") == set()


def mails(*, at=None):
    """Send what is due, and return how many mails about follow-ups were sent in all."""
    with database.as_role("worker"):
        followers.drain("notify")
        mailing.send_due(at=at or timezone.now())
        asked = Entry.objects.filter(verb="referral.followed_up").values("pk")
        sent = Delivery.objects.filter(entry_id__in=asked, status="sent")
        return sent.values("recipient", "sent_at").distinct().count()


def test_however_often_the_office_asks_it_sends_one_mail_an_hour(world, late, settings):
    settings.MAIL = True
    with database.as_role("worker"):
        User.objects.filter(pk=world.user(*LEAD).pk).update(email="lead@agency.example")
    first, second = late
    for seen in range(2):
        ask(world, first, seen=seen)
    for seen in range(2, 12):
        told()
        ask(world, first, seen=seen)
        if seen > 6:
            assert mails() == 1
    assert mails() == 1
    with database.as_role("worker"):
        live = Notice.objects.get(verb="referral.followed_up", done_at=None)
        assert live.entry_id == Entry.objects.filter(subject=first.subject).latest("pk").pk
        Delivery.objects.filter(status="sent").update(sent_at=timezone.now() - HOUR)
    ask(world, second)
    assert mails() == 2, "of another referral"
    ask(world, first, seen=12)
    assert mails() == 3, "an hour later"


def test_two_workers_that_tell_of_two_follow_ups_at_once_owe_one_mail(world, late, settings):
    settings.MAIL = True
    with database.as_role("worker"):
        User.objects.filter(pk=world.user(*LEAD).pk).update(email="lead@agency.example")
    first, _second = late

    def beside(job, *args, **given):
        def run():
            try:
                job(*args, **given)
            finally:
                connection.close()

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    ask(world, first)
    with database.as_role("worker"), transaction.atomic():
        followers.follow("notify")
        beside(ask, world, first, seen=1).join()
        other = beside(followers.drain, "notify")
        database.until_waiting(1)
    other.join()
    with database.as_role("worker"):
        asked = Entry.objects.filter(verb="referral.followed_up").order_by("pk")
        owed = Delivery.objects.filter(entry_id__in=asked.values("pk"))
        assert owed.get().entry_id == asked.last().pk
    assert mails() == 1


def test_what_is_promised_waits_below_and_comes_to_the_top_when_its_time_has_passed(world, late):
    first, second = late
    ask(world, first, "promised", promised=HOUR)
    assert [each.reference for each in listed(world)] == [second.reference, first.reference]
    with database.as_role("worker"):
        followers.drain("ladder")
        steps.climb(at=timezone.now())
    assert told("referral.promise_passed") == set()
    with database.as_superuser() as admin:
        admin.execute("set session_replication_role = replica")  # no trigger: time has passed
        admin.execute(
            "update referrals_followup set at = now() - interval '1 hour',"
            " promised_by = now() - interval '1 second'"
        )
        admin.execute(
            "update coordination_step set due_at = (select promised_by from referrals_followup)"
            " where kind = 'promise_passed'"
        )
    assert [each.reference for each in listed(world)] == [first.reference, second.reference]
    with database.as_role("worker"):
        steps.climb(at=timezone.now())
    assert told("referral.promise_passed") == {("office.coordinator", "")}, "it opens nothing there"
    page = Client()
    page.force_login(world.user(*OFFICE))
    assert "Promised in vain" in page.get("/en/office/overdue/").content.decode()
    assert 'href="/en/office/overdue/"' in page.get("/en/notifications/").content.decode()
    ask(world, first, seen=1)
    assert told("referral.promise_passed") == set()


def test_what_the_desk_does_is_what_counts_from_then_on(world, late):
    first, _second = late
    ask(world, first, "promised", promised=HOUR)
    act(world, "ottawa-cas", accept_referral, first)
    with database.as_role("worker"):
        followers.drain("ladder")
        with database.as_superuser() as admin:
            admin.execute("set session_replication_role = replica")
            admin.execute(
                "update coordination_step set due_at = now() where kind = 'promise_passed'"
            )
        steps.climb(at=timezone.now())
        assert not Entry.objects.filter(verb="referral.promise_passed").exists()
    with pytest.raises(WrongStatus):
        ask(world, first, seen=1)


def test_an_offer_is_followed_up_too(world):
    offer = propose(world, world.case())
    past(offer)
    world.user(*LEAD)
    ask(world, offer)
    assert listed(world)[0].followed.how == "phoned"
    assert told("handoff.followed_up") == {("ottawa-cas.lead", offer.reference)}


@pytest.mark.parametrize("promised", [None, -HOUR, dt.timedelta(days=8)])
def test_a_promise_has_a_time_within_a_week(world, late, promised):
    with pytest.raises(Invalid):
        ask(world, late[0], "promised", promised=promised)
    assert listed(world)[0].times == 0


def test_of_a_contact_outside_relay_the_sender_has_to_act(world, late):
    with database.as_superuser() as admin:
        admin.execute("set session_replication_role = replica")
        admin.execute(
            "update referrals_referral set to_desk_id = null, to_province = 'quebec' where id = %s",
            [late[0].pk],
        )
    found = next(each for each in listed(world) if each.reference == late[0].reference)
    assert ([desk.slug for desk in found.desks], found.side) == (["peel-cas"], "sender")


def test_a_desk_is_asked_in_fixed_words_and_once_an_hour(world, late):
    made = remind(world)
    assert made.waiting == 2
    assert told("desk.reminded") == {("ottawa-cas.lead", "")}
    with pytest.raises(WrongStatus):
        remind(world, about="slow")
    remind(world, "peel-cas", about="slow")
    page = Client()
    page.force_login(world.user(*LEAD))
    shown = page.get("/en/notifications/").content.decode()
    assert str(RULES[Verb.DESK_REMINDED].words) in shown
    page.force_login(world.user(*OFFICE))
    assert "Asked to look today" in page.get("/en/office/overdue/").content.decode()
    with database.as_superuser() as admin:
        admin.execute("set session_replication_role = replica")
        admin.execute("update referrals_deskreminder set at = now() - interval '61 minutes'")
    assert page.get("/en/office/desks/office/remind/?about=overdue").status_code == 404
    quiet = page.get("/en/office/desks/peel-cas/remind/?about=overdue").content.decode()
    assert "Nothing is past its time there" in quiet
    assert "Something there is past its time" not in quiet
    before = page.get("/en/office/desks/ottawa-cas/remind/?about=overdue").content.decode()
    assert "Something there is past its time" in before
    assert str(RULES[Verb.DESK_REMINDED].words) in before
    assert before.index("555-0100") < before.index('<form method="post" novalidate>')
    assert page.post("/en/office/desks/ottawa-cas/remind/", {"about": "overdue"}).status_code == 302
    answer = page.post("/en/office/desks/ottawa-cas/remind/", {"about": "overdue"})
    assert answer.status_code == 302
    assert DeskReminder.objects.count() == 0, "nobody acts here"
    with database.as_role("worker"):
        assert DeskReminder.objects.filter(desk__slug="ottawa-cas").count() == 2


def test_the_office_and_nobody_else_asks(world, late):
    for who in [("ottawa-cas", Role.LEAD), ("office", Role.ANALYST), ("office", Role.AUDITOR)]:
        with world.acting(*who) as actor, pytest.raises(NotAllowed):
            follow_up(actor=actor, subject=late[0].subject, how="phoned", seen=0, at=timezone.now())
        with world.acting(*who) as actor, pytest.raises(NotAllowed):
            remind_desk(actor=actor, desk=world.desks["peel-cas"], about="slow", at=timezone.now())


def test_the_page_keeps_what_was_chosen_and_stores_nothing_that_is_wrong(world, late):
    code, page = references.display(late[0].reference), Client()
    page.force_login(world.user(*OFFICE))
    address = f"/en/office/overdue/referral/{code}/"
    shown = page.get(address).content.decode()
    assert "555-0100" in shown
    assert references.display(late[0].case.reference) not in shown
    assert "Within 7 days" in shown
    assert "Within 14 days" not in shown
    wrong = page.post(address, {"seen": "0", "how": "promised"})
    assert wrong.status_code == 422
    assert "Choose by when they promise an answer." in wrong.content.decode()
    good = page.post(address, {"seen": "0", "how": "promised", "within": "within_2_h"})
    assert (good.status_code, good.url) == (302, "/en/office/overdue/")
    (promised,) = [each.followed for each in listed(world) if each.followed]
    assert promised.promised_by - promised.at == 2 * HOUR
    again = page.post(address, {"seen": "0", "how": "phoned"}, follow=True).content.decode()
    assert "followed this up just now" in again
    in_time = world.referral()
    assert (
        page.get(
            f"/en/office/overdue/referral/{references.display(in_time.reference)}/"
        ).status_code
        == 404
    )


def test_the_api_says_and_does_the_same(world, late):
    api, code = Api(world.token(*OFFICE)), references.display(late[0].reference)
    path = f"overdue/referral/{code}/follow-ups"
    made = api.post(path, {"how": "phoned", "seen": 0}, Idempotency_Key="k1")
    assert (made.status_code, made.json()["number"]) == (201, 1)
    assert api.post(path, {"how": "phoned", "seen": 0}, Idempotency_Key="k2").status_code == 412
    assert api.post(path, {"how": "promised", "seen": 1}, Idempotency_Key="k3").status_code == 400
    (line,) = [each for each in api.get("overdue").json()["results"] if each["follow_ups"]]
    assert (line["reference"], line["followed_up"]["how"]) == (code, "phoned")
    assert [each["how"] for each in api.get(path).json()["results"]] == ["phoned"]
    asked = api.post("desks/ottawa-cas/remind", {"about": "overdue"}, Idempotency_Key="k4")
    assert (asked.status_code, asked.json()["waiting"]) == (201, 2)
    assert (
        api.post("desks/ottawa-cas/remind", {"about": "overdue"}, Idempotency_Key="k5").status_code
        == 409
    )


ADD = (
    "insert into referrals_followup (subject, version, number, how, promised_by, by_id, at)"
    " values (%s, %s, %s, 'phoned', null, %s, now())"
)


def says(verb, subject, **data):
    record(verb, subject=subject, at=timezone.now(), data=data)


@pytest.mark.parametrize("who", [OFFICE, ("office", Role.ANALYST), ("ottawa-cas", Role.LEAD)])
def test_raw_sql_follows_up_nothing_else_and_nothing_silently(world, late, who):
    """Whoever has the web process's login and an honest account gets no further than the action."""
    in_time, person = world.referral(), world.user(*who).pk
    attempts = [
        (late[0].subject, 1, 1, person),  # of another version
        (late[0].subject, 2, 5, person),  # past those that nobody has seen
        (in_time.subject, 2, 1, person),  # of what is not late
        (late[0].subject, 2, 1, world.user("peel-cas").pk),  # as somebody else
    ]
    for values in attempts:
        with world.acting(*who), pytest.raises(DatabaseError), connection.cursor() as cursor:
            cursor.execute(ADD, values)
    with pytest.raises(DatabaseError), world.acting(*who), connection.cursor() as cursor:
        cursor.execute(ADD, (late[0].subject, 2, 1, person))  # without its entry
    fine = {"number": 1, "how": "phoned", "promised_by": None, "side": "receiver"}
    for change in ({"how": "wrote"}, {"side": "office"}, {"number": 2}, {}):
        with pytest.raises(DatabaseError), world.acting(*who), connection.cursor() as cursor:
            cursor.execute(ADD, (late[0].subject, 2, 1, person))
            says(Verb.REFERRAL_FOLLOWED_UP, late[0].subject, **{**fine, **change})
            if not change:
                says(Verb.REFERRAL_FOLLOWED_UP, late[0].subject, **fine)  # said twice
            cursor.execute("set constraints all immediate")
    for verb, subject in (
        (Verb.REFERRAL_FOLLOWED_UP, late[0].subject),
        (Verb.DESK_REMINDED, "desk:ottawa-cas"),
        (Verb.REFERRAL_PROMISE_PASSED, late[0].subject),
        (Verb.REFERRAL_ACCEPTED, late[0].subject),
    ):
        with pytest.raises(DatabaseError), world.acting(*who):
            says(verb, subject, **fine)
    for change in ("update referrals_followup set how = 'wrote'", "delete from referrals_followup"):
        with pytest.raises(DatabaseError), world.acting(*who), connection.cursor() as cursor:
            cursor.execute(change)
    with database.as_role("worker"):
        assert FollowUp.objects.count() == 0


def test_one_reminder_is_told_once_whatever_sql_is_said(world, late):
    desk, by = world.desks["ottawa-cas"].pk, world.user(*OFFICE).pk
    remind_by_hand = (
        "insert into referrals_deskreminder (desk_id, about, waiting, at, by_id)"
        " values (%s, 'overdue', 1, now(), %s)"
    )
    for times, fails in ((20, True), (1, False)):
        said = pytest.raises(DatabaseError) if fails else nullcontext()
        with said, world.acting(*OFFICE), connection.cursor() as cursor:
            cursor.execute(remind_by_hand, [desk, by])
            for _ in range(times):
                says(Verb.DESK_REMINDED, "desk:ottawa-cas", about="overdue", waiting=1)
    with database.as_role("worker"):
        assert Entry.objects.filter(verb=Verb.DESK_REMINDED).count() == 1


def test_however_often_the_office_asks_one_notice_waits_for_a_lead(world, late):
    first, _second = late
    for seen in range(4):
        ask(world, first, seen=seen)
    with database.as_role("worker"):
        followers.drain("notify")
        rows = Notice.objects.filter(recipient=world.user(*LEAD), verb="referral.followed_up")
        assert rows.filter(done_at=None).count() == 1


def test_following_up_opens_nothing_of_it(world, late):
    ask(world, late[0])
    with world.acting(*OFFICE) as actor:
        assert not Referral.objects.exists()
        assert not Entry.objects.filter(subject=late[0].subject).exists()
        assert FollowUp.objects.visible_to(actor).count() == 1
    for who in [("office", Role.ANALYST), ("ottawa-cas", Role.WORKER)]:
        with world.acting(*who):
            assert not FollowUp.objects.exists()


def test_a_desk_is_not_asked_twice_in_an_hour_by_sql_neither(world, late):
    remind(world)
    desk, person = Desk.objects.get(slug="ottawa-cas").pk, world.user(*OFFICE).pk
    with pytest.raises(DatabaseError), world.acting(*OFFICE), connection.cursor() as cursor:
        cursor.execute(
            "insert into referrals_deskreminder (desk_id, about, waiting, by_id, at)"
            " values (%s, 'slow', 0, %s, now())",
            [desk, person],
        )


@pytest.mark.parametrize(
    ("deed", "refusal"),
    [
        (lambda world, late: ask(world, late[0]), Stale),
        (lambda world, _late: remind(world), WrongStatus),
    ],
    ids=["follow up", "remind"],
)
def test_of_two_at_once_one_is_told_of_the_other(world, late, deed, refusal):
    world.user(*OFFICE)
    barrier, outcomes = threading.Barrier(2), []

    def run():
        barrier.wait()
        try:
            deed(world, late)
        except Refused as refused:
            outcomes.append(type(refused))
        else:
            outcomes.append(None)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(outcomes) == {None, refusal}
