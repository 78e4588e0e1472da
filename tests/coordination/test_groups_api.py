"""Working groups through the API: once a key, against the version that was read."""

import datetime as dt

from coordination.models import GroupAction, WorkingGroup
from coordination.roles import Role
from tests import database
from tests.coordination.test_groups import COORDINATOR, OFFICE, today
from tests.referrals.test_api import Api

GROUP = {
    "name_en": "Dental care",
    "name_fr": "Soins dentaires",
    "purpose": "Nobody offers it in the North.",
    "agencies": ["north-cas", "peel-cas"],
}


def test_the_office_writes_and_the_desk_answers_against_what_it_read(world):
    office = Api(world.token(OFFICE, COORDINATOR))
    made = office.post("groups", GROUP, Idempotency_Key="g1")
    again = office.post("groups", GROUP, Idempotency_Key="g1")
    assert (made.status_code, again.json()["reference"]) == (201, made.json()["reference"])
    code = made.json()["reference"]
    when = {"starts_at": f"{today()}T00:00:01Z", "place": "video", "agenda": "Who could?"}
    meeting = office.post(f"groups/{code}/meetings", when, Idempotency_Key="m1").json()
    said = {"attending": ["north-cas"], "decisions": "Ask two clinics."}
    written = office.post(f"meetings/{meeting['reference']}/write_up", said, If_Match='"1"')
    assert written.json()["attending"] == ["north-cas"]
    plan = {
        "group": code,
        "what": "Ask two clinics.",
        "owner": "north-cas",
        "due_on": f"{today() + dt.timedelta(days=9)}",
        "cause": {"service": "dental", "region": "north"},
    }
    action = office.post("actions", plan, Idempotency_Key="a1").json()
    assert action["actions"] == ["take", "finish", "drop", "change"]
    lead = Api(world.token("north-cas", Role.LEAD))
    address = f"actions/{action['reference']}"
    assert lead.get(address).json()["actions"] == ["take", "finish"]
    assert lead.post(f"{address}/take", {}).status_code == 428
    assert lead.post(f"{address}/take", {}, If_Match='"9"').status_code == 412
    assert lead.post(f"{address}/drop", {"reason": "no_use"}, If_Match='"1"').status_code == 403
    taken = lead.post(f"{address}/take", {"words": "Phoned both."}, If_Match='"1"')
    assert (taken.status_code, taken.json()["status"]) == (200, "in_hand")
    assert lead.post(f"{address}/take", {}, If_Match='"2"').status_code == 409
    assert lead.post(f"{address}/finish", {}, If_Match='"2"').json()["status"] == "done"
    gap = office.get("coverage/north/dental").json()
    assert [(each["status"], each["moved"]) for each in gap["actions"]] == [("done", "not_yet")]
    assert office.post(f"groups/{code}/close", {}, If_Match='"1"').json()["closed_at"]
    stranger = Api(world.token("ottawa-cas", Role.LEAD))
    assert stranger.get("groups").json()["results"] == []
    assert stranger.get(address).status_code == 404
    assert stranger.post(f"{address}/take", {}, If_Match='"3"').status_code == 404


def test_what_is_wrong_is_named_by_its_field_and_nothing_is_stored(world):
    office = Api(world.token(OFFICE, COORDINATOR))
    for wrong in (
        {"purpose": "call 416-555-0199"},
        {"agencies": ["nobody"]},
        {"name_fr": ""},
        {"status": "open"},
    ):
        answer = office.post("groups", GROUP | wrong, Idempotency_Key=str(wrong))
        assert answer.status_code == 400
        assert next(iter(wrong)) in str(answer.json())
        assert "416" not in str(answer.json())
    made = office.post("groups", GROUP, Idempotency_Key="g").json()["reference"]
    plan = {"group": made, "what": "Ask.", "owner": "north-cas", "due_on": f"{today()}"}
    causes = (
        {},
        {"desk": "nobody"},
        {"table": "unmet", "period": "2020-Q1"},
        {"table": "unmet", "period": "2020-Q1", "place": {"service": "dental; --"}},
    )
    for cause in causes:
        answer = office.post("actions", {**plan, "cause": cause}, Idempotency_Key=str(cause))
        assert answer.status_code == 400
    with database.as_role("worker"):
        assert WorkingGroup.objects.count() == 1
        assert not GroupAction.objects.exists()


def test_operations_say_what_waits_and_where_nobody_takes_it(world):
    found = Api(world.token(OFFICE, Role.ANALYST)).get("office/operations").json()
    assert {"name": "services", "waiting": 0} in found["lists"]
    assert not {"overdue", "unassigned"} & {each["name"] for each in found["lists"]}
    assert {"service": "dental", "region": "north", "actions": 0, "open": 0} in found["gaps"]
    assert found["slow"] == []
