"""Every error of the API is a problem document, however odd the request."""

import re

import pytest
from django.test import Client

from coordination import references
from tests.ends import FAR
from tests.referrals.test_api import CASE, Api, referral_of

PROBLEM = "application/problem+json"


@pytest.fixture
def peel(world):
    return Api(world.token("peel-cas"))


@pytest.mark.parametrize(
    "more",
    [
        {"access_needs": ["\ud800"]},
        {"access_needs": ["a\x00b"]},
        {"areas_to_avoid": ["\ud800"]},
        {"areas_to_avoid": ["a\x00b"]},
        {"contact_rules": [["no_voicemail_text"]]},
        {"safety_flags": {"a": 1}},
        {"dependants": True},
        {"dependants": -1},
        {"dependants": 10**400},
        {"\u202e": "x"},
        {"lead_desk": "\u0130"},
    ],
    ids=str,
)
def test_an_odd_fact_is_a_plain_problem(peel, more):
    answer = peel.post("cases", {**CASE, **more}, Idempotency_Key="k")
    assert (answer.status_code, answer["Content-Type"]) == (400, PROBLEM)


@pytest.mark.parametrize("send", [True, False])
@pytest.mark.parametrize(
    "until",
    [
        "9999-12-31",
        "0001-01-01",
        "9999-12-31T23:59:59.999999-12:00",
        "0001-01-01T00:00:00+14:00",
        "2026-02-30",
        "2099-12-31T00:00:00",
        "99999-01-01",
        "",
        None,
        5,
        [],
        {},
    ],
)
def test_an_odd_end_of_a_basis_never_breaks_the_server(peel, world, until, send):
    case = references.display(world.case().reference)
    body = referral_of(case, send=send)
    body["basis"]["until"] = until
    answer = peel.post("referrals", body, Idempotency_Key="k")
    assert answer.status_code in {201, 400}, answer.content
    if answer.status_code == 201:
        path = f"referrals/{answer.json()['reference']}"
        assert peel.get(path).status_code == 200
        assert peel.get("referrals?box=sent").status_code == 200
        assert peel.get("referrals?box=drafts").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("get", "nothing", {}, 404),
        ("get", "cases/%00", {}, 404),
        ("get", "cases/%ff%fe", {}, 404),
        ("get", "referrals/" + "x" * 3000, {}, 404),
        ("get", "referrals?box=%00", {}, 400),
        ("get", "referrals?box=nothing", {}, 400),
        ("get", "referrals?cursor=%00", {}, 400),
        ("get", "referrals?cursor=%ff", {}, 400),
        ("get", "cases?cursor=%00", {}, None),
        ("get", "cases?cursor=nothing", {}, None),
        ("delete", "cases", {}, 405),
        ("put", "referrals", {}, 405),
        ("patch", "referrals", {}, 405),
        ("get", "cases", {"Accept": "application/xml"}, None),
        ("get", "me", {"Authorization": "Token a b c"}, 401),
        ("get", "me", {"Authorization": "Token \u00e9"}, 401),
        ("get", "me", {"Authorization": "Bearer x"}, 401),
        ("get", "me?format=xml", {}, None),
    ],
)
def test_an_odd_request_is_a_plain_problem(peel, method, path, headers, status):
    answer = getattr(peel.client, method)(f"/api/v1/{path}", headers=headers)
    assert answer.status_code < 500
    if status:
        assert answer.status_code == status
    if answer.status_code >= 400:
        assert answer["Content-Type"] == PROBLEM


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ("age_band=18_20", "application/x-www-form-urlencoded"),
        ("<a/>", "application/xml"),
        ("{}", "text/plain"),
        ("{}", ""),
    ],
)
def test_what_is_not_json_is_415(peel, data, kind):
    answer = peel.client.post(
        "/api/v1/cases", data, content_type=kind, headers={"Idempotency-Key": "k"}
    )
    assert (answer.status_code, answer["Content-Type"]) == (415, PROBLEM)


@pytest.mark.parametrize("key", ["", "k" * 101, "a\x07b", "a\x00b"])
def test_a_key_that_cannot_be_kept_is_refused(peel, key):
    answer = peel.post("cases", CASE, Idempotency_Key=key)
    assert (answer.status_code, answer["Content-Type"]) == (400, PROBLEM)


@pytest.mark.parametrize("match", ["*", "2", 'W/"1"', '"x"', '"\u00b2"', '"99999999999"', "-2"])
def test_a_match_that_is_not_the_version_is_never_taken_for_another(peel, world, match):
    referral = world.referral()
    ottawa = Api(world.token("ottawa-cas"))
    path = f"referrals/{references.display(referral.reference)}"
    answer = ottawa.post(f"{path}/accept", If_Match=match)
    expected = {"2": 200}.get(match, 412)
    assert answer.status_code == expected, answer.content


@pytest.mark.parametrize("path", ["me", "cases", "referrals", "notifications", "desks"])
def test_nothing_is_shown_without_a_token(db, path):
    answer = Client().get(f"/api/v1/{path}")
    assert (answer.status_code, answer["Content-Type"]) == (401, PROBLEM)


@pytest.mark.parametrize("until", [FAR, "2099-12-31", "9999-12-31"])
def test_an_odd_end_of_a_basis_never_breaks_the_page(world, until):
    case = references.display(world.case().reference)
    client = Client(raise_request_exception=False)
    client.force_login(world.user("peel-cas"))
    page = client.get(f"/en/cases/{case}/refer/")
    assert page.status_code == 200
    form = page.context["form"]
    offered = [
        c for _g, group in form.fields["to"].choices if isinstance(group, list) for c in group
    ]
    to = next(value for value, label in offered if "ottawa-cas" in f"{value}{label}")
    typed = {
        "services": ["emergency_shelter"],
        "urgency": "urgent",
        "basis": "express_informed",
        "consent_form": "spoken",
        "audience": ["cas"],
        "form": "spoken",
        "until": until,
        "to": to,
        "key": "k",
    }
    answer = client.post(f"/en/cases/{case}/refer/", typed)
    assert answer.status_code in ({302} if until == FAR else {422}), answer.content


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"to_desk": "peel-cas"}, "to_desk"),
        ({"to_desk": "ottawa-police"}, "to_desk"),
        ({"basis": {"until": "2001-01-01"}}, "basis.until"),
        ({"basis": {"audience": []}}, "basis.audience"),
        ({"basis": {"code": "not_yet"}}, "basis.code"),
    ],
)
def test_an_error_names_the_field_as_the_body_has_it(world, peel, changes, named):
    body = referral_of(world.case().reference)
    sent = {**body, **changes, "basis": {**body["basis"], **changes.get("basis", {})}}
    answer = peel.post("referrals", sent, Idempotency_Key="1")
    assert answer.status_code == 400
    errors = answer.json()["errors"]
    for name in named.split("."):
        errors = errors[name]
    assert errors


def test_every_moment_is_iso_8601_in_utc(world, peel):
    world.referral()
    moments = []

    def collect(node):
        if isinstance(node, dict):
            for name, value in node.items():
                if name.endswith("_at") or name in {"until", "since"}:
                    moments.append(value)
                collect(value)
        elif isinstance(node, list):
            for each in node:
                collect(each)

    reference = peel.get("cases").json()["results"][0]["reference"]
    for path in ("cases", "referrals?box=sent", "handoffs", f"cases/{reference}/timeline",
                 f"cases/{reference}/access", "notifications"):  # fmt: skip
        collect(peel.get(path).json())
    said = [each for each in moments if each]
    assert said
    assert [each for each in said if not re.fullmatch(r"[\dT:.-]+(Z|\+00:00)", each)] == []
