"""Working groups past their actions: raw SQL, two at once, who left, and what is disposed of."""

import datetime as dt
import threading

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from audit import followers
from audit.models import Entry
from coordination import coverage, disposing, group_actions, groups, steps, vocabularies
from coordination.counting.sealed import SERVICES
from coordination.errors import Invalid, NotAllowed
from coordination.group_actions import Cause
from coordination.models import GroupAction, GroupAgency, Meeting, Step, WorkingGroup
from coordination.references import display
from coordination.roles import Role
from tests import database
from tests.coordination.releases import release
from tests.coordination.test_groups import (
    COORDINATOR,
    OFFICE,
    OWED,
    SAY,
    act,
    group_of,
    met,
    page,
    planned,
    say,
    verbs_of,
    write_up,
)
from tests.coordination.test_said_now import tried
from tests.referrals.test_api import Api
from tests.referrals.test_walls_of_handoffs import entry

CODE = "0ACT0000"
PLAN = (
    "insert into coordination_groupaction (reference, group_id, what, owner_id, due_on, due_set_at,"
    ' status, said, drop_reason, planned_at, version, cause, service, region, "table", period,'
    f" place) select '{CODE}', id, 'x', %(north_cas)s, current_date, now(), 'planned', '', '',"
    " now(), 1, '{cause}', '{service}', '{region}', '{table}', '{period}', '{place}'"
    " from coordination_workinggroup"
)
SAID = SAY.format(
    "action.planned",
    "action",
    OWED + " || jsonb_build_object('cause', cause, 'group',"
    " (select reference from coordination_workinggroup))",
    "groupaction",
)


def insider(world, **cause):
    known = dict.fromkeys(("service", "region", "table", "period", "place"), "")
    said = {**known, "cause": "table" if "table" in cause else "gap", **cause}
    return tried(world, OFFICE, COORDINATOR, PLAN.format(**said), SAID)


@pytest.mark.parametrize(
    "cause",
    [
        {"service": SERVICES[0], "region": "north"},
        {"service": "jane_doe", "region": "north"},
        {"service": "dental", "region": "mary_street_5"},
        {"table": "jane_doe_is_there", "period": "2026-Q3"},
        {"table": "unmet", "period": "2026-Q2"},
        {"table": "unmet", "period": "2026-Q3", "place": "service=jane_doe"},
        {"table": "unmet", "period": "2026-Q3", "place": f"service={SERVICES[0]}"},
        {"table": "unmet", "period": "2026-Q3", "place": "name=dental"},
        {"table": "unmet", "period": "2026-Q3", "place": "service=dental,service=employment"},
        {"table": "time_to_accept", "period": "2026-Q3", "place": "team=jane_doe"},
    ],
)
def test_an_action_has_no_cause_that_is_not_there_whatever_the_sql(world, cause):
    group_of(world)
    release("2026-Q3", lambda _table, _at: 40)
    assert insider(world, **cause) == 0


def test_what_is_there_is_a_cause_by_sql_too(world):
    group_of(world)
    release("2026-Q3", lambda _table, _at: 40)
    assert insider(world, table="unmet", period="2026-Q3", place="receiver=north,service=dental")
    with database.as_superuser() as admin:
        admin.execute("select prosrc from pg_proc where proname = 'cause_known'")
        (source,) = admin.fetchone()
    services = set(vocabularies.codes("service_need")) - set(SERVICES)
    missing = {code for code in (*services, *coverage.REGIONS) if f"'{code}'" not in source}
    assert missing == set()
    assert not any(f"'{code}'" in source for code in SERVICES)


DROP = (
    "update coordination_groupaction set status = 'dropped', drop_reason = '{}',"
    " ended_at = now(), version = version + 1"
)


def test_an_action_is_dropped_for_a_reason_that_there_is(world):
    planned(world)
    for reason, rows in (("jane_doe_416", 0), ("no_means", 1)):
        assert tried(world, OFFICE, COORDINATOR, DROP.format(reason), say("dropped")) == rows


def test_what_the_stewards_decide_about_causes_no_action_on_a_page_or_through_the_api(world):
    group = group_of(world)
    for service in SERVICES:
        with pytest.raises(Invalid, match="stewards"):
            planned(world, group, cause=Cause(service=service, region="north"))
        office = page(world)
        asks = f"/en/office/actions/new/?service={service}&region=north"
        assert office.get(asks).status_code == 404
        assert "actions/new" not in office.get(f"/en/office/services/north/{service}/").text
    assert "actions/new" in office.get("/en/office/services/north/dental/").text
    api = Api(world.token(OFFICE, COORDINATOR))
    plan = {"group": group.reference, "what": "Ask.", "owner": "north-cas"}
    plan |= {"due_on": f"{timezone.localdate()}"}
    cause = {"service": SERVICES[0], "region": "north"}
    refused = api.post("actions", {**plan, "cause": cause}, Idempotency_Key="1")
    assert refused.status_code == 400
    with database.as_role("worker"):
        assert not GroupAction.objects.exists()


def test_of_two_who_open_a_group_of_one_name_at_once_one_is_told_to_choose_another(
    world, monkeypatch
):
    world.user(OFFICE, COORDINATOR)
    barrier, outcomes, looked = threading.Barrier(2, timeout=30), [], threading.local()
    look = groups._require_own_name

    def both_look(group):
        look(group)
        if not hasattr(looked, "once"):
            looked.once = True
            barrier.wait()

    def run():
        try:
            group_of(world)
            outcomes.append("open")
        except Invalid as refusal:
            outcomes.append(str(refusal))
        finally:
            connection.close()

    monkeypatch.setattr(groups, "_require_own_name", both_look)
    threads = [threading.Thread(target=run) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(outcomes) == ["Another open group has this name. Choose another.", "open"]


def test_raw_sql_gives_no_group_anothers_name(world):
    group_of(world)
    other = group_of(world, name="Housing")
    names = (
        "update coordination_workinggroup set {} = 'DENTAL care in the North{}',"
        " version = version + 1 where reference = '" + other.reference + "'"
    )
    data = '{"joined": [], "left": []}'
    said = entry(f"group:{other.reference}", verb="group.changed", data=data)
    assert tried(world, OFFICE, COORDINATOR, names.format("name_en", ""), said) == 0
    assert tried(world, OFFICE, COORDINATOR, names.format("name_fr", " (FR)"), said) == 0
    assert tried(world, OFFICE, COORDINATOR, names.format("name_en", " too"), said) == 1


def test_the_lead_of_an_agency_that_left_neither_sees_nor_moves_its_action(world):
    """An agency leaves with no open action; one that is opened again, or raw SQL, is no way back."""
    group, lead = group_of(world), ("north-cas", Role.LEAD)
    action = planned(world, group)
    code = display(action.reference)
    own, path = f"/en/groups/actions/{code}/", f"actions/{code}"
    client, api = page(world, *lead), Api(world.token(*lead))
    assert client.get(own).status_code == api.get(path).status_code == 200
    with database.as_role("worker"):
        agency = world.desks["north-cas"].agency
        GroupAgency.objects.filter(agency=agency).update(left_at=timezone.now())
    assert client.get(own).status_code == api.get(path).status_code == 404
    assert client.post(f"{own}take/").status_code == 404
    assert api.post(f"{path}/take", {}, If_Match='"1"').status_code == 404
    assert api.get("actions").json()["results"] == []
    with pytest.raises(NotAllowed):
        act(world, action, "take", who=lead)
    with world.acting(*lead) as actor:
        assert group_actions.waiting(actor) == 0
        assert not GroupAction.objects.exists()
    take = "update coordination_groupaction set status = 'in_hand', version = version + 1"
    data = f'{{"said": false, "owner": "north-cas", "due_on": "{action.due_on}"}}'
    said = entry(f"action:{action.reference}", verb="action.taken", data=data)
    assert tried(world, *lead, take, said) == 0


def night():
    with database.as_role("worker"):
        for name in settings.RECORD_FOLLOWERS:
            followers.drain(name)
        return disposing.dispose("groups", at=timezone.now())


def test_a_closed_group_goes_with_what_was_in_it_and_leaves_a_certificate(world):
    kept, group = group_of(world, name="Housing"), group_of(world)
    meeting, action = met(world, group), planned(world, group)
    write_up(world, meeting)
    night()
    with database.as_role("worker"):
        steps.climb(at=timezone.now())
        assert Step.objects.filter(subject=action.subject).exists()
    act(world, action, "finish")
    with world.acting(OFFICE, COORDINATOR) as actor:
        groups.close_group(actor=actor, group=group, at=timezone.now())
    assert night() == 0
    with database.as_role("worker"), transaction.atomic():
        long_ago = timezone.now() - dt.timedelta(days=85 * 31)
        WorkingGroup.objects.all().update(opened_at=long_ago)
        WorkingGroup.objects.filter(pk=group.pk).update(closed_at=long_ago)
    assert night() == 0, "the record says that it was closed today"
    with database.as_superuser() as admin:
        admin.execute("set session_replication_role = replica")
        admin.execute("update audit_entry set occurred_at = occurred_at - interval '85 months'")
    with database.as_role("worker"):
        assert disposing.dispose("groups", at=timezone.now()) == 1
        assert list(WorkingGroup.objects.all()) == [kept]
        for model in (Meeting, GroupAction, Meeting.attending.through):
            assert not model.objects.exists()
        assert not Step.objects.filter(subject=action.subject).exists()
        certificate = Entry.objects.get(subject="retention:groups").body.data
        assert (certificate["references"], certificate["count"]) == ([group.reference], 1)
        for row in (group, meeting, action):
            about = Entry.objects.filter(subject=row.subject)
            assert {hasattr(each, "body") for each in about} == {False}
    assert verbs_of(group) == ["group.opened", "group.closed"], "that it was stays recorded"
