"""Meetings of working groups: moved to another time, or cancelled for a reason; who is told."""

import datetime as dt

import pytest
from django.utils import timezone

from audit import followers
from audit.models import Entry
from coordination import meetings
from coordination.errors import Invalid, NotAllowed, Stale, WrongStatus
from coordination.models import Meeting
from coordination.references import display
from coordination.roles import Role
from notifications.models import Notice
from tests import database
from tests.coordination.test_groups import (
    COORDINATOR,
    DAY,
    OFFICE,
    group_of,
    met,
    page,
    verbs_of,
    write_up,
)
from tests.coordination.test_said_now import tried
from tests.referrals.test_api import Api

TOLD = ("meeting.moved", "meeting.cancelled")


@pytest.fixture
def meeting(world):
    """One to come, of the agencies of peel-cas and north-cas."""
    return met(world, group_of(world), ago=-5 * DAY)


def say(world, how, meeting, who=(OFFICE, COORDINATOR), **given):
    with world.acting(*who) as actor:
        return how(actor=actor, meeting=meeting, at=timezone.now(), **given)


def move(world, meeting, *, by=DAY, place="phone", **more):
    starts_at = meeting.starts_at + by
    return say(world, meetings.move_meeting, meeting, starts_at=starts_at, place=place, **more)


def cancel(world, meeting, reason="too_few", **more):
    return say(world, meetings.cancel_meeting, meeting, reason=reason, **more)


def told(verb):
    with database.as_role("worker"):
        followers.drain("notify")
        rows = Notice.objects.filter(verb=verb, done_at=None)
        return sorted(rows.values_list("recipient__username", flat=True))


def test_a_meeting_that_moves_is_recorded_and_told_once_to_who_leads_in_its_group(world, meeting):
    for desk, role in (
        ("north-cas", Role.LEAD),
        ("peel-cas", Role.AGENCY_ADMIN),
        ("peel-cas", Role.WORKER),
        ("ottawa-cas", Role.LEAD),
    ):
        world.user(desk, role)
    before = meeting.starts_at
    moved = move(world, meeting)
    assert told("meeting.moved") == ["north-cas.lead", "peel-cas.agency_admin"]
    with database.as_role("worker"):
        said = Entry.objects.get(verb="meeting.moved").body.data
    assert [dt.datetime.fromisoformat(said[each]["starts_at"]) for each in ("before", "after")] == [
        before,
        moved.starts_at,
    ]
    assert [said[each]["place"] for each in ("before", "after")] == ["video", "phone"]
    move(world, moved)
    assert told("meeting.moved") == ["north-cas.lead", "peel-cas.agency_admin"], "of the last alone"
    cancel(world, moved)
    assert told("meeting.moved") == []
    assert told("meeting.cancelled") == ["north-cas.lead", "peel-cas.agency_admin"]
    lead = page(world, "north-cas", Role.LEAD)
    code = display(meeting.reference)
    assert f"/en/groups/meetings/{code}/" in lead.get("/en/notifications/").content.decode()
    shown = lead.get(f"/en/groups/meetings/{code}/", follow=True)
    assert shown.redirect_chain[0][0].endswith(f"#m-{code}")
    assert "Too few can come" in shown.content.decode()


def test_what_is_wrong_with_another_time_is_said_and_nothing_changes(world, meeting):
    for wrong in ({"by": -6 * DAY}, {"by": 400 * DAY}, {"by": 0 * DAY, "place": "video"}):
        with pytest.raises(Invalid) as refusal:
            move(world, meeting, **wrong)
        assert refusal.value.field == "starts_at"
    with pytest.raises(Stale):
        move(world, meeting, version=7)
    for how in (move, cancel):
        with pytest.raises(NotAllowed):
            how(world, meeting, who=("peel-cas", Role.LEAD))
    address, late = f"/fr/office/meetings/{display(meeting.reference)}/move/", timezone.now() - DAY
    typed = {"on": f"{late:%Y-%m-%d}", "time": "10:00", "place": "phone"}
    answer = page(world).post(address, typed)
    assert answer.status_code == 422
    assert "Indiquez un moment à venir" in answer.content.decode()
    assert f'value="{late:%Y-%m-%d}"' in answer.content.decode()
    assert verbs_of(meeting) == ["meeting.planned"]


def test_what_was_held_or_cancelled_is_neither_moved_nor_cancelled(world, meeting):
    held = met(world, meeting.group)
    with pytest.raises(WrongStatus):
        cancel(world, held)
    assert move(world, held, by=2 * DAY).starts_at > timezone.now(), "nobody had come"
    written = write_up(world, met(world, meeting.group))
    cancelled = cancel(world, meeting)
    for row in (written, cancelled):
        for how in (move, cancel):
            with pytest.raises(WrongStatus):
                how(world, row)
    with pytest.raises(WrongStatus):
        write_up(world, cancelled)


def test_the_pages_and_the_api_move_and_cancel(world, meeting):
    office, code = page(world), display(meeting.reference)
    url = f"/en/office/meetings/{code}"
    day = timezone.localdate() + 9 * DAY
    when = {"on": f"{day:%Y-%m-%d}", "time": "09:30", "place": "phone"}
    group = office.post(f"{url}/move/", when, follow=True).content.decode()
    assert "9:30 a.m." in group
    assert f"{url}/cancel/" in group
    api = Api(world.token(OFFICE, COORDINATOR))
    given = {"starts_at": f"{day + DAY:%Y-%m-%d}T14:00:00Z", "place": "video"}
    moved = api.post(f"meetings/{code}/move", given, If_Match='"2"')
    assert (moved.status_code, moved.json()["place"], moved.headers["ETag"]) == (
        200,
        "video",
        '"3"',
    )
    assert api.post(f"meetings/{code}/cancel", {"reason": "why"}, If_Match='"3"').status_code == 400
    gone = api.post(f"meetings/{code}/cancel", {"reason": "emergency"}, If_Match='"3"').json()
    assert (gone["cancel_reason"], bool(gone["cancelled_at"])) == ("emergency", True)
    assert api.post(f"meetings/{code}/move", given, If_Match='"4"').status_code == 409
    with database.as_role("worker"):
        assert Meeting.objects.get().version == 4
    assert verbs_of(meeting) == ["meeting.planned", *["meeting.moved"] * 2, "meeting.cancelled"]


def test_of_what_has_begun_nobody_says_that_it_does_not_take_place(world, meeting):
    held = met(world, meeting.group)
    office, code = page(world), display(held.reference)
    url = f"/en/office/meetings/{code}"
    group = office.get(f"/en/groups/{display(meeting.group.reference)}/").content.decode()
    assert f"{url}/move/" in group
    assert f"{url}/cancel/" not in group
    answer = office.post(f"{url}/cancel/", {"reason": "too_few"}, follow=True)
    assert "This meeting has begun." in answer.content.decode()
    api = Api(world.token(OFFICE, COORDINATOR))
    gone = api.post(f"meetings/{code}/cancel", {"reason": "too_few"}, If_Match='"1"')
    assert (gone.status_code, verbs_of(held)) == (409, ["meeting.planned"])
    with_sql = [f"{each} where reference = '{held.reference}'" for each in (CANCEL, CANCELLED)]
    assert not tried(world, OFFICE, COORDINATOR, *with_sql)


MOVE = "update coordination_meeting set starts_at = %(later)s, version = version + 1"
CANCEL = (
    "update coordination_meeting set cancelled_at = statement_timestamp(),"
    " cancel_reason = 'too_few', version = version + 1"
)
WRITE = (
    "update coordination_meeting set written_at = statement_timestamp(), decisions = 'x',"
    " version = version + 1"
)
BUMP = "update coordination_meeting set version = version + 1"
ATTEND = (
    "insert into coordination_meeting_attending (meeting_id, agency_id)"
    " select m.id, d.agency_id from coordination_meeting m, coordination_desk d"
    " where d.slug = '{}'"
)
PLAN = (
    "insert into coordination_meeting (reference, group_id, starts_at, place, agenda, decisions,"
    " cancel_reason, version) select '0MEET000', id, %(later)s, 'video', '', '', '', 1"
    " from coordination_workinggroup"
)
SAY = (
    "select audit_append('meeting.{}', 'meeting:' || reference, null, clock_timestamp(),"
    " {}, null, 'live') from coordination_meeting"
)
WHEN = "jsonb_build_object('starts_at', {}::timestamptz, 'place', 'video')"
WAS, LATER = WHEN.format("%(was)s"), WHEN.format("%(later)s")
MOVED = SAY.format("moved", f"jsonb_build_object('before', {WAS}, 'after', {LATER})")
CANCELLED = SAY.format("cancelled", """'{"reason": "too_few"}'::jsonb""")
WRITTEN = SAY.format("written_up", """'{"attending": ["peel-cas"], "decided": true}'::jsonb""")
PLANNED = SAY.format(
    "planned",
    f"{LATER} || jsonb_build_object('group', (select reference from coordination_workinggroup))",
)
PLANNED += " where reference = '0MEET000'"
CAME = ATTEND.format("peel-cas")
INSIDERS = {
    "another role": ("peel-cas", Role.LEAD, MOVE, MOVED),
    "an analyst": (OFFICE, Role.ANALYST, CANCEL, CANCELLED),
    "unsaid": (OFFICE, COORDINATOR, MOVE),
    "said otherwise": (OFFICE, COORDINATOR, MOVE, WRITTEN),
    "cancelled as moved": (OFFICE, COORDINATOR, CANCEL, MOVED),
    "told twice": (OFFICE, COORDINATOR, MOVE, MOVED, MOVED),
    "into the past": (OFFICE, COORDINATOR, MOVE.replace("%(later)s", "now()"), MOVED),
    "without a reason": (OFFICE, COORDINATOR, CANCEL.replace("too_few", ""), CANCELLED),
    "for another reason": (OFFICE, COORDINATOR, CANCEL.replace("too_few", "emergency"), CANCELLED),
    "for words": (
        OFFICE,
        COORDINATOR,
        CANCEL.replace("too_few", "jane_doe_416"),
        CANCELLED.replace("too_few", "jane_doe_416"),
    ),
    "to a street": (
        OFFICE,
        COORDINATOR,
        MOVE.replace("set", "set place = 'mary_5',"),
        MOVED.replace(LATER, LATER.replace("video", "mary_5")),
    ),
    "of nothing": (OFFICE, COORDINATOR, CANCELLED),
    "not moved at all": (OFFICE, COORDINATOR, BUMP, MOVED),
    "moved from elsewhere": (OFFICE, COORDINATOR, MOVE, MOVED.replace(WAS, LATER)),
    "moved elsewhere": (OFFICE, COORDINATOR, MOVE, MOVED.replace(LATER, WAS)),
    "moved by another way": (
        OFFICE,
        COORDINATOR,
        MOVE.replace("set", "set place = 'phone',"),
        MOVED,
    ),
    "there and back": (OFFICE, COORDINATOR, MOVE, MOVE.replace("%(later)s", "%(was)s"), MOVED),
    "by 900 years": (
        OFFICE,
        COORDINATOR,
        MOVE.replace("%(later)s", "%(later)s + interval '900 years'"),
        MOVED.replace("%(later)s::timestamptz", "%(later)s + interval '900 years'"),
    ),
    "planned in 900 years": (
        OFFICE,
        COORDINATOR,
        PLAN.replace("%(later)s", "%(later)s + interval '900 years'"),
        PLANNED.replace("%(later)s::timestamptz", "%(later)s + interval '900 years'"),
    ),
    "planned and said for another time": (OFFICE, COORDINATOR, PLAN, PLANNED.replace(LATER, WAS)),
    "written up before it began": (OFFICE, COORDINATOR, WRITE, CAME, WRITTEN),
}


@pytest.mark.parametrize("insider", INSIDERS)
def test_an_insider_with_raw_sql_moves_and_cancels_nothing_in_silence(world, meeting, insider):
    desk, role, *statements = INSIDERS[insider]
    assert not tried(world, desk, role, *statements, **times(meeting))


def times(meeting):
    return {"was": meeting.starts_at, "later": meeting.starts_at + 4 * DAY}


def test_the_same_statements_as_the_coordinator_says_them_are_carried_out_once(world, meeting):
    office = (OFFICE, COORDINATOR)
    assert tried(world, *office, MOVE, MOVED, **times(meeting)) == 1
    assert tried(world, *office, CANCEL, CANCELLED) == 1
    moved = MOVED.replace(WAS, LATER)
    assert not tried(world, *office, MOVE, moved, **times(meeting)), "what is cancelled stays so"
    again = "update coordination_meeting set cancelled_at = null, cancel_reason = '', version = version + 1"
    assert not tried(world, *office, again, WRITTEN)


def test_raw_sql_writes_up_who_came_of_the_group_and_nobody_else(world):
    office, group = (OFFICE, COORDINATOR), group_of(world)
    meeting = met(world, group)
    other = WRITTEN.replace("peel-cas", "ottawa-cas")
    assert not tried(world, *office, WRITE, ATTEND.format("ottawa-cas"), other)
    assert not tried(world, *office, WRITE, CAME, other)
    assert not tried(world, *office, WRITE, CAME, WRITTEN, MOVED, **times(meeting))
    assert not tried(world, *office, BUMP, MOVED, WRITE, CAME, WRITTEN, **times(meeting)), (
        "a change that was none, beside one that was"
    )
    assert tried(world, *office, WRITE, CAME, WRITTEN) == 1


def test_raw_sql_plans_and_moves_nothing_in_a_group_that_is_closed(world, meeting):
    office = (OFFICE, COORDINATOR)
    close(timezone.now())
    for said in ((MOVE, MOVED), (CANCEL, CANCELLED), (PLAN, PLANNED)):
        assert not tried(world, *office, *said, **times(meeting))
    close(None)
    assert tried(world, *office, PLAN, PLANNED, **times(meeting)) == 1, "control"


def close(at):
    """Close the group past what keeps it open: a meeting to come."""
    with database.as_superuser() as cursor:
        cursor.execute("set session_replication_role = replica")
        cursor.execute("update coordination_workinggroup set closed_at = %s", [at])
