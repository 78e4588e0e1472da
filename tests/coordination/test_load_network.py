"""Loading the directory and the demo's network: whole or not at all, and again without change."""

import datetime as dt
import json

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from coordination import access
from coordination.models import Agency, Completion, Course, Desk, Membership, Requirement, Team
from coordination.network.demo_training import train_demo
from coordination.network.directory import BadRows, load_directory
from coordination.training.accepting import Asked, standing_of
from coordination.training.coverage import coverage
from tests import database

HEAD = "name_en,name_fr,kind,region,city\n"


@pytest.fixture(autouse=True)
def _as_worker(transactional_db):
    with database.as_role("worker"):
        yield


def test_the_directory_is_loaded_once():
    first, second = load_directory(at=timezone.now()), load_directory(at=timezone.now())
    assert (first.created, first.total) == (249, 249)
    assert (second.created, second.changed) == (0, 0)
    assert Agency.objects.get(slug="peel-regional-police").police_involved


def test_the_provincial_police_stand_under_the_act_of_the_ministries():
    """PRIVACY section 5: FIPPA for the OPP, MFIPPA for municipal police."""
    load_directory(at=timezone.now())
    assert Agency.objects.get(slug="ontario-provincial-police").privacy_regime == "fippa"
    assert Agency.objects.get(slug="peel-regional-police").privacy_regime == "mfippa"


def test_a_changed_row_is_updated(tmp_path):
    path = tmp_path / "directory.csv"
    path.write_text(f"{HEAD}Aid,Aide,legal,east,Ottawa\n")
    load_directory(path, at=timezone.now())
    path.write_text(f"{HEAD}Aid,Aide,legal,west,London\n")
    assert load_directory(path, at=timezone.now()).changed == 1
    assert Agency.objects.get().region == "west"


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ("Aid,Aide,legal,east,\nBad,Mal,circus,east,\n", "line 3: unknown kind 'circus'"),
        ("Bad,Mal,legal,mars,\n", "line 2: unknown region 'mars'"),
        (",Mal,legal,east,\n", "line 2: name_en is missing"),
        ("Bad,Mal,legal\n", "line 2: not 5 columns"),
        ("Bad,Mal,legal,east,,more\n", "line 2: not 5 columns"),
        ("Aid,,legal,east,\nAid,,legal,east,\n", "line 3: the name stands twice"),
        (f"{'x' * 201},,legal,east,\n", "line 2: name_en is too long"),
    ],
)
def test_a_bad_row_is_named_with_its_line_and_nothing_is_loaded(tmp_path, rows, reason):
    path = tmp_path / "directory.csv"
    path.write_text(HEAD + rows)
    with pytest.raises(BadRows) as bad:
        load_directory(path, at=timezone.now())
    assert bad.value.reasons == [reason]
    assert not Agency.objects.exists()


def test_a_file_that_is_no_csv_is_refused_plainly(tmp_path):
    path = tmp_path / "directory.csv"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CommandError):
        call_command("load_network", str(path))


def test_the_demos_network_is_large_enough_and_loaded_once(capsys):
    call_command("load_network", "--demo")
    call_command("load_network", "--demo")
    teams = Team.objects.filter(source="demo")
    assert teams.count() >= 12
    assert set(teams.values_list("region", flat=True)) == {
        "central",
        "east",
        "north",
        "toronto",
        "west",
    }
    for team in teams:
        kinds = set(team.desks.values_list("agency__kind", flat=True))
        assert {"police", "cas", "vwap", "victim_services", "community_org", "health"} <= kinds
        assert team.duty_desk_id
    assert set(Desk.objects.values_list("time_zone", flat=True)) == {
        "America/Toronto",
        "America/Winnipeg",
    }
    office = Desk.objects.get(slug="office")
    assert office not in access.addressable_desks()
    assert all("(demo)" in a.name_en for a in Agency.objects.filter(source="demo"))


def test_the_demos_people_completed_courses_and_one_desk_asks_for_one():
    call_command("load_network", "--demo", verbosity=0)
    assert train_demo(at=timezone.now()) > 100
    soon = Completion.objects.get(person__username="peel-cas.worker", course__code="privacy")
    assert 0 < (soon.expires_on - timezone.localdate()).days <= 30
    asks = Requirement.objects.in_force(on=timezone.localdate()).get()
    desk, now = asks.desk, timezone.now()
    people = {each.username: each for each in access.people_at(desk)}
    planned = Asked("planned", now + dt.timedelta(days=1))
    worker, lead = (people[f"{desk.slug}.{role}"] for role in ("worker", "lead"))
    assert standing_of(desk, lead, at=now).judge(planned, at=now).is_silent
    refused = standing_of(desk, worker, at=now).judge(planned, at=now)
    assert (refused.lets, list(refused.colleagues)) == (False, [lead])
    assert set(refused.expired) == {"privacy"}
    counted = [
        (code, each.kind, each.region, each.share)
        for code in ("basic_constable", "helping_trafficked_persons")
        for each in coverage(Course.objects.get(code=code))
        if each.held
    ]
    assert counted == [
        ("basic_constable", "police", "west", 50),
        ("helping_trafficked_persons", "cas", "west", 50),
        ("helping_trafficked_persons", "victim_services", "west", 50),
    ]


def test_every_demo_account_has_a_working_token(capsys):
    call_command("load_network", "--demo")
    capsys.readouterr()
    call_command("demo_accounts")
    accounts = json.loads(capsys.readouterr().out)
    assert len(accounts) == Membership.objects.count()
    roles = {(each["role"], each["team"]) for each in accounts}
    for role in ("worker", "lead", "agency_admin"):
        assert len([team for name, team in roles if name == role]) >= 3
    with database.as_role("app"):
        for account in accounts[:3]:
            me = Client().get("/api/v1/me", headers={"Authorization": f"Token {account['token']}"})
            assert me.json()["username"] == account["username"]


def test_demo_accounts_are_found_by_name(capsys):
    call_command("load_network", "--demo")
    capsys.readouterr()
    call_command("demo_accounts", "peel-cas.worker")
    assert [a["username"] for a in json.loads(capsys.readouterr().out)] == ["peel-cas.worker"]
    with pytest.raises(CommandError, match="nobody"):
        call_command("demo_accounts", "nobody")


def test_outside_the_demo_there_are_no_accounts(settings):
    settings.RELAY_ENV = "production"
    with pytest.raises(CommandError):
        call_command("demo_accounts")
