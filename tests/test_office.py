"""The Office sees the network, not the people: an analyst's pages and API, walked whole."""

import re

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from cases.actions.notes import Words, add_note
from cases.models import Case, Note
from coordination import references
from coordination.roles import Role
from referrals.models import Handoff, Referral
from tests.releases import release
from tests.test_permissions import ROWS, address, handed

ANALYST = ("office", Role.ANALYST)
PUBLIC = {"schema", "docs", "api:vocabularies"}
"""Say what codes there are, and nothing of anybody."""

FACTS = ("age_band", "gender_identity", "situation", "dependants", "contact_rules", "safety_flags")
"""Of a person, as the API names them."""


@pytest.fixture
def busy(world):
    """A case with its referral, its offer to another team, and words."""
    case = world.case(needs=["peer_support"], areas_to_avoid=["north-area"])
    referral = world.referral("ottawa", case=case)
    handoff = handed(world, referral)
    with world.acting("peel-cas") as actor:
        words = Words("Interpreter is arranged.")
        add_note(actor=actor, case=case, about=case.subject, words=words, at=timezone.now())
    release()
    return referral, handoff


def test_an_analyst_meets_no_record_at_any_address(world, busy):
    referral, handoff = busy
    secrets = {"Interpreter is arranged"}
    for each in (referral, referral.case, handoff):
        secrets |= {each.reference, references.display(each.reference)}
    opened, told = 0, []
    for name in [row.split()[1] for row in ROWS if row.startswith("get ")]:
        asked = address(name, referral, handoff)
        analyst = Client()  # anew: one of the addresses ends the session
        analyst.force_login(world.user(*ANALYST))
        answer = analyst.get(asked, follow=True)
        if answer.status_code != 200:
            continue
        opened += 1
        # What was asked for stands in the address itself, and may be repeated there.
        said = answer.content.decode().replace(asked, "")
        told += [f"{name}: {secret}" for secret in secrets if secret in said]
        if name not in PUBLIC and answer.headers["Content-Type"].startswith("application/json"):
            told += [f"{name}: {fact}" for fact in FACTS if re.search(rf'"{fact}"\s*:', said)]
    print(f"{opened} addresses opened")
    assert not told, "\n".join(told)
    assert opened > 30


@pytest.mark.parametrize("role", [Role.ANALYST, Role.COORDINATOR, Role.DATA_STEWARD])
def test_the_database_shows_the_office_no_record_either(world, busy, role):
    with world.acting("office", role), transaction.atomic():
        assert [model.objects.count() for model in (Case, Referral, Handoff, Note)] == [0] * 4
