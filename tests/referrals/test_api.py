"""The API's promises: once a key, a version for each change, nothing of others, strict input."""

import json
import threading

import pytest
from django.db import connection
from django.test import Client

from cases.models import Case
from coordination import references
from referrals.models import Referral
from tests import database
from tests.ends import FAR

CASE = {
    "age_band": "18_20",
    "gender_identity": "woman_girl",
    "situation": "current",
    "service_language": "en",
}


class Api:
    """A client of one agency's system."""

    def __init__(self, token):
        self.client = Client(headers={"Authorization": f"Token {token}"})

    def get(self, path):
        return self.client.get(f"/api/v1/{path}")

    def post(self, path, body=None, **headers):
        return self._send(self.client.post, path, body, headers)

    def patch(self, path, body=None, **headers):
        return self._send(self.client.patch, path, body, headers)

    def _send(self, send, path, body, headers):
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if isinstance(body, str) else json.dumps(body or {})
        return send(f"/api/v1/{path}", data, content_type="application/json", headers=names)


@pytest.fixture
def api(world):
    return lambda desk, role="worker": Api(world.token(desk, role))


def referral_of(case, **more):
    return {
        "case": case,
        "to_desk": "ottawa-cas",
        "services": ["emergency_shelter"],
        "urgency": "urgent",
        "basis": {
            "code": "express_informed",
            "audience": ["cas", "community_org"],
            "form": "spoken",
            "until": FAR,
        },
        **more,
    }


def count(model):
    with database.as_role("worker"):
        return model.objects.count()


def test_a_referral_travels_from_one_desk_to_another(api):
    peel, ottawa, stranger = api("peel-cas"), api("ottawa-cas"), api("north-cas")
    case = peel.post("cases", CASE, Idempotency_Key="c1").json()
    made = peel.post("referrals", referral_of(case["reference"]), Idempotency_Key="r1")
    assert made.status_code == 201
    reference = made.json()["reference"]
    assert made.json()["responsible_desk"] == "peel-cas"

    (line,) = ottawa.get("referrals?box=inbox").json()["results"]
    assert line["actions"] == ["ask", "accept", "decline"]
    read = ottawa.get(f"referrals/{reference}")
    accepted = ottawa.post(f"referrals/{reference}/accept", If_Match=read["ETag"])
    assert accepted.status_code == 200
    assert accepted.json()["responsible_desk"] == "ottawa-cas"
    assert "trafficking_status" not in ottawa.get(f"cases/{case['reference']}").json()
    assert "trafficking_status" in peel.get(f"cases/{case['reference']}").json()

    assert stranger.get(f"referrals/{reference}").status_code == 404
    assert stranger.get("referrals?box=inbox").json()["results"] == []


def test_the_same_key_creates_once(api):
    peel = api("peel-cas")
    answers = [peel.post("cases", CASE, Idempotency_Key="same") for _ in range(10)]
    assert {a.status_code for a in answers} == {201}
    assert len({a.json()["reference"] for a in answers}) == 1
    assert count(Case) == 1


def test_the_same_key_ten_times_at_once_creates_once(api):
    peel = api("peel-cas")
    statuses = []

    def run():
        try:
            statuses.append(peel.post("cases", CASE, Idempotency_Key="same").status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) <= {201, 409}
    assert 201 in statuses
    assert count(Case) == 1


def test_a_key_belongs_to_its_body_its_person_and_its_route(api):
    peel, north = api("peel-cas"), api("north-cas")
    first = peel.post("cases", CASE, Idempotency_Key="k").json()
    other_body = peel.post("cases", {**CASE, "dependants": 2}, Idempotency_Key="k")
    assert other_body.status_code == 422
    assert first["reference"] not in other_body.content.decode()
    other_person = north.post("cases", CASE, Idempotency_Key="k")
    assert other_person.status_code == 201
    assert other_person.json()["reference"] != first["reference"]
    route = peel.post("referrals", referral_of(first["reference"]), Idempotency_Key="k")
    assert route.status_code == 201


def test_creating_needs_a_key(api):
    assert api("peel-cas").post("cases", CASE).status_code == 400
    assert count(Case) == 0


def test_a_change_names_its_version_428_then_409_then_412(api, world):
    referral = world.referral()
    path = f"referrals/{references.display(referral.reference)}"
    ottawa = api("ottawa-cas")
    assert ottawa.post(f"{path}/accept").status_code == 428
    stale = ottawa.post(f"{path}/accept", If_Match='"1"')
    assert stale.status_code == 412
    assert ottawa.post(f"{path}/accept", If_Match='"2"').status_code == 200
    assert ottawa.post(f"{path}/accept").status_code == 428
    late = ottawa.post(f"{path}/accept", If_Match='"1"')
    assert late.status_code == 409
    assert "undo_accept" in late.json()["actions"]
    assert late["Content-Type"] == "application/problem+json"


def strip(response):
    """Return what a client can tell apart, without the time and the length of the path."""
    headers = {k: v for k, v in response.headers.items() if k not in {"Date", "Set-Cookie"}}
    return response.status_code, headers, response.content


@pytest.mark.parametrize("verb", ["", "/accept", "/decline", "/ask", "/withdraw", "/send"])
def test_the_invisible_is_identical_to_the_absent(api, world, verb):
    referral = world.referral()
    north = api("north-cas")
    absent = references.display(references.new())
    seen = []
    for reference in (references.display(referral.reference), absent):
        path = f"referrals/{reference}{verb}"
        seen.append(strip(north.post(path, If_Match='"2"') if verb else north.get(path)))
    assert seen[0] == seen[1]
    assert seen[0][0] == 404


def test_an_invisible_case_is_identical_to_an_absent_one(api, world):
    case = world.case()
    north = api("north-cas")
    absent = references.display(references.new())
    visible = references.display(case.reference)
    assert strip(north.get(f"cases/{visible}")) == strip(north.get(f"cases/{absent}"))
    made = [
        strip(north.post("referrals", referral_of(each), Idempotency_Key=each))
        for each in (visible, absent)
    ]
    assert made[0] == made[1]
    assert made[0][0] == 400


def test_lists_show_exactly_what_each_desk_was_sent_sent_or_leads(api, world):
    to_desk = world.referral()
    to_team = world.referral("ottawa")
    other = world.referral("north-cas", sender="ottawa-community")
    draft = world.referral(sent=False)
    shown = {"peel-cas": {to_desk, to_team, draft}, "ottawa-cas": {to_desk, to_team}}
    shown |= {"ottawa-community": {to_team, other}, "north-cas": {other}}
    shown |= {"ottawa-police": set(), "north-police": set(), "peel-community": set()}
    for desk, expected in shown.items():
        client = api(desk)
        boxes = ("inbox", "waiting", "active", "sent", "needs_action", "drafts", "closed")
        lists = [client.get(f"referrals?box={box}").json()["results"] for box in boxes]
        found = [each["reference"] for results in lists for each in results]
        assert sorted(found) == sorted(references.display(r.reference) for r in expected), desk
        cases = {each["reference"] for each in client.get("cases").json()["results"]}
        led = {references.display(r.case.reference) for r in expected if r.from_desk.slug == desk}
        assert cases == led, desk


@pytest.mark.parametrize(
    "field",
    ["id", "reference", "status", "version", "lead_desk_id", "opened_at", "grants", "owner"],
)
def test_server_owned_fields_of_a_case_are_refused(api, field):
    answer = api("peel-cas").post("cases", {**CASE, field: "x"}, Idempotency_Key="k")
    assert answer.status_code == 400
    assert field in answer.json()["errors"]
    assert count(Case) == 0


@pytest.mark.parametrize(
    "field",
    [
        "id",
        "status",
        "responsible_desk",
        "from_desk",
        "due_at",
        "sent_at",
        "writer",
        "accepting_desk",
    ],
)
def test_server_owned_fields_of_a_referral_are_refused(api, world, field):
    case = references.display(world.case().reference)
    body = referral_of(case, **{field: "x"})
    answer = api("peel-cas").post("referrals", body, Idempotency_Key="k")
    assert answer.status_code == 400
    assert field in answer.json()["errors"]
    assert count(Referral) == 0


def test_a_case_cannot_be_opened_for_another_desk(api):
    answer = api("peel-cas").post("cases", {**CASE, "lead_desk": "north-cas"}, Idempotency_Key="k")
    assert answer.status_code == 400
    assert count(Case) == 0


def test_a_verb_takes_nothing_that_it_does_not_know(api, world):
    referral = world.referral()
    path = f"referrals/{references.display(referral.reference)}/accept"
    answer = api("ottawa-cas").post(path, {"responsible_desk": "north-cas"}, If_Match='"2"')
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "null",
        '"x"',
        '{"age_band": NaN}',
        '{"age_band": "18_20", "age_band": "16_17"}',
        '{"age_band": "a\\u0000b"}',
        '{"age_band": "\\ud800"}',
        "[" * 100_000,
        '{"dependants": 1e400}',
        '{"dependants": ' + "9" * 5000 + "}",
        '{"age_band": {"$gt": ""}}',
        '{"services": "x"}',
    ],
)
def test_what_cannot_be_read_is_a_plain_problem(api, body):
    answer = api("peel-cas").post("cases", body, Idempotency_Key="k")
    assert answer.status_code == 400, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert count(Case) == 0


@pytest.mark.parametrize(
    ("token", "status"), [("", 401), ("relay_nothing", 401), ("relay_x y", 401)]
)
def test_a_wrong_token_is_401(db, token, status):
    answer = Api(token).get("me")
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"


def test_a_deactivated_persons_token_is_dead_at_once(api, world):
    peel = api("peel-cas")
    assert peel.get("me").status_code == 200
    with database.as_owner() as cursor:
        cursor.execute("update coordination_user set is_active = false")
    assert peel.get("me").status_code == 401


def test_an_acting_desk_that_is_not_ones_own_is_refused(api, world):
    referral = world.referral()
    path = f"referrals/{references.display(referral.reference)}/accept"
    answer = api("peel-cas").post(path, If_Match='"2"', X_Acting_Desk="ottawa-cas")
    assert answer.status_code == 403


def test_pages_of_a_box_show_each_line_once_while_others_arrive(api, world):
    for _ in range(30):
        world.referral()
    ottawa = api("ottawa-cas")
    first = ottawa.get("referrals?box=inbox").json()
    assert len(first["results"]) == 25
    world.referral()
    query = first["next"].partition("?")[2]
    second = ottawa.get(f"referrals?{query}").json()
    seen = [each["reference"] for each in first["results"] + second["results"]]
    assert len(seen) == len(set(seen)) == 31
    assert second["next"] is None
    assert ottawa.get("referrals?box=inbox&cursor=forged").status_code == 400


def test_the_schema_is_valid_openapi(db):
    import yaml
    from openapi_spec_validator import validate

    document = yaml.safe_load(Client().get("/api/schema/").content)
    validate(document)
    assert document["openapi"].startswith("3.1")
    assert document["components"]["securitySchemes"]["token"]["name"] == "Authorization"
    for operations in document["paths"].values():
        for operation in operations.values():
            assert {"401", "403", "429"} <= set(operation["responses"])
    assert {"409", "412", "428"} <= set(
        document["paths"]["/api/v1/referrals/{reference}/accept"]["post"]["responses"]
    )
