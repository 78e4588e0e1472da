"""What a list answers is what the OpenAPI document says of it."""

import pytest
import yaml
from django.test import Client
from django.utils import timezone
from jsonschema import Draft202012Validator, FormatChecker

from audit import followers
from cases.actions.notes import Words, add_note
from coordination import references
from coordination.roles import Role
from tests import database
from tests.coordination.test_groups import group_of, met, planned, write_up
from tests.referrals.test_handoffs import propose

WHO = [
    ("peel-cas", Role.WORKER),
    ("peel-cas", Role.LEAD),
    ("peel-cas", Role.AGENCY_ADMIN),
    ("office", Role.AUDITOR),
    ("office", Role.COORDINATOR),
]


@pytest.fixture
def document(db):
    return yaml.safe_load(Client().get("/api/schema/").content)


def lists_of(document):
    for path, operations in document["paths"].items():
        answer = operations.get("get", {}).get("responses", {}).get("200", {})
        schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
        assert schema.get("type") != "array", path
        if "results" in schema.get("properties", {}) or schema.get("$ref", "").endswith("PageOut"):
            yield path, schema


def test_every_list_answers_as_the_document_says(world, document):
    case = world.case()
    referral = world.referral(case=case)
    world.referral("peel-cas", sender="ottawa-cas")
    propose(world, case)
    with world.acting("peel-cas") as actor:
        for subject in (case.subject, referral.subject):
            words = Words("Needs a ride from the stop.")
            add_note(actor=actor, case=case, about=subject, words=words, at=timezone.now())
    group = group_of(world)
    planned(world, group)
    write_up(world, met(world, group))
    with database.as_role("worker"):
        followers.drain("notify")
    clients = [
        Client(headers={"Authorization": f"Token {world.token(desk, role)}"}) for desk, role in WHO
    ]
    filled = set()
    for path, schema in lists_of(document):
        of = {"/cases/": case, "/groups/": group}
        about = next((each for part, each in of.items() if part in path), referral)
        address = path.replace("{kind}", "referral").replace(
            "{reference}", references.display(about.reference)
        )
        answers = [client.get(address) for client in clients]
        told = [each.json() for each in answers if each.status_code == 200]
        assert told, f"{path}: {[each.status_code for each in answers]}"
        whole = {**schema, "components": document["components"]}
        for body in told:
            Draft202012Validator(whole, format_checker=FormatChecker()).validate(body)
            filled |= {path} if body["results"] else set()
    assert {path.removeprefix("/api/v1/") for path in filled} >= {
        "actions", "agencies", "cases", "cases/{reference}/consents", "cases/{reference}/notes",
        "desks", "groups", "groups/{reference}/meetings", "handoffs", "notifications", "people", "referrals", "referrals/{reference}/notes",
        "retention", "teams",
    }  # fmt: skip
