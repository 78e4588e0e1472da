"""Who of the lead desk works on a case: taken, given, shown to that desk alone, and in the record."""

import psycopg
import pytest
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from cases.actions import leading
from cases.actions.assigning import assign_case
from cases.models import Case
from coordination.errors import Invalid, NotAllowed, WrongStatus
from coordination.roles import Role
from referrals.actions import answering
from tests import database
from tests.referrals.test_api import Api
from tests.referrals.test_handoffs import answer, propose
from tests.referrals.test_leading import lead, row, shown
from tests.referrals.test_life_cycle import act

PEEL, OTTAWA = "peel-cas", "ottawa-cas"


def assign(world, case, to, desk=PEEL, role=Role.WORKER):
    with world.acting(desk, role) as actor:
        assign_case(case=case, actor=actor, to=to, at=timezone.now())
    return row(case)


def test_a_worker_takes_a_case_and_gives_it_up_without_a_new_version(world):
    case, me = world.case(), world.user(PEEL)
    assert assign(world, case, me).assignee == me
    freed = assign(world, case, None)
    assert (freed.assignee, freed.version) == (None, 1)
    with database.as_role("worker"):
        bodies = [
            e.body.data
            for e in Entry.objects.filter(verb="case.assigned")
            .select_related("body")
            .order_by("id")
        ]
    assert [(b["before"], b["to"]) for b in bodies] == [(None, me.pk), (me.pk, None)]


def test_only_the_duty_lead_gives_it_to_somebody_else(world):
    case, boss = world.case(), world.user(PEEL, Role.LEAD)
    with pytest.raises(NotAllowed):
        assign(world, case, boss)
    assert assign(world, case, world.user(PEEL), role=Role.LEAD).assignee == world.user(PEEL)
    with pytest.raises(Invalid):
        assign(world, case, world.user(OTTAWA), role=Role.LEAD)


def test_no_other_desk_and_nobody_for_a_closed_case(world):
    referral = world.referral()
    act(world, OTTAWA, answering.accept_referral, referral)
    with pytest.raises(NotAllowed):
        assign(world, referral.case, world.user(OTTAWA), desk=OTTAWA)
    closed = world.case()
    lead(world, leading.close_case, closed, reason="goals_met", outcomes={}, needs=[])
    with pytest.raises(WrongStatus):
        assign(world, closed, world.user(PEEL))


def test_nobody_works_on_it_when_the_lead_has_moved(world):
    case = world.case()
    assign(world, case, world.user(PEEL))
    answer(world, "accept", propose(world, case))
    assert row(case).assignee is None


@pytest.mark.parametrize(
    "change",
    [
        "assignee_id = {stranger}",  # somebody of another desk
        "assignee_id = {own}",  # without an entry
        "assignee_id = {own}, dependants = 3",  # a change that hides behind it
    ],
)
def test_raw_sql_assigns_no_stranger_and_nothing_unrecorded(world, change):
    case = world.case()
    keys = {"stranger": world.user(OTTAWA).pk, "own": world.user(PEEL).pk}
    with pytest.raises(psycopg.errors.IntegrityError), psycopg.connect(database.url("app")) as app:
        app.execute("select set_config('relay.actor', %s, true)", [str(keys["own"])])
        app.execute(f"update cases_case set {change.format(**keys)} where id = %s", [case.pk])
        app.execute("set constraints all immediate")


def test_by_page_mine_and_nobodys(world):
    mine, free = world.case(), world.case()
    page = Client()
    page.force_login(world.user(PEEL))
    url = f"/en/cases/{shown(mine.reference)}/"
    assert "Take it myself" in page.get(url).content.decode()
    assert page.post(f"{url}assign/", {"to": "me"}).status_code == 302
    lists = {
        show: page.get(f"/en/cases/?show={show}").content.decode() for show in ("me", "nobody")
    }
    assert shown(mine.reference) in lists["me"]
    assert shown(free.reference) not in lists["me"]
    assert shown(free.reference) in lists["nobody"]
    assert shown(mine.reference) not in lists["nobody"]
    assert "Les miens" in page.get("/fr/cases/").content.decode()


def test_by_api_and_unseen_by_a_desk_that_accepted(world):
    referral = world.referral()
    act(world, OTTAWA, answering.accept_referral, referral)
    path = f"cases/{shown(referral.case.reference)}"
    ours, theirs = Api(world.token(PEEL)), Api(world.token(OTTAWA))
    given = ours.post(f"{path}/assign", {"to": world.user(PEEL).username})
    assert (given.status_code, given.json()["assignee"]) == (200, f"{PEEL}.worker")
    assert ours.post(f"{path}/assign", {"to": f"{OTTAWA}.worker"}).status_code == 400
    assert len(ours.get("cases?show=me").json()["results"]) == 1
    assert "assignee" not in theirs.get(path).json()
    assert theirs.get("cases?show=me").json()["results"] == []
    assert theirs.post(f"{path}/assign", {"to": None}).status_code == 403
    assert Case.objects.count() == 0  # no actor, no rows
