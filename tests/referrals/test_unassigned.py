"""Work that nobody took on: counted for the Office by desk, and never shown."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from coordination import references, vocabularies
from coordination.roles import Role
from referrals.actions.answering import accept_referral, decline_referral
from referrals.actions.assigning import assign_referral
from referrals.unassigned import standards, unassigned
from tests import database
from tests.referrals.test_api import Api
from tests.referrals.test_life_cycle import act
from tests.referrals.test_overdue import OFFICE

ANALYST = ("office", Role.ANALYST)
COLUMNS = ("sent_at", "accepted_at", "due_at")


def since(row, **ago):
    """Let what became of it have been so long ago."""
    moment = timezone.now() - dt.timedelta(**ago)
    with database.as_superuser() as admin:
        admin.execute("set session_replication_role = replica")  # no trigger: time has passed
        for column in COLUMNS:
            admin.execute(
                f"update referrals_referral set {column} = %s"
                f" where id = %s and {column} is not null",
                [moment, row.pk],
            )


@pytest.fixture
def free(world):
    """Three that nobody took on in time: sent, accepted, declined; and three that are all right."""
    sent, accepted, declined, taken, young, planned = (
        world.referral(urgency=code)
        for code in ("crisis", "urgent", "urgent", "crisis", "crisis", "planned")
    )
    act(world, "ottawa-cas", accept_referral, accepted)
    act(world, "ottawa-cas", decline_referral, declined, reason="no_capacity")
    with world.acting("ottawa-cas") as actor:
        assign_referral(referral=taken, actor=actor, to=actor.user, at=timezone.now())
    for row, hours in ((sent, 2), (accepted, 5), (declined, 5), (taken, 2), (planned, 30)):
        since(row, hours=hours)
    since(young, minutes=50)
    return sent, accepted, declined


def test_counts_say_how_much_waits_at_which_desk_for_longer_than_its_standard(world, free):
    with world.acting(*OFFICE) as actor:
        found = unassigned(actor)
    assert [(each.desk.slug, each.by_urgency) for each in found] == [
        ("ottawa-cas", {"crisis": 1, "urgent": 1}),
        ("peel-cas", {"urgent": 1}),
    ]
    assert dt.timedelta(hours=5) <= timezone.now() - found[0].oldest_at < dt.timedelta(hours=6)


def test_nobody_else_is_told_by_sql_either(world, free):
    """Where one waits, the number says that a referral came: it is no figure for an analyst."""
    for who in [ANALYST, ("ottawa-cas", Role.LEAD), ("office", Role.AUDITOR)]:
        with world.acting(*who) as actor, connection.cursor() as cursor:
            assert unassigned(actor) == []
            cursor.execute("select count(*) from unassigned()")
            assert cursor.fetchone() == (0,)


def test_page_and_api_are_narrowed_to_a_region_or_a_team(world, free):
    page, api = Client(), Api(world.token(*OFFICE))
    page.force_login(world.user(*OFFICE))
    for query, slugs in (
        ("?team=peel", ["peel-cas"]),
        ("?region=east", ["ottawa-cas"]),
        ("?team=north", []),
    ):
        rows = page.get(f"/en/office/unassigned/{query}").context["rows"]
        assert [row["desk"].slug for row in rows] == slugs
        assert [each["desk"] for each in api.get(f"unassigned{query}").json()["results"]] == slugs
    assert page.get("/en/office/unassigned/?team=nowhere").url == "/en/office/unassigned/"
    assert api.get("unassigned?team=nowhere").status_code == 400


def test_the_page_and_the_api_show_desks_and_numbers_and_no_referral(world, free):
    page = Client()
    page.force_login(world.user(*OFFICE))
    shown = page.get("/en/office/unassigned/").content.decode()
    told = Api(world.token(*OFFICE)).get("unassigned").json()["results"]
    assert [(each["desk"], each["waiting"]) for each in told] == [
        ("ottawa-cas", 2), ("peel-cas", 1)
    ]  # fmt: skip
    assert "/desks/ottawa-cas/remind/" in shown
    for each in free:
        assert references.display(each.reference) not in shown + str(told)
    assert not re.search(r"shelter|18 to 20", shown, re.IGNORECASE)


def test_the_databases_standards_are_those_of_the_vocabulary(db):
    with database.as_superuser() as admin:
        admin.execute("select prosrc from pg_proc where proname = 'unassigned'")
        (source,) = admin.fetchone()
        spans = {}
        for code, span in re.findall(r"\('(\w+)', interval '([^']+)'\)", source):
            admin.execute("select %s::interval", [span])
            (spans[code],) = admin.fetchone()
    assert spans == standards()
    assert list(standards()) == list(vocabularies.codes("urgency"))


def test_a_desk_finds_its_own_with_a_filter(world, free):
    page = Client()
    page.force_login(world.user("ottawa-cas"))
    shown = page.get("/en/inbox/?owner=nobody").content.decode()
    assert "Unassigned" in shown
    assert references.display(free[0].reference) in shown
