"""The Office's list of what is past its time: codes and desks, never whom it is about."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from coordination import references, vocabularies
from coordination.roles import Role
from referrals.actions.answering import accept_referral, ask_referral
from referrals.models import Handoff, Referral
from referrals.overdue import overdue
from tests import database
from tests.referrals.test_api import Api
from tests.referrals.test_handoffs import propose
from tests.referrals.test_life_cycle import act

OFFICE = ("office", Role.COORDINATOR)
HOUR = dt.timedelta(hours=1)


def past(*rows):
    """Let the time of these have ended some hours ago, the first the longest."""
    with database.as_superuser() as admin:
        admin.execute("set session_replication_role = replica")  # no trigger: time has passed
        for hours, row in enumerate(reversed(rows), 1):
            table, moment = row._meta.db_table, timezone.now() - hours * HOUR
            admin.execute(f"update {table} set due_at = %s where id = %s", [moment, row.pk])


@pytest.fixture
def late(world):
    """A referral to a team, one that waits for its sender, an offer; and two that are in time."""
    to_team, asked, answered = world.referral("ottawa"), world.referral(), world.referral()
    act(world, "ottawa-cas", ask_referral, asked, questions=["transport"])
    act(world, "ottawa-cas", accept_referral, answered)
    offer = propose(world, world.case())
    world.referral()
    past(to_team, asked, offer, answered)
    return to_team, asked, offer


def test_the_list_says_who_has_to_act_the_longest_overdue_first(world, late):
    with world.acting(*OFFICE) as actor:
        found = overdue(actor)
    assert [(each.kind, each.reference) for each in found] == [
        (row.subject.partition(":")[0], row.reference) for row in late
    ]
    to_team, asked, offer = found
    assert [desk.slug for desk in to_team.desks] == ["ottawa-cas", "ottawa-community"]
    assert (to_team.team.slug, to_team.urgency) == ("ottawa", "urgent")
    assert [desk.slug for desk in asked.desks] == ["peel-cas"], "the sender has to answer"
    assert (asked.last_verb, offer.last_verb) == ("referral.asked", "handoff.proposed")
    assert [desk.slug for desk in offer.desks] == ["ottawa-cas"]


def test_the_overview_counts_what_is_overdue_by_the_team_that_has_to_act(world, late):
    to_north = world.referral("north", urgency="planned")
    past(to_north)
    page = Client()
    page.force_login(world.user(*OFFICE))
    answer = page.get("/en/office/overview/")
    teams = {row.team.slug: row for row in answer.context["late"].teams}
    assert {slug: row.counts for slug, row in teams.items()} == {
        "ottawa": [0, 0, 2, 0],  # to the team, and an offer, as urgent as most referrals
        "peel": [0, 0, 1, 0],
        "north": [0, 0, 0, 1],
    }
    assert list(teams)[-1] == "north", "less urgent"
    assert teams["ottawa"].longest >= 3 * HOUR
    assert answer.context["late"].count == 4
    assert '/en/office/overdue/?team=peel"' in answer.content.decode()


def test_the_most_urgent_is_phoned_first_and_the_list_can_be_narrowed(world):
    planned, immediate = world.referral(urgency="planned"), world.referral(urgency="immediate")
    past(planned, immediate)
    page = Client()
    page.force_login(world.user(*OFFICE))

    def listed(query=""):
        rows = page.get(f"/en/office/overdue/{query}").context["rows"]
        return [row["late"].reference for row in rows]

    region = world.desks["ottawa-cas"].team.region
    other = "north" if region != "north" else "west"
    assert listed() == [immediate.reference, planned.reference], "though it is late for less long"
    assert listed("?urgency=planned&followed_up=no") == [planned.reference]
    assert listed(f"?region={region}") == listed()
    assert listed(f"?region={other}") == []
    assert listed("?team=ottawa") == listed()
    assert listed("?team=north") == []
    assert page.get("/en/office/overdue/?urgency=nonsense").url == "/en/office/overdue/"


def test_the_api_is_narrowed_as_the_page_is(world):
    planned, immediate = world.referral(urgency="planned"), world.referral(urgency="immediate")
    past(planned, immediate)
    office = Api(world.token(*OFFICE))

    def listed(query):
        found = office.get(f"overdue?{query}").json()["results"]
        return [references.parse(each["reference"]) for each in found]

    assert listed("team=ottawa") == [immediate.reference, planned.reference]
    assert listed("urgency=planned&followed_up=no") == [planned.reference]
    assert listed("region=north") == listed("team=north") == []
    for wrong in ("region", "team", "urgency", "followed_up"):
        answer = office.get(f"overdue?{wrong}=nonsense")
        assert answer.status_code == 400
        assert wrong in str(answer.json())


def test_what_the_database_cuts_off_is_the_least_urgent(world):
    planned, urgent, immediate = (
        world.referral(urgency=each) for each in ("planned", "urgent", "immediate")
    )
    offer = propose(world, world.case())
    past(planned, offer, urgent, immediate)
    with database.as_superuser() as admin:
        admin.execute("select pg_get_functiondef('overdue(text)'::regprocedure)")
        (source,) = admin.fetchone()
        assert source.count("limit 500") == 3
        admin.execute("begin")
        admin.execute(source.replace("limit 500", "limit 2"))
        admin.execute("select subject from overdue()")
        left = [subject for (subject,) in admin.fetchall()]
        admin.execute("rollback")
    assert left == [immediate.subject, offer.subject], "an offer stands where most referrals do"
    ranks = re.findall(r"array\[('immediate'[^]]*)\]", source)
    assert [re.findall(r"\w+", each) for each in ranks] == [[*vocabularies.codes("urgency")]] * 2


@pytest.mark.parametrize(
    "who", [("peel-cas", Role.LEAD), ("office", Role.ANALYST), ("office", Role.AUDITOR)]
)
def test_nobody_but_the_coordinator_gets_it_by_sql_neither(world, late, who):
    with world.acting(*who) as actor:
        assert overdue(actor) == []
    with world.acting(*who), connection.cursor() as cursor:
        cursor.execute("select count(*) from overdue()")
        assert cursor.fetchone() == (0,)


def test_the_page_and_the_api_name_no_person_and_no_need_and_looking_is_recorded(world, late):
    page = Client()
    page.force_login(world.user(*OFFICE))
    shown = page.get("/en/office/overdue/").content.decode()
    system = Api(world.token(*OFFICE)).get("overdue").json()["results"]
    assert [each["reference"] for each in system] == [
        references.display(each.reference) for each in late
    ]
    for each in late:
        assert references.display(each.reference) in shown
        assert references.display(each.case.reference) not in shown
    for told in (shown, str(system)):
        assert not re.search(r"shelter|hébergement|18_20|woman|18 to 20", told, re.IGNORECASE)
    assert "Duty phone 555-0100" in shown
    with database.as_role("worker"):
        looks = Entry.objects.filter(verb="referral.listed", subject="box:overdue")
        assert [len(each.body.data["shown"]) for each in looks] == [3, 3]
        assert Referral.objects.count() + Handoff.objects.count() == 5
    assert "Overdue" in page.get("/en/start/").content.decode()


def test_a_list_that_was_cut_says_so_whatever_it_is_narrowed_to(world, late, monkeypatch):
    monkeypatch.setattr("referrals.overdue.MOST", len(late))
    page = Client()
    page.force_login(world.user(*OFFICE))
    for address in ("", "?urgency=planned"):
        shown = page.get(f"/en/office/overdue/{address}").content.decode()
        assert "Only the 3 most urgent are shown" in shown
