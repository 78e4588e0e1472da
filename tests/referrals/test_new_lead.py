"""Nobody tells the story again: the new lead reads what is over, as far as each basis goes."""

import datetime as dt

import psycopg
import pytest
from django.test import Client
from django.utils import timezone

from cases.actions.notes import Words, add_note
from cases.models import Note
from coordination import vocabularies
from coordination.errors import NotAllowed
from referrals import drift
from referrals.actions import answering, following, sending
from referrals.actions.assigning import assign_referral
from referrals.actions.drafting import BasisGiven
from referrals.models import Referral, ReferralGrant
from tests import database
from tests.referrals.test_api import Api
from tests.referrals.test_handoffs import answer, propose
from tests.referrals.test_leading import row, shown
from tests.referrals.test_life_cycle import act

PEEL, OTTAWA, NORTH = "peel-cas", "ottawa-cas", "north-cas"


@pytest.fixture
def moved(world):
    """Return a case that went from Peel to Ottawa, with a referral that is over."""
    done = world.referral("ottawa-community", services=("peer_support",))
    act(world, "ottawa-community", answering.decline_referral, done, reason="no_capacity")
    act(world, PEEL, following.resolve_referral, done, reason="served_otherwise")
    hidden = world.referral(
        "peel-community", case=done.case, audience=("community_org",), services=("mental_health",)
    )
    act(world, PEEL, sending.withdraw_referral, hidden, reason="found_elsewhere")
    with world.acting(PEEL) as actor:
        for audience in ("everyone", "desk"):
            add_note(
                actor=actor, case=done.case, about=done.subject, audience=audience,
                words=Words(f"Words for {audience}."), at=timezone.now(),
            )  # fmt: skip
    answer(world, "accept", propose(world, done.case))
    return done, hidden


def reads(world, desk, referral):
    with world.acting(desk) as actor:
        return Referral.objects.visible_to(actor).filter(pk=referral.pk).exists()


def test_the_new_lead_reads_what_is_over_and_the_words_for_everyone(world, moved):
    done, hidden = moved
    assert reads(world, OTTAWA, done)
    assert not reads(world, OTTAWA, hidden)  # its basis speaks of community organizations alone
    assert reads(world, PEEL, done)  # who sent it keeps it
    with world.acting(OTTAWA) as actor:
        told = Note.objects.visible_to(actor).filter(about=done.subject)
        assert [note.text for note in told] == ["Words for everyone."]
    with database.as_role("worker"):
        assert list(drift.drifted()) == []


@pytest.mark.parametrize(
    "kept", ["update coordination_agency set police_involved = true where slug = 'north-cas'",
             "update referrals_basis set until = now()"],
)  # fmt: skip
def test_the_reading_goes_no_further_than_its_basis(world, moved, kept):
    done, _hidden = moved
    with database.as_superuser() as admin:
        admin.execute("set session_replication_role = replica")
        admin.execute(kept)
    # The police lead on a basis of their own, which is not that of what was shared before.
    basis = BasisGiven(
        "express_informed", ["cas", "police"], timezone.now() + dt.timedelta(days=9), form="spoken"
    )
    onward = propose(world, row(done.case), NORTH, desk=OTTAWA, basis=basis)
    answer(world, "accept", onward, NORTH)
    assert not reads(world, NORTH, done)


def test_the_police_of_the_wall_are_those_of_the_vocabulary():
    kinds = [
        e.code for e in vocabularies.entries("organisation_kind") if e.extra["police_involved"]
    ]
    with database.as_superuser() as admin:
        admin.execute("select prosrc from pg_proc where proname = 'history_within_its_basis'")
        ((source,),) = admin.fetchall()
    assert f"array[{', '.join(repr(kind) for kind in kinds)}]" in source


def test_with_the_lead_the_reading_moves_on(world, moved):
    done, _hidden = moved
    answer(world, "accept", propose(world, row(done.case), NORTH, desk=OTTAWA), NORTH)
    assert reads(world, NORTH, done)
    assert not reads(world, OTTAWA, done)
    with database.as_role("worker"):
        assert list(drift.drifted()) == []


def test_reading_is_all(world, moved):
    done, _hidden = moved
    with pytest.raises(NotAllowed):
        act(world, OTTAWA, following.resolve_referral, done, reason="person_decided")
    with pytest.raises(NotAllowed):
        act(world, OTTAWA, following.reroute_referral, done, to=world.desks[NORTH])
    with pytest.raises(NotAllowed), world.acting(OTTAWA) as actor:
        assign_referral(referral=done, actor=actor, to=actor.user, at=timezone.now())


@pytest.mark.parametrize(
    "attack",
    [
        "update referrals_referral set urgency = 'planned', version = version + 1 where id = {done}",
        "update referrals_requestedservice set outcome = '' where referral_id = {done}",
        "update referrals_referralgrant set until = null, box = 'active' where reason = 'history'",
    ],
)
def test_raw_sql_of_the_new_lead_changes_nothing_that_is_over(world, moved, attack):
    done, _hidden = moved
    with psycopg.connect(database.url("app")) as app:
        app.execute("select set_config('relay.actor', %s, true)", [str(world.user(OTTAWA).pk)])
        assert app.execute(attack.format(done=done.pk)).rowcount == 0


@pytest.mark.parametrize("desk", [OTTAWA, PEEL])
def test_raw_sql_gives_nobody_the_reading_who_does_not_lead(world, moved, desk):
    done, hidden = moved
    with database.as_role("worker"):
        line = ReferralGrant.objects.filter(content_object=done).first()
        permission, stranger = line.permission_id, world.desks[NORTH].pk
    for referral, group in ((done, stranger), (hidden, world.desks[OTTAWA].pk)):
        refused = pytest.raises(psycopg.errors.InsufficientPrivilege)
        with refused, psycopg.connect(database.url("app")) as app:
            app.execute("select set_config('relay.actor', %s, true)", [str(world.user(desk).pk)])
            app.execute(
                "insert into referrals_referralgrant (content_object_id, group_id, permission_id,"
                " reason, source, box, due_at, declined)"
                " values (%s, %s, %s, 'history', 'case:X', 'closed', now(), false)",
                [referral.pk, group, permission],
            )


def test_the_page_says_where_the_case_came_from(world, moved):
    done, _hidden = moved
    page = Client()
    page.force_login(world.user(OTTAWA))
    code = shown(done.case.reference)
    told = page.get(f"/en/cases/{code}/").content.decode()
    assert "Came from" in told
    assert "Agency peel-cas, Peel → Agency ottawa-cas, Ottawa" in told
    assert shown(done.reference) in told
    assert page.get(f"/en/referrals/{shown(done.reference)}/").status_code == 200
    assert "Provenance" in page.get(f"/fr/cases/{code}/").content.decode()


def test_the_api_tells_every_desk_that_led_newest_first(world, moved):
    done, _hidden = moved
    answer(world, "accept", propose(world, row(done.case), NORTH, desk=OTTAWA), NORTH)
    path = f"cases/{shown(done.case.reference)}/leads"
    told = Api(world.token(NORTH)).get(path).json()["results"]
    assert [(each["from_desk"], each["to_desk"]) for each in told] == [
        (OTTAWA, NORTH),
        (PEEL, OTTAWA),
    ]
    assert told[0]["type"] == "warm"
    assert Api(world.token(PEEL)).get(path).json()["results"] == []  # it led before
