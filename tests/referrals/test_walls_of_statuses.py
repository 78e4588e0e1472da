"""
What an insider may do to a status without what belongs to it, with an honest identity and any SQL.

Each statement was once carried out by somebody who played an insider.
"""

import pytest

from cases.models import CaseGrant
from referrals import drift
from referrals.actions import answering, following, serving
from referrals.models import Referral
from tests import database
from tests.referrals.test_life_cycle import act
from tests.referrals.test_walls_of_handoffs import entry, tried

PEEL, OTTAWA = "peel-cas", "ottawa-cas"

MOVE = "update referrals_referral set {} version = version + 1 where id = %(referral)s"
BACK = (
    "accepting_desk_id = null, responsible_desk_id = from_desk_id, accepted_at = null,"
    " due_at = now() + interval '1 hour',"
)
WITHDRAWN = f"status = 'withdrawn', settled_at = now(), {BACK}"
LINES = (
    "update referrals_referralgrant set box = 'closed', due_at = (select due_at from"
    " referrals_referral where id = %(referral)s) where content_object_id = %(referral)s"
)
CLOSE = (
    "update cases_casegrant set until = statement_timestamp() where content_object_id = %(case)s"
    " and reason = 'receiver'"
)
SERVICES = "update referrals_requestedservice set is_live = false where referral_id = %(referral)s"


def moved(world, desk, referral, columns, verb, *beside, data="{}"):
    """Tell whether a change commits with its entry and with what else is said."""
    with database.as_role("worker"):
        version = Referral.objects.get(pk=referral.pk).version
    said = entry(referral.subject, version=version + 1, verb=verb, data=data)
    change = MOVE.format(columns)
    tried(world, desk, change, *beside, said, referral=referral.pk, case=referral.case_id)
    with database.as_role("worker"):
        return Referral.objects.get(pk=referral.pk).version > version


def reason(code):
    return f'{{"reason": "{code}"}}'


def asked_to_close(world):
    referral = world.referral()
    act(world, OTTAWA, answering.accept_referral, referral)
    act(world, PEEL, following.request_withdrawal_referral, referral, reason="no_longer_needed")
    return referral


def test_what_is_over_is_over_for_who_held_it(world):
    referral = asked_to_close(world)
    verb, data = "referral.withdrawal_confirmed", reason("no_longer_needed")
    for beside in ((), (LINES,), (CLOSE,), (LINES, CLOSE), (CLOSE, SERVICES)):
        assert not moved(world, OTTAWA, referral, WITHDRAWN, verb, *beside, data=data), beside
    assert moved(world, OTTAWA, referral, WITHDRAWN, verb, LINES, CLOSE, SERVICES, data=data)
    with database.as_role("worker"):
        assert not CaseGrant.objects.current().filter(reason="receiver").exists()
        assert not list(drift.drifted())


def test_undoing_an_acceptance_closes_the_case(world):
    referral = world.referral()
    act(world, OTTAWA, answering.accept_referral, referral)
    assert not moved(world, OTTAWA, referral, f"status = 'sent', {BACK}", "referral.accept_undone")


def test_what_was_declined_is_in_the_senders_list_and_nowhere_else(world):
    referral = world.referral()
    declined = "status = 'declined', decline_reason = 'no_capacity',"
    data = reason("no_capacity")
    assert not moved(world, OTTAWA, referral, declined, "referral.declined", data=data)


def test_who_steps_aside_does_not_go_on_reading(world):
    referral = world.referral("ottawa")
    aside = (
        "update referrals_referralgrant set declined = true, box = 'closed'"
        " where content_object_id = %(referral)s and group_id = %(ottawa_cas)s"
    )
    close = f"{CLOSE} and group_id = %(ottawa_cas)s"
    data = reason("no_capacity")
    assert not moved(world, OTTAWA, referral, "", "referral.stepped_aside", aside, data=data)
    assert moved(world, OTTAWA, referral, "", "referral.stepped_aside", aside, close, data=data)


def test_nothing_is_sent_to_nobody(world):
    draft = world.referral(sent=False)
    sent = "status = 'sent', sent_at = now(), need_since = now(),"
    line = "update referrals_referralgrant set box = 'sent' where content_object_id = %(referral)s"
    assert not moved(world, PEEL, draft, sent, "referral.sent", line)


def test_who_holds_a_referral_closes_it_at_the_senders_wish_alone(world):
    referral = world.referral()
    act(world, OTTAWA, answering.accept_referral, referral)
    away = f"withdraw_reason = 'no_longer_needed', {WITHDRAWN}"
    data = reason("no_longer_needed")
    for verb in ("referral.withdrawn", "referral.withdrawal_confirmed"):
        beside = (LINES, CLOSE, SERVICES)
        assert not moved(world, OTTAWA, referral, away, verb, *beside, data=data), verb
    act(world, PEEL, following.request_withdrawal_referral, referral, reason="no_longer_needed")
    verb = "referral.withdrawn"
    assert not moved(world, OTTAWA, referral, WITHDRAWN, verb, LINES, CLOSE, SERVICES, data=data)


def test_who_gives_back_says_nothing_in_the_senders_name(world):
    referral = world.referral()
    act(world, OTTAWA, answering.accept_referral, referral)
    back = "status = 'returning', give_back_reason = 'capacity_lost',"
    line = (
        "update referrals_referralgrant set box = 'needs_action'"
        " where content_object_id = %(referral)s and reason = 'sender'"
    )
    verb, data = "referral.given_back", reason("capacity_lost")
    asked = f"{back} withdraw_reason = 'safety',"
    assert not moved(world, OTTAWA, referral, asked, verb, line, data=data)
    assert moved(world, OTTAWA, referral, back, verb, line, data=data)


@pytest.mark.parametrize("data", ["{}", reason("safety"), '{"reason": ["capacity_lost"]}'])
def test_an_entry_gives_the_reason_of_its_row(world, data):
    referral = world.referral()
    act(world, OTTAWA, answering.accept_referral, referral)
    back = "status = 'returning', give_back_reason = 'capacity_lost',"
    line = (
        "update referrals_referralgrant set box = 'needs_action'"
        " where content_object_id = %(referral)s and reason = 'sender'"
    )
    assert not moved(world, OTTAWA, referral, back, "referral.given_back", line, data=data)


def test_the_actions_say_what_the_walls_ask(world):
    referral = asked_to_close(world)
    act(world, OTTAWA, serving.confirm_withdrawal_referral, referral)
    with database.as_role("worker"):
        assert Referral.objects.get().status == "withdrawn"
        assert not list(drift.drifted())


FAR = ("now() - interval '9 days'", "now() + interval '2 hours'")


@pytest.mark.parametrize("moment", FAR)
def test_what_is_said_to_be_now_is_now(world, moment):
    referral = world.referral()
    taken = (
        f"status = 'accepted', accepted_at = {moment}, accepting_desk_id = %(ottawa_cas)s,"
        " responsible_desk_id = %(ottawa_cas)s, due_at = now() + interval '1 hour',"
    )
    line = (
        "update referrals_referralgrant set until = null, due_at = (select due_at from"
        " referrals_referral where id = %(referral)s), box = case reason when 'sender' then 'sent'"
        " else 'active' end where content_object_id = %(referral)s"
    )
    opened = (
        "update cases_casegrant set until = null, opens_page = true, words_until = (select until"
        " from referrals_basis where referral_id = %(referral)s) where reason = 'receiver'"
    )
    verb = "referral.accepted"
    assert not moved(world, OTTAWA, referral, taken, verb, line, opened)
    assert moved(world, OTTAWA, referral, taken.replace(moment, "now()"), verb, line, opened)
    spoke = f"receiver_contact_at = {moment},"
    data = '{"both": false}'
    assert not moved(world, OTTAWA, referral, spoke, "referral.contact_confirmed", data=data)


@pytest.mark.parametrize("moment", FAR)
def test_the_clock_of_a_need_starts_with_its_first_sending(world, moment):
    draft = world.referral(sent=False)
    line = "update referrals_referralgrant set box = 'sent' where content_object_id = %(referral)s"
    for columns in (
        f"sent_at = {moment}, need_since = {moment},",
        f"sent_at = now(), need_since = {moment},",
        f"sent_at = now(), need_since = now(), agreed_by_phone_at = {moment},",
    ):
        assert not moved(world, PEEL, draft, f"status = 'sent', {columns}", "referral.sent", line)


@pytest.mark.parametrize("verb", ["consent.recorded", "consent.moved", "consent.withdrawn"])
def test_a_consent_is_taken_back_now_and_said_to_be(world, verb):
    draft = world.referral(sent=False)
    change = "update cases_consent set withdrawn_at = {}, version = version + 1"
    said = entry(draft.case.subject, verb=verb, data='{"consent": 1, "version": 2}')
    assert tried(world, PEEL, change.format(FAR[1]), said) == 0
    done = tried(world, PEEL, change.format("now()"), said)
    assert bool(done) == (verb == "consent.withdrawn")
