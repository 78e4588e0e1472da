"""What test_api.py leaves open: replays, races over HTTP, other people's keys, every server field."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from audit import followers
from audit.models import Entry
from cases.models import Case, LeadFacts
from coordination import references
from coordination.models import IdempotentAnswer
from notifications.models import Notice
from referrals.actions import answering
from referrals.basis_input import BasisIn
from referrals.models import Basis, Referral
from referrals.serializers import CaseIn, ReferralIn
from tests import database
from tests.referrals.test_api import CASE, Api, count, referral_of, strip

PROBLEM = "application/problem+json"


@pytest.fixture
def api(world):
    return lambda desk, role="worker": Api(world.token(desk, role))


def at_once(calls):
    barrier = threading.Barrier(len(calls), timeout=30)

    def run(call):
        try:
            barrier.wait()
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(run, call) for call in calls]]


def same(answer):
    """Return the answer without the order of its names, which jsonb does not keep."""
    body = json.dumps(answer.json(), sort_keys=True)
    return answer.status_code, answer.headers.get("ETag"), answer["Content-Type"], body


def test_a_referral_sent_ten_times_is_one_referral_with_one_answer(api, world):
    peel, case = api("peel-cas"), references.display(world.case().reference)
    answers = [peel.post("referrals", referral_of(case), Idempotency_Key="same") for _ in range(10)]
    assert {a.status_code for a in answers} == {201}
    assert len({same(a) for a in answers}) == 1
    assert (count(Referral), count(IdempotentAnswer)) == (1, 1)
    with database.as_role("worker"):
        assert Entry.objects.filter(verb="referral.sent").count() == 1


def test_a_referral_sent_ten_times_at_once_is_one_referral(api, world):
    case = references.display(world.case().reference)
    clients = [api("peel-cas")] * 10

    def call(client):
        return lambda: client.post("referrals", referral_of(case), Idempotency_Key="same")

    answers = at_once([call(client) for client in clients])
    assert {a.status_code for a in answers} <= {201, 409}
    assert len({same(a) for a in answers if a.status_code == 201}) == 1
    assert {a["Content-Type"] for a in answers if a.status_code == 409} <= {PROBLEM}
    assert (count(Referral), count(IdempotentAnswer)) == (1, 1)
    late = clients[0].post("referrals", referral_of(case), Idempotency_Key="same")
    assert same(late) in {same(a) for a in answers}


def test_a_key_whose_request_failed_is_free_again(api):
    peel = api("peel-cas")
    assert peel.post("cases", {**CASE, "x": 1}, Idempotency_Key="k").status_code == 400
    assert count(IdempotentAnswer) == 0
    assert peel.post("cases", CASE, Idempotency_Key="k").status_code == 201


def test_the_same_key_of_the_same_body_on_another_route_is_another_request(api, world):
    peel = api("peel-cas")
    body = referral_of(references.display(world.case().reference))
    assert peel.post("referrals", body, Idempotency_Key="k").status_code == 201
    other = peel.post("cases", body, Idempotency_Key="k")
    assert other.status_code == 400, "judged on its own, not 422 and not the first one's answer"


def test_a_reused_key_says_nothing_of_the_first_answer(api):
    peel = api("peel-cas")
    first = peel.post("cases", CASE, Idempotency_Key="k")
    other = peel.post("cases", {**CASE, "dependants": 3}, Idempotency_Key="k")
    assert (other.status_code, other["Content-Type"]) == (422, PROBLEM)
    assert "ETag" not in other.headers
    assert first.json()["reference"] not in other.content.decode()
    assert count(Case) == 1


def test_of_changes_with_one_version_at_once_one_is_made(api, world):
    ottawa, peel = api("ottawa-cas"), api("peel-cas")
    for _ in range(5):
        referral = world.referral(services=("peer_support",))
        path = f"referrals/{references.display(referral.reference)}"
        calls = [
            lambda path=path: ottawa.post(f"{path}/accept", If_Match='"2"'),
            lambda path=path: ottawa.post(
                f"{path}/decline", {"reason": "no_capacity"}, If_Match='"2"'
            ),
            lambda path=path: ottawa.post(
                f"{path}/ask", {"questions": ["language"]}, If_Match='"2"'
            ),
            lambda path=path: peel.post(f"{path}/withdraw", {"reason": "safety"}, If_Match='"2"'),
        ]
        answers = at_once(calls * 2)
        statuses = sorted(a.status_code for a in answers)
        assert statuses[0] == 200
        assert statuses.count(200) == 1
        assert set(statuses[1:]) <= {409, 412}
        assert {a["Content-Type"] for a in answers if a.status_code != 200} == {PROBLEM}
        assert peel.get(path).json()["version"] == 3


BODIES = {
    "send": {},
    "ask": {"questions": ["language"]},
    "answer": {"answers": {"language": "yes"}},
    "accept": {},
    "undo_accept": {},
    "decline": {"reason": "no_capacity"},
    "withdraw": {"reason": "safety"},
}


@pytest.mark.parametrize("verb", BODIES)
@pytest.mark.parametrize(
    "headers", [{"If_Match": '"2"'}, {"If_Match": '"1"'}, {}], ids=["right", "stale", "none"]
)
@pytest.mark.parametrize("sent", [True, False])
def test_with_a_right_body_the_invisible_is_still_identical_to_the_absent(
    api, world, verb, headers, sent
):
    referral, north = world.referral(sent=sent), api("north-cas")
    seen = [
        strip(north.post(f"referrals/{references.display(each)}/{verb}", BODIES[verb], **headers))
        for each in (referral.reference, references.new())
    ]
    assert seen[0] == seen[1]
    assert seen[0][0] == 404
    assert seen[0][1]["Content-Type"] == PROBLEM


def test_another_persons_notice_is_identical_to_an_absent_one(api, world):
    world.referral()
    with database.as_role("worker"):
        followers.drain("notify")
        notice = Notice.objects.first()
    north = api("north-cas")
    seen = [strip(north.post(f"notifications/{pk}/done")) for pk in (notice.pk, notice.pk + 999)]
    assert seen[0] == seen[1]
    assert seen[0][0] == 404
    with database.as_role("worker"):
        assert Notice.objects.get(pk=notice.pk).done_at is None


@pytest.mark.parametrize("pk", [0, 2**31, 2**63, 10**30])
def test_a_notice_that_cannot_be_is_404(api, pk):
    answer = api("north-cas").post(f"notifications/{pk}/done")
    assert (answer.status_code, answer["Content-Type"]) == (404, PROBLEM)


def test_another_desk_of_others_is_identical_to_an_absent_one(api, world):
    north = api("north-cas")
    seen = [
        strip(north.post("cases", CASE, Idempotency_Key="k", X_Acting_Desk=slug))
        for slug in ("ottawa-cas", "nowhere-cas")
    ]
    assert seen[0] == seen[1]
    assert seen[0][0] == 403
    assert count(Case) == 0


def test_before_acceptance_the_case_cannot_be_told_from_an_absent_one(api, world):
    referral, ottawa = world.referral(), api("ottawa-cas")
    case = references.display(referral.case.reference)
    absent = references.display(references.new())
    assert strip(ottawa.get(f"cases/{case}")) == strip(ottawa.get(f"cases/{absent}"))
    made = [
        strip(
            ottawa.post("referrals", referral_of(each, to_desk="north-cas"), Idempotency_Key=each)
        )
        for each in (case, absent)
    ]
    assert made[0] == made[1]
    assert made[0][0] == 400


def test_cases_of_others_appear_only_with_an_acceptance_and_never_after_another(api, world):
    referral = world.referral("ottawa")
    case = references.display(referral.case.reference)

    def listed(desk):
        return [each["reference"] for each in api(desk).get("cases").json()["results"]]

    everyone = [slug for slug in world.desks if slug not in {"office", "peel-cas"}]
    assert {desk: listed(desk) for desk in everyone} == {desk: [] for desk in everyone}
    with world.acting("ottawa-cas") as actor:
        answering.accept_referral(referral=referral, actor=actor, at=timezone.now())
    expected = {desk: [case] if desk == "ottawa-cas" else [] for desk in everyone}
    assert {desk: listed(desk) for desk in everyone} == expected


def names_of(*models):
    """Return every name a client could try: fields, their columns, and relations."""
    fields = [field for model in models for field in model._meta.get_fields()]
    return {f.name for f in fields} | {getattr(f, "attname", f.name) for f in fields}


def tried(api_client, path, body, names, **headers):
    """Return the names that were taken, and what the refusals looked like."""
    taken = []
    for name in sorted(names):
        answer = api_client.post(path, {**body, name: 1}, **headers)
        named = answer.status_code == 400 and name in answer.json().get("errors", {})
        if not named or answer["Content-Type"] != PROBLEM:
            taken.append((name, answer.status_code))
    return taken


def test_no_field_of_the_models_of_a_case_can_be_set(api):
    names = (names_of(Case, LeadFacts) | {"team", "owner", "created_by"}) - set(CaseIn().fields)
    assert names >= {"id", "reference", "version", "lead_desk_id", "opened_at"}
    assert tried(api("peel-cas"), "cases", CASE, names, Idempotency_Key="k") == []
    assert (count(Case), count(IdempotentAnswer)) == (0, 0)


def test_no_field_of_the_models_of_a_referral_can_be_set(api, world):
    body = referral_of(references.display(world.case().reference))
    names = names_of(Referral) | {"team", "owner", "created_by", "actions", "facts"}
    names -= set(ReferralIn().fields)
    assert names >= {"id", "status", "version", "responsible_desk_id", "writer_id"}
    peel = api("peel-cas")
    assert tried(peel, "referrals", body, names, Idempotency_Key="k") == []
    for name in names_of(Basis) - set(BasisIn().fields):
        inner = {**body, "basis": {**body["basis"], name: 1}}
        assert peel.post("referrals", inner, Idempotency_Key="k").status_code == 400, name
    assert (count(Referral), count(IdempotentAnswer)) == (0, 0)


@pytest.mark.parametrize(
    ("verb", "desk"),
    [
        ("accept", "ottawa-cas"),
        ("ask", "ottawa-cas"),
        ("decline", "ottawa-cas"),
        ("withdraw", "peel-cas"),
    ],
)
def test_no_verb_takes_a_field_of_the_referral(api, world, verb, desk):
    referral = world.referral()
    path = f"referrals/{references.display(referral.reference)}/{verb}"
    names = names_of(Referral) - set(BODIES[verb]) - {"questions", "suggested_desk"}
    with database.as_role("worker"):
        before = Referral.objects.values().get()
    assert tried(api(desk), path, BODIES[verb], names, If_Match='"2"') == []
    with database.as_role("worker"):
        assert Referral.objects.values().get() == before
