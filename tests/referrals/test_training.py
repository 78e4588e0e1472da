"""What a desk asks of whoever accepts there: a rule that keeps nobody waiting."""

import datetime as dt
from itertools import product

import psycopg
import pytest
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from audit import followers
from audit.models import Entry
from audit.record import record
from coordination import vocabularies
from coordination.roles import Role
from coordination.training import accepting
from coordination.training.accepting import RULE, Asked, Standing, Untrained, Why
from notifications.models import Notice
from referrals.actions.answering import accept_referral
from referrals.actions.handing_off import accept_handoff
from referrals.allowed import allowed_verbs
from tests import database
from tests.coordination.test_training import LEAD, enter, load, require
from tests.referrals.test_api import Api
from tests.referrals.test_handoffs import propose

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def asking(world):
    """Ottawa's society asks for a course; its lead, who is on duty, has it, its worker not."""
    load()
    require(world, desk="ottawa-cas")
    enter(world, by=("ottawa-cas", LEAD))
    return world


def accept(world, referral, role=Role.WORKER, desk="ottawa-cas"):
    with world.acting(desk, role) as actor:
        return accept_referral(referral=referral, actor=actor, at=timezone.now())


def entries(verb):
    with database.as_role("worker"):
        return [each.body.data for each in Entry.objects.filter(verb=verb).select_related("body")]


def test_the_table():
    now, urgencies = timezone.now(), ("immediate", "crisis", "urgent", "priority", "planned")
    yes_or_no = (True, False)
    for holds, urgency, late, somebody in product(yes_or_no, urgencies, yes_or_no, yes_or_no):
        standing = Standing(courses=["x"], holds=holds, colleagues=["y"] if somebody else [])
        verdict = standing.judge(Asked(urgency, now - HOUR if late else now + HOUR), at=now)
        presses = urgency in {"immediate", "crisis"}
        reasons = [
            (holds, None),
            (presses, Why.PRESSING),
            (late, Why.LATE),
            (not somebody, Why.NOBODY_CURRENT),
            (True, None),
        ]
        assert verdict.lets == (holds or presses or late or not somebody)
        assert verdict.why == next(why for fact, why in reasons if fact)
        assert bool(verdict.colleagues) == (not verdict.lets)


def test_every_reason_of_the_table_has_its_words():
    assert {line.why for line in RULE} - {None} == set(vocabularies.codes("untrained_reason"))


def test_who_has_not_the_course_is_told_which_and_who_can_and_the_lead_accepts(asking):
    referral = asking.referral()
    with pytest.raises(Untrained) as refusal:
        accept(asking, referral)
    assert "Privacy and de-identified referrals" in str(refusal.value)
    assert "Alex ottawa-cas" in str(refusal.value), "the lead, who is on duty"
    assert "decline" in refusal.value.allowed
    assert "accept" not in refusal.value.allowed
    with asking.acting("ottawa-cas") as actor:
        assert "accept" not in allowed_verbs(referral, actor, at=timezone.now())
    with asking.acting("ottawa-cas", LEAD) as actor:
        assert "accept" in allowed_verbs(referral, actor, at=timezone.now())
    accept(asking, referral, LEAD)
    assert entries("referral.accepted_untrained") == []


def test_what_is_urgent_goes_through_with_the_reason_and_the_lead_is_told(asking):
    referral = asking.referral(urgency="crisis")
    accept(asking, referral)
    assert entries("referral.accepted_untrained") == [
        {"side": "receiver", "reason": "pressing", "courses": ["privacy"]}
    ]
    with database.as_role("worker"):
        followers.drain("notify")
        told = Notice.objects.filter(verb="referral.accepted_untrained")
        assert [(each.recipient, each.reference) for each in told] == [
            (asking.user("ottawa-cas", LEAD), referral.reference)
        ]
    page = {}
    for desk in ("ottawa-cas", "peel-cas"):
        client = Client()
        client.force_login(asking.user(desk))
        page[desk] = client.get(f"/en/referrals/{referral.reference}/").content.decode()
    assert "Accepted without the course the desk asks for" in page["ottawa-cas"]
    assert "without the course" not in page["peel-cas"], "it is the desk's own business"


def test_where_nobody_on_duty_has_it_it_goes_through(world):
    load()
    require(world, desk="ottawa-cas")
    accept(world, world.referral())
    assert entries("referral.accepted_untrained")[0]["reason"] == "nobody_current"


def test_who_accepts_without_it_is_told_before_and_after(world):
    load()
    require(world, desk="ottawa-cas")
    referral, client = world.referral(), Client()
    client.force_login(world.user("ottawa-cas"))
    url = f"/en/referrals/{referral.reference}/"
    before = client.get(url).content.decode()
    assert "You can accept all the same" in before
    after = client.post(f"{url}accept/", {"version": referral.version}, follow=True)
    assert "Accepted without it: Nobody on duty has a course that counts." in (
        after.content.decode()
    )


def test_an_expired_one_is_said_to_be_so(asking):
    enter(asking, by=("ottawa-cas", Role.WORKER), ago=400)
    with pytest.raises(Untrained) as refusal:
        accept(asking, asking.referral())
    assert "Yours expired: Privacy and de-identified referrals" in str(refusal.value)
    enter(asking, by=("ottawa-cas", Role.WORKER), ago=1)
    accept(asking, asking.referral())


def test_a_hand_off_asks_the_same(asking):
    refused = propose(asking, asking.case())
    with asking.acting("ottawa-cas") as actor, pytest.raises(Untrained):
        accept_handoff(handoff=refused, actor=actor, at=timezone.now())
    with asking.acting("ottawa-cas", LEAD) as actor:
        accept_handoff(handoff=refused, actor=actor, at=timezone.now())
    assert entries("handoff.accepted_untrained") == []


def test_a_hand_off_too_goes_through_where_nobody_on_duty_has_it(world):
    load()
    require(world, desk="ottawa-cas")
    offered = propose(world, world.case())
    with world.acting("ottawa-cas") as actor:
        accept_handoff(handoff=offered, actor=actor, at=timezone.now())
    assert entries("handoff.accepted_untrained")[0]["reason"] == "nobody_current"


def test_pages_and_api_say_the_same_as_the_action(asking):
    referral = asking.referral()
    address = f"/en/referrals/{referral.reference}/"
    client = Client()
    client.force_login(asking.user("ottawa-cas"))
    page = client.get(address).content.decode()
    assert "your desk asks for: Privacy and de-identified referrals" in page
    assert f"{address}accept/" not in page
    answer = client.post(f"{address}accept/", {"version": referral.version}, follow=True)
    assert "your desk asks for" in answer.content.decode()
    french = client.get(f"/fr/referrals/{referral.reference}/").content.decode()
    assert "votre guichet exige" in french
    api = Api(asking.token("ottawa-cas"))
    shown = api.get(f"referrals/{referral.reference}")
    assert "accept" not in shown.json()["actions"]
    refused = api.post(f"referrals/{referral.reference}/accept", {}, If_Match=shown.headers["ETag"])
    assert refused.status_code == 409
    assert "accept" not in refused.json()["actions"]
    pressing = asking.referral(urgency="immediate")
    page = client.get(f"/en/referrals/{pressing.reference}/").content.decode()
    assert "You can accept all the same:" in page


def test_that_it_was_accepted_without_the_course_is_the_desks_alone_to_read(asking):
    referral = asking.referral(urgency="crisis")
    accept(asking, referral)
    asked = (
        "select b.data from audit_entry e left join audit_entrybody b on b.entry_id = e.id"
        " where e.verb like '%accepted_untrained'"
    )
    seen = {}
    for desk in ("ottawa-cas", "peel-cas"):
        with psycopg.connect(database.url("app")) as app:
            actor = str(asking.user(desk).pk)
            app.execute("select set_config('relay.actor', %s, true)", [actor])
            seen[desk] = len(app.execute(asked).fetchall())
    assert seen == {"ottawa-cas": 1, "peel-cas": 0}


@pytest.mark.parametrize(
    ("desk", "data", "times"),
    [
        ("ottawa-cas", {"side": "sender", "reason": "pressing", "courses": ["privacy"]}, 1),
        ("ottawa-cas", {"side": "receiver", "reason": "pressing", "courses": ["privacy"]}, 9),
        ("ottawa-cas", {"side": "receiver", "reason": "because", "courses": ["privacy"]}, 1),
        ("ottawa-cas", {"side": "receiver", "reason": "late", "courses": ["trauma_informed"]}, 1),
        ("ottawa-cas", {}, 1),
        ("north-cas", {"side": "receiver", "reason": "pressing", "courses": []}, 1),
    ],
)
def test_nobody_says_it_otherwise_than_it_was(asking, monkeypatch, desk, data, times):
    def say(verdict, verb, *, subject, at):
        for _ in range(times):
            record(verb, subject=subject, at=at, data=data)

    monkeypatch.setattr(accepting, "say", say)
    referral = asking.referral(desk, urgency="crisis")
    with pytest.raises(IntegrityError, match="what its own transaction did"):
        accept(asking, referral, desk=desk)
    assert entries("referral.accepted_untrained") == []
