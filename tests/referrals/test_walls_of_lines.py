"""
What a desk may make of its own line and of its fellow desks', with an honest identity and any SQL.

Each statement was once carried out by somebody who played an insider.
"""

import pytest

from referrals import drift
from referrals.actions import answering
from referrals.models import Referral, ReferralGrant
from tests import database
from tests.referrals.test_life_cycle import act
from tests.referrals.test_walls_of_handoffs import entry, tried

PEEL, OTTAWA, COMMUNITY = "peel-cas", "ottawa-cas", "ottawa-community"

LINE = "update referrals_referralgrant set {} where group_id = %({})s and reason = 'receiver'"
CASE = "update cases_casegrant set {} where group_id = %({})s and reason = 'receiver'"
NOW, SOON = "until = statement_timestamp()", "until = statement_timestamp() + interval '1 second'"


def own(desk):
    return desk.replace("-", "_")


def drifted():
    with database.as_role("worker"):
        return list(drift.drifted())


@pytest.mark.parametrize("reason", ["receiver", "sender"])
def test_a_line_stays_of_its_referral(world, reason):
    world.referral()
    sql = LINE.replace("'receiver'", f"'{reason}'")
    for desk in (PEEL, OTTAWA):
        assert tried(world, desk, sql.format("source = 'x'", own(desk))) == 0


def test_a_line_of_another_cause_is_given_to_nobody(world):
    draft = world.referral(sent=False)
    give = (
        "insert into referrals_referralgrant (permission_id, group_id, content_object_id, reason,"
        " source, box, due_at, declined, until) select permission_id, %({})s, content_object_id,"
        " '{}', '{}', 'closed', due_at, true, {} from referrals_referralgrant"
    )
    right = f"referral:{draft.reference}"
    for reason, source, until in (
        ("receiver", "Jane Doe", NOW.partition("= ")[2]),
        ("history", "Jane Doe", NOW.partition("= ")[2]),
        ("receiver", "referral:XXXXXXXX", "null"),
    ):
        assert tried(world, PEEL, give.format("ottawa_cas", reason, source, until)) == 0
    ended = NOW.partition("= ")[2]
    assert tried(world, PEEL, give.format("ottawa_cas", "receiver", right, ended)) == 1


def test_a_line_of_another_cause_is_told(world):
    world.referral()
    with database.as_superuser() as admin:
        admin.execute("set session_replication_role = replica")
        admin.execute("update referrals_referralgrant set source = 'x' where reason = 'receiver'")
    assert any("another cause" in said for said in drifted())


@pytest.mark.parametrize("desk", [COMMUNITY, PEEL])
@pytest.mark.parametrize(
    "statements",
    [
        [CASE.format(NOW, "ottawa_cas")],
        [CASE.format(SOON, "ottawa_cas"), LINE.format(SOON, "ottawa_cas")],
        [CASE.format(NOW, "ottawa_cas"), LINE.format(f"{NOW}, box = 'closed'", "ottawa_cas")],
        [
            CASE.format(NOW, "ottawa_cas"),
            LINE.format(f"{NOW}, box = 'closed', declined = true", "ottawa_cas"),
        ],
        [CASE.format("words_until = '2000-01-01'", "ottawa_cas")],
        [LINE.format("due_at = due_at + interval '10 days'", "ottawa_cas")],
    ],
)
def test_nobody_hides_a_referral_of_a_team_from_one_of_it(world, desk, statements):
    world.referral("ottawa", urgency="crisis")
    assert tried(world, desk, *statements) == 0


def test_whoever_undoes_an_acceptance_gives_the_others_back_what_it_took(world):
    referral = world.referral("ottawa")
    act(world, COMMUNITY, answering.accept_referral, referral)
    with database.as_role("worker"):
        version = Referral.objects.get(pk=referral.pk).version + 1
    until = "(select until from referrals_basis)"
    undone = (
        "update referrals_referral set status = 'sent', accepting_desk_id = null,"
        " responsible_desk_id = from_desk_id, accepted_at = null, version = version + 1,"
        " due_at = sent_at + (select due_at - sent_at from referrals_referral)",
        entry(referral.subject, version, "referral.accept_undone"),
    )
    due = "due_at = (select due_at from referrals_referral)"
    line = LINE.format(f"until = {until}, box = 'inbox', {due}", "{}").format
    case = CASE.format(f"until = {until}, opens_page = false, words_until = null", "{}").format
    sender = f"update referrals_referralgrant set box = 'sent', {due} where reason = 'sender'"
    mine = (sender, line("ottawa_community"), case("ottawa_community"))
    others = (line("ottawa_cas"), case("ottawa_cas"))
    for left in ((), others[:1], others[1:]):
        assert tried(world, COMMUNITY, *undone, *mine, *left) == 0
    assert tried(world, COMMUNITY, *undone, *mine, *others) == 1
    assert drifted() == []


@pytest.mark.parametrize(
    "columns",
    [
        "opens_page = false, words_until = null",
        "words_until = '2000-01-01'",
        "opens_page = false",
        SOON,
    ],
)
def test_a_lead_does_not_blind_who_is_responsible(world, columns):
    referral = world.referral()
    act(world, OTTAWA, answering.accept_referral, referral)
    also = [LINE.format(SOON, "ottawa_cas")] if columns == SOON else []
    assert tried(world, PEEL, *also, CASE.format(columns, "ottawa_cas")) == 0


def test_who_is_hidden_from_is_told(world):
    world.referral("ottawa")
    with database.as_role("worker"):
        key = ReferralGrant.objects.filter(group_id=world.desks[OTTAWA].pk).get().pk
    with database.as_superuser() as admin:
        admin.execute("set session_replication_role = replica")
        admin.execute(
            f"update referrals_referralgrant set {NOW}, box = 'closed' where id = %s", [key]
        )
    assert any("no longer sees it" in said for said in drifted())
