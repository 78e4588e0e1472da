"""The life cycle's table in Python and its shadow in the database say the same."""

import itertools
import re

import psycopg
import pytest

from coordination.roles import RECORD_ROLES
from referrals.states import ACCEPTED_ONCE, BOXES, PAIRS, TRANSITIONS, Side, Status
from tests import database


def columns_for(status):
    """Return an assignment that makes a row of this status that no other constraint refuses."""
    held = status in {str(each) for each in ACCEPTED_ONCE}
    desk = "to_desk_id" if held else "null"
    reasons = {
        "decline_reason": "no_capacity" if status == "declined" else "",
        "withdraw_reason": "safety" if status == "withdrawn" else "",
        "give_back_reason": "person_asked" if status in {"returning", "returned"} else "",
    }
    moments = {
        "sent_at": status != "draft",
        "need_since": status != "draft",
        "accepted_at": held,
        "completed_at": status == "completed",
    }
    return ", ".join(
        [
            f"status = '{status}'",
            f"accepting_desk_id = {desk}",
            f"responsible_desk_id = coalesce({desk}, from_desk_id)",
            *(f"{name} = '{reason}'" for name, reason in reasons.items()),
            *(f"{name} = {'now()' if set_ else 'null'}" for name, set_ in moments.items()),
        ]
    )


def source_of(function):
    with database.as_owner() as cursor:
        cursor.execute("select prosrc from pg_proc where proname = %s", [function])
        return cursor.fetchone()[0]


def test_the_trigger_knows_the_pairs_of_the_table(db):
    found = re.findall(r"\('(\w+)', '(\w+)'\)", source_of("referral_pair"))
    assert set(found) == PAIRS


def test_the_database_knows_the_roles_that_work_records(db):
    (roles,) = re.findall(r"m\.role in \(([^)]*)\)", source_of("my_desks"))
    assert {role.strip(" '") for role in roles.split(",")} == set(RECORD_ROLES)


def test_every_status_has_its_box_on_each_side():
    assert set(BOXES) == {
        (side, status)
        for side, status in itertools.product(Side, Status)
        if (side, status) != (Side.RECEIVER, Status.DRAFT)
    }


def test_every_verb_has_an_event_of_its_own():
    assert len({t.event for t in TRANSITIONS.values()}) == len(TRANSITIONS)


@pytest.mark.parametrize("role", ["app", "worker"])
def test_no_illegal_pair_gets_past_the_database(world, role):
    referral = world.referral()
    user, desk = world.user("peel-cas").pk, world.desks["peel-cas"].pk
    illegal = set(itertools.permutations([str(s) for s in Status], 2)) - PAIRS
    with psycopg.connect(database.url(role), autocommit=True) as connection:
        for before, after in sorted(illegal):
            with database.as_superuser() as admin:
                admin.execute("alter table referrals_referral disable trigger user")
                admin.execute(
                    f"update referrals_referral set {columns_for(before)} where id = %s",
                    [referral.pk],
                )
                admin.execute("alter table referrals_referral enable trigger user")
            refusals = (psycopg.errors.CheckViolation, psycopg.errors.InsufficientPrivilege)
            with pytest.raises(refusals) as refused, connection.transaction():
                connection.execute(
                    "select set_config('relay.actor', %s, true), set_config('relay.desk', %s, true)",
                    [str(user), str(desk)],
                )
                changed = connection.execute(
                    "update referrals_referral set status = %s, version = version + 1"
                    " where id = %s",
                    [after, referral.pk],
                )
                assert changed.rowcount == 1
            if isinstance(refused.value, psycopg.errors.CheckViolation):
                assert refused.value.diag.constraint_name == "referral_pair", (before, after)
            else:  # of a team, a desk does not end what others may still accept
                assert "others may still accept" in str(refused.value)
