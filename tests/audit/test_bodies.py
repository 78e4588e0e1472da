"""
What an entry says is said by name, and who reads it is not stopped by what is not as expected.

Each statement was once carried out by somebody who played an insider.
"""

import psycopg
import pytest
from django.conf import settings
from django.test import Client

from audit import followers
from audit.models import Pending
from notifications.models import Notice
from referrals.actions import answering
from tests import database
from tests.referrals.test_api import Api
from tests.referrals.test_life_cycle import act
from tests.referrals.test_walls_of_handoffs import entry, tried
from tests.referrals.test_walls_of_moves import shown

PEEL, OTTAWA = "peel-cas", "ottawa-cas"
DEEP = '{"a": {"b": {"c": {"d": {"e": 1}}}}}'
LONG = f'{{"a": "{"x" * 20_001}"}}'


@pytest.mark.parametrize("body", ["[]", "[1]", "null", "7", '"a"', DEEP, LONG])
def test_a_body_is_short_and_says_what_it_says_by_name(world, body):
    case = world.case()
    assert tried(world, PEEL, entry(case.subject, verb="case.viewed", data=body)) == 0
    assert tried(world, PEEL, entry(case.subject, verb="case.viewed", data='{"a": 1}')) == 1


def test_the_worker_too_says_it_by_name(transactional_db):
    refused = pytest.raises(psycopg.errors.CheckViolation)
    with refused, psycopg.connect(database.url("worker")) as worker:
        worker.execute(entry("box:inbox", verb="referral.listed", data="[]"))


ODD = ('{"reason": {"a": [1]}, "note": [1]}', '{"reason": "no_such_code", "lost": [["x"]]}', "[]")


@pytest.mark.parametrize("body", ODD)
def test_what_is_not_as_expected_holds_up_nobody(world, body):
    referral = world.referral()
    act(world, OTTAWA, answering.decline_referral, referral, reason="no_capacity")
    other = world.referral(case=referral.case)
    act(world, OTTAWA, answering.accept_referral, other)
    with database.as_superuser() as admin:  # of before the walls
        admin.execute("alter table audit_entrybody disable trigger append_only")
        admin.execute("update audit_entrybody set data = %s", [body])
        admin.execute("alter table audit_entrybody enable trigger append_only")
    with database.as_role("worker"):
        for follower in settings.RECORD_FOLLOWERS:
            followers.drain(follower)
        assert not Pending.objects.exists()
        assert Notice.objects.filter(recipient=world.user(PEEL), verb="referral.declined").exists()
    page, api = Client(), Api(world.token(PEEL))
    page.force_login(world.user(PEEL))
    of_referral, of_case = shown(referral.reference), shown(referral.case.reference)
    for path in (f"referrals/{of_referral}/", f"cases/{of_case}/", "inbox/", "notices/"):
        assert page.get(f"/en/{path}").status_code in {200, 404}, path
    for path in (f"referrals/{of_referral}/timeline", f"cases/{of_case}/timeline"):
        assert api.get(path).status_code == 200, path
