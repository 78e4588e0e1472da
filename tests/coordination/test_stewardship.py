"""Tables of governance bodies: sealed for all others until every body concerned has released them."""

import threading

import psycopg
import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from audit import followers
from audit.models import Entry
from coordination import stewardship
from coordination.desks import close_desk
from coordination.errors import NotAllowed, WrongStatus
from coordination.models import Agency, Desk, Release, SealedTable, Stewardship
from coordination.network.demo_stewards import decide_in_demo
from coordination.releasing.stewarded import STEWARDED
from coordination.roles import Role
from notifications.models import Notice
from tests import database
from tests.coordination.test_said_now import tried
from tests.referrals.test_api import Api
from tests.referrals.test_walls_of_handoffs import entry

STEWARD, BODIES = Role.DATA_STEWARD, ("first_nations", "metis", "inuit", "urban")
READERS = (Role.ANALYST, Role.COORDINATOR, Role.AUDITOR)
PERIOD = "2026-Q3"
TABLE = "indigenous_agencies"  # concerns First Nations and urban communities
PAGE = f"/en/office/stewardship/{PERIOD}/{TABLE}/"
COUNT = 735
CONTENT = {
    "name": TABLE,
    "dimensions": [
        {"name": "kind", "vocabulary": "organisation_kind", "codes": ["indigenous_org"]},
        {"name": "region", "vocabulary": "wide_region", "codes": ["north", "rest"]},
    ],
    "cells": [
        {"at": {}, "network": COUNT, "exported": COUNT},
        {"at": {"region": "north"}, "network": 15, "exported": None},
    ],
}


def desk_of(body):
    return f"stewards-{body.replace('_', '-')}"


@pytest.fixture
def bodies(world):
    """A world in which each governance body has a desk with a steward, and one table is sealed."""
    with database.as_role("worker"), transaction.atomic():
        for body in BODIES:
            agency = Agency.objects.create(
                slug=desk_of(body), kind="government", region="provincial", name_en=body,
                name_fr=body, privacy_regime="none",
            )  # fmt: skip
            Desk.objects.create(
                group=Group.objects.create(name=f"desk:{desk_of(body)}"),
                slug=desk_of(body),
                agency=agency,
                is_addressable=False,
                governance_body=body,
            )
        seal(1)
    world.__dict__.pop("desks", None)
    for body in BODIES:
        world.user(desk_of(body), STEWARD)
    return world


def seal(version, period=PERIOD):
    now, reason = timezone.now(), "recorded_late" if version > 1 else ""
    release = Release.objects.create(
        period=period, version=version, published_at=now, reason=reason, tables=[], digest=""
    )
    table = SealedTable.objects.create(
        release=release, period=period, version=version, name=TABLE,
        bodies=["first_nations", "urban"], content=CONTENT, sealed_at=now,
    )  # fmt: skip
    for body in table.bodies:
        Stewardship.objects.create(table=table, body=body, key=f"{period}:{TABLE}:{body}")


def decide(world, body, verb):
    with world.acting(desk_of(body), STEWARD) as actor:
        table = SealedTable.objects.visible_to(actor).order_by("-version").first()
        assert table is not None
        stewardship.decide_table(actor=actor, table=table, verb=verb, at=timezone.now())


def who_sees(world):
    """Return everybody who sees the table, by row and by query alike."""
    found = set()
    people = [(desk_of(body), STEWARD) for body in BODIES]
    people += [("office", role) for role in (*READERS, STEWARD)]
    people += [("peel-cas", role) for role in (Role.WORKER, Role.LEAD, Role.AGENCY_ADMIN)]
    for desk, role in people:
        with world.acting(desk, role) as actor:
            rows = SealedTable.objects.count()
            assert rows == SealedTable.objects.visible_to(actor).count()
            if rows:
                found.add(desk if role == STEWARD else role)
    return found


OWN = {desk_of("first_nations"), desk_of("urban")}


def test_only_the_stewards_concerned_see_a_table_until_all_of_them_released_it(bodies):
    assert who_sees(bodies) == OWN, "not the administrator, the analyst, the auditor"
    decide(bodies, "urban", "release")
    assert who_sees(bodies) == OWN
    decide(bodies, "first_nations", "release")
    assert who_sees(bodies) == OWN | set(READERS)
    decide(bodies, "urban", "withdraw")
    assert who_sees(bodies) == OWN


def test_a_correction_is_decided_anew(bodies):
    for body in ("urban", "first_nations"):
        decide(bodies, body, "release")
    with database.as_role("worker"), transaction.atomic():
        seal(2)
    assert who_sees(bodies) == OWN, "what was released of the version before is gone"
    for body in ("urban", "first_nations"):
        decide(bodies, body, "release")
    assert who_sees(bodies) == OWN | set(READERS)
    with bodies.acting("office", Role.ANALYST) as actor:
        assert [t.version for t in SealedTable.objects.visible_to(actor)] == [2]


def test_each_decides_for_the_own_body_as_the_life_cycle_says(bodies):
    decide(bodies, "urban", "withhold")
    with pytest.raises(WrongStatus):
        decide(bodies, "urban", "withdraw")
    decide(bodies, "urban", "release")
    decide(bodies, "urban", "withdraw")
    with pytest.raises(WrongStatus):
        decide(bodies, "urban", "release")
    with database.as_role("worker"):
        table = SealedTable.objects.get()
        said = Entry.objects.filter(verb__startswith="stewardship").order_by("pk")
        assert [each.verb.partition(".")[2] for each in said] == [
            "withheld", "released", "withdrawn",
        ]  # fmt: skip
        assert said[0].body.data == {"period": PERIOD, "table": TABLE, "body": "urban"}
        assert said[2].body.data["opened"] is False
        followers.drain("notify")
    for desk, role in ((desk_of("metis"), STEWARD), ("office", Role.COORDINATOR)):
        with bodies.acting(desk, role) as actor, pytest.raises(NotAllowed):
            stewardship.decide_table(actor=actor, table=table, verb="release", at=timezone.now())


def test_what_one_body_withdrew_asks_no_other_body_to_decide(bodies):
    for verb in ("release", "withdraw"):
        decide(bodies, "urban", verb)
    other, own = desk_of("first_nations"), desk_of("urban")
    for slug in (other, own):
        shown = page(bodies, slug, STEWARD).get("/en/office/stewardship/").content.decode()
        assert "No. Withdrawn by: Urban" in shown
        assert "Waits for a decision" not in shown
    steward = page(bodies, other, STEWARD)
    assert f"{PAGE}release/" not in steward.get(PAGE).content.decode()
    refused = steward.post(f"{PAGE}release/", follow=True)
    assert "Withdrawn by Urban" in refused.content.decode()
    assert "Released for your body" not in refused.content.decode()
    with bodies.acting(other, STEWARD) as actor:
        assert stewardship.waiting(actor) == 0
    with pytest.raises(WrongStatus):
        decide(bodies, "first_nations", "release")
    said = entry(f"stewardship:{PERIOD}:{TABLE}:first_nations", verb="stewardship.released")
    assert tried(bodies, other, STEWARD, RELEASE.format("first_nations"), said) == 0


def test_the_office_hears_of_a_withdrawal_if_it_had_seen_the_table(bodies):
    office, urban = bodies.user("office", READERS[1]), bodies.user(desk_of("urban"), STEWARD)
    told = Notice.objects.filter(verb="stewardship.withdrawn")
    decide(bodies, "first_nations", "release")
    decide(bodies, "first_nations", "withdraw")
    with database.as_role("worker"), transaction.atomic():
        followers.drain("notify")
        assert told.filter(recipient=urban).exists()
        assert not told.filter(recipient=office).exists(), "not of what it never saw"
        seal(2)
    for verb in ("release", "withdraw"):
        decide(bodies, "urban", verb)
        decide(bodies, "first_nations", "release") if verb == "release" else None
    with database.as_role("worker"):
        followers.drain("notify")
        assert told.filter(recipient=office).exists()


def test_the_database_has_the_same_life_cycle(db):
    with connection.cursor() as cursor:
        cursor.execute("select prosrc from pg_proc where proname = 'stewardship_pair'")
        (source,) = cursor.fetchone()
    pairs = {(s, each.target) for each in stewardship.TRANSITIONS.values() for s in each.sources}
    assert {pair for pair in pairs if f"('{pair[0]}', '{pair[1]}')" in source} == pairs
    assert source.count("('") == len(pairs)


RELEASE = (
    "update coordination_stewardship set status = 'released', decided_by_id = %(me)s,"
    " decided_at = now() where body = '{}'"
)


WITHDRAW = RELEASE.replace("released", "withdrawn")


def withdraw_with_sql(world, body):
    me = world.user(desk_of(body), STEWARD).pk
    with psycopg.connect(database.url("app")) as app:
        app.execute("select set_config('relay.actor', %s, true)", [str(me)])
        app.execute(WITHDRAW.format(body), {"me": me})


def withdraw(world, body):
    decide(world, body, "withdraw")


@pytest.mark.parametrize(
    ("how", "refusal", "said"),
    [
        (withdraw, WrongStatus, "That ended this table for every body."),
        (withdraw_with_sql, psycopg.errors.CheckViolation, "it is ended"),
    ],
)
def test_two_bodies_decide_one_after_another(bodies, how, refusal, said):
    decide(bodies, "urban", "release")
    decide(bodies, "first_nations", "release")
    answers = []

    def run():
        try:
            how(bodies, "first_nations")
        except refusal as answer:
            answers.append(str(answer))
        finally:
            connection.close()

    with bodies.acting(desk_of("urban"), STEWARD) as actor:
        table = SealedTable.objects.visible_to(actor).get()
        stewardship.decide_table(actor=actor, table=table, verb="withdraw", at=timezone.now())
        other = threading.Thread(target=run)
        other.start()
        database.until_waiting(1, at="transactionid")  # the row of the table
    other.join()
    assert [said in each for each in answers] == [True]
    with database.as_role("worker"):
        assert Stewardship.objects.get(status="withdrawn").body == "urban"


@pytest.mark.parametrize(
    "lock",
    [
        "select pg_advisory_xact_lock(hashtext('stewardship'), {})",
        "select stewards_turn({})",
    ],
)
def test_nobody_else_holds_the_lock_that_decisions_wait_for(bodies, lock):
    with database.as_role("worker"):
        table = SealedTable.objects.get()
    with psycopg.connect(database.url("app")) as app:
        for desk, role in [("office", role) for role in READERS] + [(desk_of("metis"), STEWARD)]:
            me = str(bodies.user(desk, role).pk)
            app.execute("select set_config('relay.actor', %s, true)", [me])
            app.execute(lock.format(table.pk))
        decide(bodies, "urban", "release")
    with database.as_role("worker"):
        assert Stewardship.objects.get(status="released").body == "urban"


def test_an_insider_with_sql_decides_for_nobody_else(bodies):
    said = entry(f"stewardship:{PERIOD}:{TABLE}:urban", verb="stewardship.released")
    urban = RELEASE.format("urban")
    insiders = [("office", role) for role in READERS] + [(desk_of("metis"), STEWARD)]
    for desk, role in [*insiders, (desk_of("first_nations"), STEWARD), ("office", STEWARD)]:
        assert tried(bodies, desk, role, urban, said) == 0, (desk, role)
        assert tried(bodies, desk, role, "delete from coordination_stewardship") == 0
        more = "update coordination_desk set governance_body = 'metis' where slug = 'office'"
        assert tried(bodies, desk, role, more) == 0
    at = desk_of("urban")
    assert tried(bodies, at, STEWARD, urban) == 0, "without its entry"
    back = urban.replace("now()", "'2020-01-01'")
    assert tried(bodies, at, STEWARD, back, said) == 0
    assert tried(bodies, at, STEWARD, urban, said) == 1
    sealed = urban.replace("released", "sealed")
    assert tried(bodies, at, STEWARD, sealed, said) == 0, "no way back"


def test_no_page_and_no_sql_of_the_office_seats_a_steward(bodies):
    seat = (
        "insert into coordination_membership (role, since, desk_id, user_id)"
        " values ('data_steward', now(), %(office)s, %(person)s)"
    )
    person = bodies.user("office", Role.ANALYST).pk
    said = entry(f"user:{person}", verb="member.added")
    assert tried(bodies, "office", Role.COORDINATOR, seat, said, person=person) == 0


def test_nobody_of_the_office_takes_the_stewards_desk_away(bodies):
    for body in ("urban", "first_nations"):
        decide(bodies, body, "release")
    slug = desk_of("urban")
    office, urban = page(bodies, "office", Role.COORDINATOR), bodies.desks[slug]
    assert slug not in office.get("/en/admin/desks/").content.decode()
    assert office.post(f"/en/admin/desks/{slug}/close/", {"sure": "on"}).status_code == 404
    with bodies.acting("office", Role.COORDINATOR) as actor, pytest.raises(NotAllowed):
        close_desk(actor=actor, desk=urban, at=timezone.now())
    close = f"update coordination_desk set closed_at = now() where slug = '{slug}'"
    said = entry(f"desk:{slug}", verb="desk.closed")
    assert tried(bodies, "office", Role.COORDINATOR, close, said) == 0
    with database.as_superuser() as admin:
        admin.execute(close)
    steward = page(bodies, slug, STEWARD)
    assert steward.post(f"{PAGE}withdraw/").status_code == 302, "were it closed all the same"
    assert who_sees(bodies) == OWN


def test_the_record_tells_of_the_decision_that_was_made_and_once(bodies):
    urban, at = f"stewardship:{PERIOD}:{TABLE}:urban", desk_of("urban")
    hold = RELEASE.format("urban").replace("released", "withheld")
    said = entry(urban, verb="stewardship.withheld")
    false = entry(urban, verb="stewardship.withdrawn")
    assert tried(bodies, at, STEWARD, hold, said, false) == 0
    assert tried(bodies, at, STEWARD, hold, said, said) == 0
    assert tried(bodies, at, STEWARD, hold, said) == 1


def test_the_pages_decide_and_export_and_show_nothing_of_it_to_others(bodies):
    steward, analyst = page(bodies, desk_of("urban"), STEWARD), page(bodies, "office", READERS[0])
    assert analyst.get(PAGE).status_code == 404
    waits = steward.get("/en/office/stewardship/").content.decode()
    assert "Waits for a decision" in waits
    assert str(COUNT) in steward.get(PAGE).content.decode()
    assert "Organismes" not in steward.get(PAGE).content.decode()
    asks = steward.get(f"{PAGE}release/").content.decode()
    assert "These bodies have not released it: First Nations." in asks
    assert steward.post(f"{PAGE}release/").status_code == 302
    assert "Released" in steward.get(PAGE).content.decode()
    decide(bodies, "first_nations", "release")
    shown = analyst.get(PAGE.replace("/en/", "/fr/")).content.decode()
    assert "Premières Nations" in shown
    assert analyst.post(f"{PAGE}withdraw/").status_code == 403
    taken = analyst.post(f"{PAGE}take/", {"purpose": "planning"})
    assert str(COUNT) in taken.content.decode()
    assert "Version 1, sealed on 20" in taken.content.decode()
    assert '"15"' not in taken.content.decode(), "exports are shown less"
    with database.as_role("worker"):
        entry_of = Entry.objects.get(verb="sealed.taken")
        assert entry_of.subject == f"sealed:{PERIOD}:{TABLE}"
    assert "This cannot be undone." in steward.get(f"{PAGE}withdraw/").content.decode()
    assert analyst.get(PAGE).status_code == 200, "a question withdraws nothing"
    gone = steward.post(f"{PAGE}withdraw/", follow=True).content.decode()
    assert "Files that were taken stay taken" in gone
    assert steward.get(f"{PAGE}withdraw/").status_code == 302, "nothing is left to ask"
    assert analyst.get(PAGE).status_code == 404
    assert "None has been." in analyst.get("/en/office/stewardship/").content.decode()
    assert analyst.post(f"{PAGE}take/", {"purpose": "planning"}).status_code == 404


def page(world, desk, role):
    client = Client()
    client.force_login(world.user(desk, role))
    return client


def test_the_api_reads_what_exports_are_shown_and_records_it(bodies):
    told = Api(bodies.token(desk_of("urban"), STEWARD))
    url = f"office/sealed/{PERIOD}/{TABLE}"
    shown = told.get(url).json()
    assert [each["value"] for each in shown["cells"]] == [COUNT, None]
    assert {each["status"] for each in shown["decisions"]} == {"sealed"}
    analyst = Api(bodies.token("office", Role.ANALYST))
    assert analyst.get(url).status_code == 404
    assert analyst.get("office/sealed").json()["results"] == []
    with database.as_role("worker"):
        assert Entry.objects.get(verb="sealed.taken").body.data["form"] == "api"


def test_raw_sql_of_a_steward_says_what_was_taken_and_no_words(bodies):
    subject, at = f"sealed:{PERIOD}:{TABLE}", desk_of("urban")
    for said, told in (
        ('{"form": "csv", "version": 1, "purpose": "planning"}', 1),
        ('{"form": "csv", "version": 1, "purpose": "Jane Doe"}', 0),
        ('{"form": "csv", "version": 2}', 0),
        ('{"form": "csv", "version": 1, "table": "anna_kowalczyk"}', 0),
    ):
        assert tried(bodies, at, STEWARD, entry(subject, verb="sealed.taken", data=said)) == told


def test_in_the_demo_all_but_the_newest_quarter_is_released(bodies):
    with database.as_role("worker"), transaction.atomic():
        seal(1, "2026-Q2")
    with database.as_role("worker"):
        assert decide_in_demo(at=timezone.now()) == 2
        assert decide_in_demo(at=timezone.now()) == 0
        found = set(Stewardship.objects.values_list("table__period", "status"))
    assert found == {("2026-Q3", "sealed"), ("2026-Q2", "released")}


def test_every_table_names_its_bodies():
    assert all(each.bodies for each in STEWARDED)
    assert {body for each in STEWARDED for body in each.bodies} == set(BODIES)
