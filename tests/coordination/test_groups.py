"""Working groups: who makes and reads them, what they decide, and what becomes of it."""

import datetime as dt
import re

import psycopg
import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from audit import followers
from audit.models import Entry
from coordination import group_actions, groups, meetings, steps
from coordination.action_states import PAIRS
from coordination.errors import Invalid, NotAllowed, Stale, WrongStatus
from coordination.gate.texts import Identifying
from coordination.group_actions import Cause, MoveGiven
from coordination.groups import GroupGiven
from coordination.models import GroupAction, Meeting, Step, WorkingGroup
from coordination.references import display
from coordination.roles import Role
from notifications.models import Notice
from tests import database
from tests.coordination.releases import release
from tests.coordination.test_said_now import tried
from tests.referrals.test_api import Api
from tests.referrals.test_walls_of_handoffs import entry

OFFICE, COORDINATOR = "office", Role.COORDINATOR
GAP = Cause(service="dental", region="north")
DAY = dt.timedelta(days=1)


def today():
    return timezone.localdate()


def group_of(world, *desks, name="Dental care in the North"):
    agencies = [world.desks[slug].agency for slug in desks or ("peel-cas", "north-cas")]
    with world.acting(OFFICE, COORDINATOR) as actor:
        given = GroupGiven(name, f"{name} (fr)", "Nobody offers it.", agencies)
        return groups.open_group(actor=actor, given=given, at=timezone.now())


def met(world, group, *, ago=DAY):
    with world.acting(OFFICE, COORDINATOR) as actor:
        now = timezone.now()
        return meetings.plan_meeting(
            actor=actor,
            group=group,
            starts_at=now - ago,
            place="video",
            agenda="Who could?",
            at=now,
        )


def write_up(world, meeting, *desks, decisions="Ask two clinics."):
    agencies = [world.desks[slug].agency for slug in desks or ("peel-cas",)]
    with world.acting(OFFICE, COORDINATOR) as actor:
        return meetings.write_up_meeting(
            actor=actor, meeting=meeting, attending=agencies, decisions=decisions, at=timezone.now()
        )


def planned(world, group=None, *, owner="north-cas", due=30, cause=GAP, **more):
    group = group or group_of(world)
    with world.acting(OFFICE, COORDINATOR) as actor:
        given = {"what": "Ask two clinics for places.", "at": timezone.now(), **more}
        return group_actions.plan_action(
            actor=actor,
            group=group,
            owner=world.desks[owner],
            due_on=today() + dt.timedelta(days=due),
            cause=cause,
            **given,
        )


def act(world, action, verb, who=("north-cas", Role.LEAD), **given):
    with world.acting(*who) as actor:
        return group_actions.move_action(
            actor=actor, action=action, verb=verb, given=MoveGiven(**given), at=timezone.now()
        )


def page(world, desk=OFFICE, role=COORDINATOR):
    client = Client()
    client.force_login(world.user(desk, role))
    return client


def verbs_of(row):
    with database.as_role("worker"):
        return list(
            Entry.objects.filter(subject=row.subject).order_by("pk").values_list("verb", flat=True)
        )


def test_no_two_open_groups_have_one_name_and_a_group_has_to_be_chosen(world):
    first = group_of(world)
    with pytest.raises(Invalid, match="Another open group has this name"):
        group_of(world, name="dental care in the north")
    with world.acting(OFFICE, COORDINATOR) as actor:
        groups.close_group(actor=actor, group=first, at=timezone.now())
    group_of(world)
    with world.acting(OFFICE, COORDINATOR) as actor, pytest.raises(WrongStatus):
        groups.reopen_group(actor=actor, group=first, at=timezone.now())
    group_of(world, name="Housing")
    asks = "/en/office/actions/new/?service=dental&region=north"
    assert page(world).get(asks).status_code == 200
    without = page(world).get(f"{asks}&choose=1")
    assert without.status_code == 422
    assert "Choose a group." in without.content.decode()


def test_agencies_of_a_group_are_offered_below_their_regions(world):
    office = page(world)
    titled = re.compile(r'<details class="more"><summary>(.*?)</summary>(.*?)</details>', re.DOTALL)
    regions = titled.findall(office.get("/en/office/groups/new/").content.decode())
    assert [(title, boxes.count("<input")) for title, boxes in regions] == [
        ("Central", 3), ("East", 3), ("North", 3), ("Provincial", 1)
    ]  # fmt: skip
    again = office.post("/en/office/groups/new/", {"agencies": ["north-cas", "peel-cas"]})
    kept = titled.findall(again.content.decode())
    assert [re.sub(r"<[^>]+>", "", title) for title, _boxes in kept] == [
        "Central 1 chosen", "East", "North 1 chosen", "Provincial"
    ]  # fmt: skip


def test_a_group_meets_decides_and_its_desk_does_it(world):
    office = page(world)
    made = office.post(
        "/en/office/groups/new/",
        {
            "name_en": "Dental care",
            "name_fr": "Soins dentaires",
            "words": "Nobody offers it in the North.",
            "agencies": ["north-cas", "peel-cas"],
        },
    )
    assert made.status_code == 302
    url = made.headers["Location"]
    with database.as_role("worker"):
        group = WorkingGroup.objects.get()
    code = display(group.reference)
    when = {"on": f"{today() - DAY:%Y-%m-%d}", "time": "10:00", "place": "phone", "words": "Who?"}
    assert office.post(f"/en/office/groups/{code}/meeting/", when).status_code == 302
    with database.as_role("worker"):
        meeting = Meeting.objects.get()
    decided = {"attending": ["north-cas"], "words": "Ask two clinics."}
    address = f"/en/office/meetings/{display(meeting.reference)}/"
    assert office.post(address, decided).status_code == 302
    plan = {"words": "Ask two clinics.", "owner": "north-cas"}
    plan["due_on"] = f"{today() + DAY:%Y-%m-%d}"
    address = "/en/office/actions/new/?service=dental&region=north"
    assert office.post(address, plan).status_code == 302
    lead = page(world, "north-cas", Role.LEAD)
    shown = lead.get(url).content.decode()
    for text in ("Dental care", "Ask two clinics.", "Dental care · North", "Agency north-cas"):
        assert text in shown
    with database.as_role("worker"):
        action = GroupAction.objects.get()
    own = f"/en/groups/actions/{display(action.reference)}/"
    assert "It is in hand" in lead.get(own).content.decode()
    assert lead.post(f"{own}take/").status_code == 302
    assert lead.post(f"{own}finish/", {"words": "Both take two a month."}).status_code == 302
    assert "Both take two a month." in office.get(own.replace("/en/", "/fr/")).content.decode()
    assert verbs_of(action) == ["action.planned", "action.taken", "action.finished"]
    assert verbs_of(meeting) == ["meeting.planned", "meeting.written_up"]
    gap = office.get("/fr/office/services/north/dental/").content.decode()
    assert "Ask two clinics." in gap
    assert "Pas encore connu" in gap


def test_only_the_people_of_its_agencies_and_the_office_read_a_group(world):
    group = group_of(world)
    action, url = planned(world, group), f"/en/groups/{display(group.reference)}/"
    meeting = met(world, group)
    for desk, role, answer in (
        ("peel-cas", Role.WORKER, 200),
        ("north-cas", Role.AGENCY_ADMIN, 200),
        (OFFICE, Role.ANALYST, 200),
        (OFFICE, Role.AUDITOR, 200),
        (OFFICE, Role.DATA_STEWARD, 403),
        ("ottawa-cas", Role.LEAD, 404),
    ):
        client = page(world, desk, role)
        assert client.get(url).status_code == answer
        own = f"/en/groups/actions/{display(action.reference)}/"
        assert client.get(own).status_code == answer
        with world.acting(desk, role):
            assert WorkingGroup.objects.exists() == (answer == 200)
            assert GroupAction.objects.exists() == (answer == 200)
            assert Meeting.objects.filter(pk=meeting.pk).exists() == (answer == 200)


def test_who_reads_an_action_reads_its_gap_without_what_releases_say(world):
    group, url = group_of(world), "services/north/dental/"
    planned(world, group)
    release("2026-Q3", lambda _name, _at: 400)
    for desk, role, answer in (
        ("peel-cas", Role.WORKER, 200),
        ("north-cas", Role.AGENCY_ADMIN, 200),
        ("ottawa-cas", Role.LEAD, 404),
        (OFFICE, Role.AUDITOR, 200),
        (OFFICE, Role.DATA_STEWARD, 403),
    ):
        got, api = page(world, desk, role).get(f"/en/office/{url}"), Api(world.token(desk, role))
        assert got.status_code == api.get("coverage/north/dental").status_code == answer
        if answer == 200:
            shown, reads = got.content.decode(), role == Role.AUDITOR
            assert "Ask two clinics for places." in shown
            assert "Nobody offers it here." in shown
            assert ("In the last releases" in shown) == reads
            assert bool(api.get("coverage/north/dental").json()["releases"]) == reads
    peel = page(world, "peel-cas", Role.WORKER)
    assert peel.get("/en/office/services/north/mental_health/").status_code == 404, (
        "no action of it"
    )
    assert peel.get("/en/office/services/west/dental/").status_code == 404
    assert peel.get("/en/office/services/dental/").status_code == 403


def test_an_agency_that_left_reads_it_no_more_and_cannot_leave_with_an_open_action(world):
    group = group_of(world)
    action = planned(world, group)

    def say(*desks):
        with world.acting(OFFICE, COORDINATOR) as actor:
            agencies = [world.desks[slug].agency for slug in desks]
            given = GroupGiven("Dental", "Dentaire", "Nobody offers it.", agencies)
            groups.change_group(actor=actor, group=group, given=given, at=timezone.now())

    with pytest.raises(Invalid):
        say("peel-cas")
    act(world, action, "finish")
    say("peel-cas", "ottawa-cas")
    for desk, reads in (("north-cas", False), ("peel-cas", True), ("ottawa-cas", True)):
        gap = page(world, desk, Role.WORKER).get("/en/office/services/north/dental/")
        assert gap.status_code == (200 if reads else 404)
        with world.acting(desk) as actor:
            assert WorkingGroup.objects.visible_to(actor).exists() == reads
            assert WorkingGroup.objects.exists() == reads


def test_an_action_goes_through_its_life_and_nowhere_else(world):
    action = planned(world)
    for verb, error, more in (
        ("reopen", WrongStatus, {}),
        ("drop", Invalid, {}),
    ):
        with pytest.raises(error):
            act(world, action, verb, who=(OFFICE, COORDINATOR), **more)
    act(world, action, "take")
    with pytest.raises(WrongStatus):
        act(world, action, "take")
    dropped = act(world, action, "drop", who=(OFFICE, COORDINATOR), reason="no_means")
    assert dropped.ended_at
    with pytest.raises(WrongStatus):
        act(world, action, "finish")
    again = act(world, action, "reopen", who=(OFFICE, COORDINATOR))
    assert (again.status, again.drop_reason, again.ended_at) == ("planned", "", None)
    assert act(world, action, "finish").ended_at
    with world.acting(OFFICE, COORDINATOR) as actor, pytest.raises(WrongStatus):
        group_actions.change_action(
            actor=actor, action=action, what="x", owner=world.desks["peel-cas"], due_on=today(),
            at=timezone.now(),
        )  # fmt: skip


def test_who_does_not_own_it_says_nothing_of_an_action(world):
    action = planned(world)
    for who, verb in (
        (("north-cas", Role.WORKER), "take"),
        (("peel-cas", Role.LEAD), "take"),
        (("north-cas", Role.LEAD), "drop"),
        ((OFFICE, Role.ANALYST), "finish"),
    ):
        with pytest.raises(NotAllowed):
            act(world, action, verb, who=who, reason="no_means")


def test_what_is_wrong_with_an_action_is_refused_and_nothing_is_stored(world):
    group = group_of(world)
    for error, wrong in (
        (Identifying, {"what": "call 416-555-0199"}),
        (Invalid, {"what": " "}),
        (Invalid, {"owner": "ottawa-cas"}),
        (Invalid, {"due": -1}),
        (Invalid, {"cause": Cause()}),
        (Invalid, {"cause": Cause(service="dental", region="north", desk=world.desks["peel-cas"])}),
        (Invalid, {"cause": Cause(table="unmet", period="2020-Q1")}),
        (Invalid, {"cause": Cause(table="unmet", period="soon")}),
    ):
        with pytest.raises(error):
            planned(world, group, **wrong)
    with database.as_role("worker"):
        assert not GroupAction.objects.exists()


def test_a_group_closes_when_its_actions_have_ended_and_takes_none_then(world):
    group = group_of(world)
    action = planned(world, group)

    def set_open(how):
        with world.acting(OFFICE, COORDINATOR) as actor:
            return how(actor=actor, group=group, at=timezone.now())

    with pytest.raises(WrongStatus):
        set_open(groups.close_group)
    act(world, action, "finish")
    meeting = met(world, group, ago=-5 * DAY)
    day = f"{timezone.localtime(meeting.starts_at):%b %Y}"
    with pytest.raises(WrongStatus, match=rf"Cancel the meeting of \d+ {day} first"):
        set_open(groups.close_group)
    with world.acting(OFFICE, COORDINATOR) as actor:
        now = timezone.now()
        meetings.cancel_meeting(actor=actor, meeting=meeting, reason="too_few", at=now)
    set_open(groups.close_group)
    for late in (
        lambda: planned(world, group),
        lambda: met(world, group),
        lambda: act(world, action, "reopen", who=(OFFICE, COORDINATOR)),
    ):
        with pytest.raises(WrongStatus):
            late()
    set_open(groups.reopen_group)
    planned(world, group)


def test_a_change_made_by_somebody_else_meanwhile_is_not_overwritten(world):
    group = group_of(world)
    with world.acting(OFFICE, COORDINATOR) as actor, pytest.raises(Stale):
        groups.close_group(actor=actor, group=group, version=9, at=timezone.now())


def climb():
    with database.as_role("worker"):
        followers.drain("ladder")
        steps.climb(at=timezone.now())
        followers.drain("notify")


@pytest.mark.parametrize(("due", "event"), [(3, "action.due_soon"), (-1, "action.overdue")])
def test_a_reminder_comes_a_week_before_and_once_when_it_is_overdue(world, due, event):
    for desk, role in (("north-cas", Role.LEAD), (OFFICE, COORDINATOR)):
        world.user(desk, role)
    action = planned(world)
    with database.as_superuser() as admin:
        admin.execute("set session_replication_role = replica")
        admin.execute(
            "update coordination_groupaction set due_on = %s, due_set_at = now() - interval '9 days'",
            [today() + due * DAY],
        )
    climb()
    climb()
    assert verbs_of(action) == ["action.planned", event]
    with database.as_role("worker"):
        told = Notice.objects.filter(verb=event).values_list("recipient__username", flat=True)
        assert sorted(told) == ["north-cas.lead", "office.coordinator"]
        assert Step.objects.filter(subject=action.subject).count() == 2
    lead = page(world, "north-cas", Role.LEAD)
    shown = lead.get("/en/notifications/").content.decode()
    assert f"/en/groups/actions/{display(action.reference)}/" in shown
    act(world, action, "finish")
    climb()
    assert Notice.objects.filter(verb=event, done_at=None).count() == 0


def test_the_database_knows_the_same_life_cycle(world):
    with connection.cursor() as cursor:
        cursor.execute("select prosrc from pg_proc where proname = 'action_guard'")
        (source,) = cursor.fetchone()
    assert set(re.findall(r"\('(\w+)', '(\w+)'\)", source)) == PAIRS


TAKE = "update coordination_groupaction set status = 'in_hand', version = version + 1"
SAY = (
    "select audit_append('{}', '{}:' || reference, null, clock_timestamp(), {}, null, 'live')"
    " from coordination_{}"
)
OWED = (
    "jsonb_build_object('due_on', due_on, 'owner',"
    " (select slug from coordination_desk where group_id = owner_id))"
)
OF_AN_ACTION = {
    "changed": "'{}'",
    "dropped": "jsonb_build_object('said', said <> '', 'reason', drop_reason)",
}
OF_A_GROUP = {"changed": '{"joined": [], "left": []}', "opened": '{"agencies": []}'}


def say(verb, more="'{}'"):
    """Return the statement that tells of the one action as it is, but for `more`."""
    told = OF_AN_ACTION.get(verb, "jsonb_build_object('said', said <> '')")
    return SAY.format(f"action.{verb}", "action", f"{told} || {OWED} || {more}", "groupaction")


def say_of_group(verb, told=None):
    told = f"'{told or OF_A_GROUP.get(verb, '{}')}'"
    return SAY.format(f"group.{verb}", "group", told, "workinggroup")


FINISH = TAKE.replace("'in_hand'", "'done', ended_at = now()")
LATER = "update coordination_groupaction set due_on = due_on + 1, version = version + 1"
RENAME = "update coordination_workinggroup set name_en = 'Other', version = version + 1"

INSIDERS = [
    ("ottawa-cas", Role.LEAD, [TAKE]),
    ("peel-cas", Role.LEAD, [TAKE]),
    ("north-cas", Role.WORKER, [TAKE]),
    ("north-cas", Role.LEAD, [TAKE]),
    ("north-cas", Role.LEAD, [TAKE, say("finished")]),
    (
        "north-cas",
        Role.LEAD,
        [
            "update coordination_groupaction set due_on = '2099-01-01', version = version + 1",
            say("changed"),
        ],
    ),
    (
        "north-cas",
        Role.LEAD,
        ["update coordination_groupaction set what = 'x', version = version + 1"],
    ),
    (
        "north-cas",
        Role.LEAD,
        [
            "insert into coordination_groupagency (group_id, agency_id, joined_at)"
            " select id, (select agency_id from coordination_desk where slug = 'ottawa-cas'),"
            " now() from coordination_workinggroup"
        ],
    ),
    (
        "north-cas",
        Role.AGENCY_ADMIN,
        ["update coordination_workinggroup set closed_at = now()"],
    ),
    (OFFICE, Role.ANALYST, ["update coordination_workinggroup set name_en = 'x'"]),
    (OFFICE, COORDINATOR, ["update coordination_workinggroup set name_en = 'x'"]),
    (
        OFFICE,
        COORDINATOR,
        ["update coordination_workinggroup set name_en = 'x', version = version + 1"],
    ),
    (OFFICE, COORDINATOR, [TAKE.replace("in_hand", "dropped")]),
    (OFFICE, COORDINATOR, ["delete from coordination_groupaction"]),
    (OFFICE, COORDINATOR, ["update coordination_groupagency set left_at = now()"]),
    (OFFICE, COORDINATOR, [say("overdue")]),
    ("north-cas", Role.LEAD, [TAKE, say("taken"), say("taken")]),
    (
        "north-cas",
        Role.LEAD,
        [TAKE, say("taken"), FINISH, say("finished")],
    ),
    *(
        (OFFICE, COORDINATOR, [statement, *said])
        for statement, says in (
            (LATER, [say(each) for each in ("changed", "taken", "reopened")]),
            (RENAME, [say_of_group(each) for each in ("changed", "reopened", "opened")]),
        )
        for said in (says[:2], says[1::-1], says[1:2], says[2:], says[:1] * 2)
    ),
]


def test_an_insider_closes_no_group_with_a_meeting_to_come(world):
    group = group_of(world)
    met(world, group, ago=-DAY)
    close = "update coordination_workinggroup set closed_at = now(), version = version + 1"
    said = entry(group.subject, verb="group.closed")
    assert tried(world, OFFICE, COORDINATOR, close, said) == 0
    with database.as_role("worker"):
        Meeting.objects.update(starts_at=timezone.now() - DAY)
    assert tried(world, OFFICE, COORDINATOR, close, said) == 1, "control"


def test_an_insider_with_raw_sql_gets_no_further(world):
    planned(world)
    done = [each for each in INSIDERS if tried(world, each[0], each[1], *each[2])]
    assert done == []
    for who, *statements in (
        (("north-cas", Role.LEAD), TAKE, say("taken")),
        ((OFFICE, COORDINATOR), LATER, say("changed")),
        ((OFFICE, COORDINATOR), RENAME, say_of_group("changed")),
    ):
        assert tried(world, *who, *statements) == 1, "control"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (TAKE, say("taken", """'{"owner": "peel-cas"}'""")),
        (TAKE, say("taken", """'{"said": true}'""")),
        (TAKE, say("taken", """'{"anna": "kowalczyk"}'""")),
        (LATER, say("changed", """'{"due_on": "2026-01-01"}'""")),
        (LATER, say("changed", """'{"reason": "no_means"}'""")),
        (RENAME, say_of_group("changed", '{"joined": [], "left": ["peel-cas"]}')),
        (RENAME, say_of_group("changed", '{"joined": ["ottawa-cas"], "left": []}')),
        (RENAME, say_of_group("changed", '{"anna": "kowalczyk"}')),
    ],
)
def test_what_is_told_of_a_group_and_an_action_is_as_it_was(world, change, told):
    planned(world)
    assert tried(world, OFFICE, COORDINATOR, change, told) == 0


def test_an_agency_that_is_in_no_group_counts_none_with_raw_sql(world):
    planned(world)
    with psycopg.connect(database.url("app")) as app:
        actor = str(world.user("ottawa-cas", Role.LEAD).pk)
        app.execute("select set_config('relay.actor', %s, true)", [actor])
        for table in ("workinggroup", "groupagency", "meeting", "groupaction"):
            assert app.execute(f"select count(*) from coordination_{table}").fetchone() == (0,)
