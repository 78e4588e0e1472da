"""
What an insider may do to hand-offs, notes and closed cases with an honest identity and any SQL.

Each statement was once carried out by somebody who played an insider.
"""

import datetime as dt

import psycopg
import pytest
from django.utils import timezone

from cases.actions.notes import Words, add_note
from cases.models import Case, CaseGrant, Note
from coordination.errors import Invalid
from referrals import drift
from referrals.actions import answering, closing, serving
from referrals.models import Handoff, Referral
from tests import database
from tests.referrals.test_handoffs import answer, propose, row
from tests.referrals.test_life_cycle import act

PEEL, OTTAWA, COMMUNITY, NORTH = "peel-cas", "ottawa-cas", "ottawa-community", "north-cas"


def tried(world, desk, *statements, commit=True, **values):
    """Return how many rows the last of one transaction's statements changed, of this desk's worker."""
    values |= {name.replace("-", "_"): d.pk for name, d in world.desks.items()}
    values["me"] = world.user(desk).pk
    with psycopg.connect(database.url("app")) as app:
        app.execute("select set_config('relay.actor', %s, true)", [str(world.user(desk).pk)])
        app.execute("select set_config('relay.desk', %s, true)", [str(world.desks[desk].pk)])
        app.execute("select set_config('relay.takeover', 'by hand', true)")
        try:
            for sql in statements:
                rows = app.execute(sql, values).rowcount
            if commit:
                app.commit()
            else:
                app.rollback()
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.IntegrityError):
            return 0
    return rows


def entry(subject, version="null", verb="case.changed", data="{}"):
    """Return the statement with which the application writes an entry."""
    return (
        f"select audit_append('{verb}', '{subject}', {version}, clock_timestamp(),"
        f" '{data}'::jsonb, null, 'live')"
    )


GIVE = (
    "insert into cases_casegrant (permission_id, group_id, content_object_id, reason, source,"
    " opens_page, until) values (1, %({desk})s, %(case)s, '{reason}', '{source}', {opens}, null)"
)


@pytest.mark.parametrize(
    ("reason", "opens"), [("lead", "true"), ("receiver", "false"), ("break_glass", "true")]
)
@pytest.mark.parametrize("desk", ["peel_cas", "north_cas"])
def test_a_lead_gives_no_access_beside_the_actions(world, reason, opens, desk):
    case = world.case()
    give = GIVE.format(desk=desk, reason=reason, source="referral:XXXXXXXX", opens=opens)
    assert tried(world, PEEL, give, case=case.pk) == 0


BLIND_CASE = (
    "update cases_casegrant set until = statement_timestamp() where content_object_id = %(case)s"
    " and group_id = %(ottawa_cas)s"
)
BLIND_LINE = (
    "update referrals_referralgrant set until = statement_timestamp(), box = 'closed'"
    " where content_object_id = %(referral)s and group_id = %(ottawa_cas)s"
)
CLOSE_LINE = (
    "update referrals_referralgrant set declined = true, box = 'closed'"
    " where content_object_id = %(referral)s and group_id = %(ottawa_cas)s"
)


@pytest.mark.parametrize("sql", [BLIND_CASE, BLIND_LINE, CLOSE_LINE])
def test_whoever_is_responsible_is_not_made_blind(world, sql):
    referral = world.referral()
    act(world, OTTAWA, answering.accept_referral, referral)
    assert tried(world, PEEL, sql, case=referral.case_id, referral=referral.pk) == 0


@pytest.mark.parametrize("sql", [BLIND_LINE, CLOSE_LINE])
def test_what_was_sent_stays_before_whoever_is_asked(world, sql):
    referral = world.referral()
    assert tried(world, PEEL, sql, case=referral.case_id, referral=referral.pk) == 0


def test_a_case_keeps_the_grant_of_its_lead(world):
    case = world.case()
    end = (
        "update cases_casegrant set until = statement_timestamp()"
        " where content_object_id = %(case)s and reason = 'lead'"
    )
    assert tried(world, PEEL, end, case=case.pk) == 0


def test_shared_support_that_has_ended_does_not_come_back(world):
    case = world.case()
    answer(world, "accept", propose(world, case, type="shared"))
    with database.as_role("worker"):
        grant = CaseGrant.objects.get(content_object_id=case.pk, reason="shared")
        until = grant.until
        CaseGrant.objects.filter(pk=grant.pk).update(until=timezone.now())
    again = "update cases_casegrant set until = %(until)s where id = %(grant)s"
    assert tried(world, OTTAWA, again, until=until, grant=grant.pk) == 0


DECLINE = (
    "update referrals_{kind} set status = 'declined', decline_reason = 'no_capacity', {more}"
    " version = version + 1 where id = %(key)s"
)


def test_a_desk_does_not_decline_for_its_team(world):
    handoff = propose(world, world.case(needs=["peer_support"]), "ottawa")
    by_hand = entry(handoff.subject, 2, "handoff.declined")
    decline = DECLINE.format(kind="handoff", more="answered_at = now(),")
    assert tried(world, OTTAWA, by_hand, decline, key=handoff.pk) == 0
    referral = world.referral("ottawa")
    by_hand = entry(referral.subject, 3, "referral.declined")
    decline = DECLINE.format(kind="referral", more="")
    end = (
        "update referrals_referralgrant set until = statement_timestamp(), box = 'closed',"
        " declined = true where content_object_id = %(key)s and group_id = %(ottawa_cas)s"
    )
    assert tried(world, OTTAWA, by_hand, decline, end, key=referral.pk) == 0


def test_nobody_writes_the_next_version_before_it_is_made(world):
    """Or the honest change after it could not be recorded, and nobody could ever answer."""
    referral, case = world.referral("ottawa"), world.case(needs=["peer_support"])
    handoff = propose(world, case, "ottawa")
    for subject, version, verb in (
        (referral.subject, 3, "referral.accepted"),
        (handoff.subject, 2, "handoff.accepted"),
    ):
        assert tried(world, OTTAWA, entry(subject, version, verb)) == 0
    assert tried(world, PEEL, entry(case.subject, 2, "case.closed")) == 0
    act(world, COMMUNITY, answering.accept_referral, referral)
    answer(world, "accept", handoff, COMMUNITY)


def test_who_has_lost_sight_of_it_writes_no_entry_of_it(world):
    referral = world.referral("ottawa")
    act(world, COMMUNITY, answering.accept_referral, referral)
    assert tried(world, OTTAWA, entry(referral.subject, verb="referral.accepted")) == 0
    case = world.case(needs=["peer_support"])
    handoff = propose(world, case, "ottawa")
    answer(world, "accept", handoff, COMMUNITY)
    assert tried(world, OTTAWA, entry(handoff.subject, verb="handoff.accepted")) == 0
    assert tried(world, OTTAWA, entry(case.subject, verb="case.closed")) == 0


NOTE = (
    "insert into cases_note (case_id, about, kind, audience, text, desk_id, writer_id, written_at)"
    " values (%(case)s, %(about)s, 'note', 'everyone', 'Needs a ride.', %({desk})s, {writer},"
    " {at}) returning id"
)


@pytest.mark.parametrize(
    ("desk", "writer", "at"),
    [
        ("peel_cas", "%(me)s", "now()"),  # in no entry
        ("peel_cas", "%(other)s", "now()"),
        ("ottawa_cas", "%(me)s", "now()"),
        ("peel_cas", "%(me)s", "now() - interval '90 days'"),
    ],
)
def test_words_are_their_writers_of_now_and_in_the_record(world, desk, writer, at):
    case, other = world.case(), world.user(OTTAWA)
    sql = NOTE.format(desk=desk, writer=writer, at=at)
    assert tried(world, PEEL, sql, case=case.pk, about=case.subject, other=other.pk) == 0


def test_words_are_about_their_own_case(world):
    case, foreign = world.case(), world.referral(sender=NORTH)
    with pytest.raises(Exception) as refused, world.acting(PEEL) as actor:  # noqa: PT011
        words = Words("Needs a ride from the stop.")
        add_note(actor=actor, case=case, about=foreign.subject, words=words, at=timezone.now())
    assert refused.value


def test_what_is_said_of_a_closed_case_does_not_change_without_an_entry(world):
    case = world.case(needs=["peer_support"])
    act_on = {"reason": "goals_met", "outcomes": {"peer_support": "connected"}}
    with world.acting(PEEL) as actor:
        closing.close_case(case=case, actor=actor, at=timezone.now(), **act_on)
    for sql in (
        "delete from cases_needoutcome where case_id = %(case)s",
        "insert into cases_needoutcome (case_id, need, outcome)"
        " values (%(case)s, 'legal_aid', 'connected')",
        "update cases_leadfacts set trafficking_status = 'confirmed' where case_id = %(case)s",
    ):
        assert tried(world, PEEL, sql, case=case.pk) == 0


@pytest.mark.parametrize("change", ["outcome = 'connected'", "is_live = false"])
@pytest.mark.parametrize("desk", [PEEL, OTTAWA])
def test_what_was_asked_does_not_change_without_an_entry(world, desk, change):
    referral = world.referral()
    sql = f"update referrals_requestedservice set {change} where referral_id = %(referral)s"
    assert tried(world, desk, sql, referral=referral.pk) == 0


TAKE = (
    "update referrals_handoff set status = 'accepted', accepting_desk_id = %(ottawa_cas)s,"
    " answered_at = now(), version = version + 1 where id = %(handoff)s"
)
COMPLETE = (
    "update referrals_referral set status = 'completed', completed_at = now(),"
    " version = version + 1 where id = %(referral)s"
)
CLEAR = (
    "update referrals_referral set status = 'withdrawn', withdraw_reason = 'safety',"
    " accepting_desk_id = null, responsible_desk_id = from_desk_id, accepted_at = null,"
    " version = version + 1 where id = %(referral)s"
)


@pytest.mark.parametrize("sql", [COMPLETE, CLEAR])
def test_taking_a_case_over_answers_for_no_other_desk(world, sql):
    case = world.case()
    referral = world.referral(NORTH, case=case)
    act(world, NORTH, answering.accept_referral, referral)
    act(world, NORTH, serving.start_referral, referral)
    handoff = propose(world, case)
    values = {"handoff": handoff.pk, "referral": referral.pk}
    assert tried(world, OTTAWA, TAKE, sql, commit=False, **values) == 0


def test_an_offer_cannot_say_itself_in_which_transaction_it_was_accepted(world):
    case = world.case()
    handoff = propose(world, case)
    forged = (
        "update referrals_handoff set accepted_in = txid_current(), version = version + 1"
        " where id = %(handoff)s"
    )
    for desk in (PEEL, OTTAWA, NORTH):
        tried(
            world, desk, entry(handoff.subject, 2, "handoff.proposed"), forged, handoff=handoff.pk
        )
    with database.as_role("worker"):
        assert Handoff.objects.get(pk=handoff.pk).accepted_in is None


def test_words_about_later_referrals_do_not_reach_the_former_lead(world):
    case = world.case()
    answer(world, "accept", propose(world, case))
    later = world.referral(NORTH, sender=OTTAWA, case=row(case))
    words = Words("Ask for the side door.")
    moved = row(case)
    for about in (later.subject, case.subject):
        with world.acting(OTTAWA) as actor:
            add_note(actor=actor, case=moved, about=about, words=words, at=timezone.now())
    with world.acting(PEEL) as actor:
        assert set(Note.objects.visible_to(actor).values_list("about", flat=True)) == {case.subject}
        assert set(Note.objects.values_list("about", flat=True)) == {case.subject}


def test_a_case_that_is_offered_is_not_closed(world):
    case = world.case()
    handoff = propose(world, case)
    with pytest.raises(Invalid), world.acting(PEEL) as actor:
        closing.close_case(
            case=case, actor=actor, reason="goals_met", outcomes={}, at=timezone.now()
        )
    close = (
        "update cases_case set status = 'closed', closed_at = now(), closure_reason = 'goals_met',"
        " version = version + 1 where id = %(case)s"
    )
    by_hand = entry(case.subject, 2, "case.closed")
    assert tried(world, PEEL, by_hand, close, case=case.pk) == 0
    answer(world, "accept", handoff)


def test_a_completed_referral_that_is_opened_again_is_the_new_leads(world):
    case = world.case()
    referral = world.referral(NORTH, case=case)
    act(world, NORTH, answering.accept_referral, referral)
    outcomes = {"emergency_shelter": "connected"}
    act(world, NORTH, serving.complete_referral, referral, outcomes=outcomes)
    answer(world, "accept", propose(world, case))
    act(world, NORTH, serving.reopen_referral, referral, reason="needed_again")
    with world.acting(OTTAWA) as actor:
        assert Referral.objects.visible_to(actor).get(pk=referral.pk).from_desk.slug == OTTAWA


def test_a_case_is_opened_again_by_its_lead_only(world):
    case = world.case()
    answer(world, "accept", propose(world, case))
    moved = row(case)
    with world.acting(OTTAWA) as actor:
        closing.close_case(
            case=moved, actor=actor, reason="goals_met", outcomes={}, at=timezone.now()
        )
    reopen = (
        "update cases_case set status = 'open', closed_at = null, closure_reason = '',"
        " version = version + 1 where id = %(case)s"
    )
    by_hand = entry(case.subject, row(case).version + 1, "case.reopened")
    for desk in (PEEL, NORTH):
        assert tried(world, desk, reopen, case=case.pk) == 0
        assert tried(world, desk, by_hand, reopen, case=case.pk) == 0
    with database.as_role("worker"):
        assert Case.objects.get(pk=case.pk).status == "closed"
        assert list(drift.drifted()) == []


MOVE_GRANT = (
    "update cases_casegrant set {} where content_object_id = %(case)s and group_id = %({})s"
)


@pytest.mark.parametrize(
    "column",
    [
        "content_object_id = %(other)s",
        "source = 'referral:XXXXXXXX'",
        "reason = 'shared'",
        "group_id = %(north_cas)s",
    ],
)
@pytest.mark.parametrize("desk", [PEEL, OTTAWA])
def test_a_grant_stays_what_it_is(world, desk, column):
    referral, other = world.referral(), world.case(OTTAWA)
    act(world, OTTAWA, answering.accept_referral, referral)
    sql = MOVE_GRANT.format(column, desk.replace("-", "_"))
    assert tried(world, desk, sql, case=referral.case_id, other=other.pk) == 0


def test_the_former_lead_reads_thirty_days_and_then_nothing(world):
    """Z11: writing ends at once, reading after thirty days."""
    case = world.case()
    answer(world, "accept", propose(world, case))
    with world.acting(PEEL) as actor:
        assert Case.objects.visible_to(actor).filter(pk=case.pk).exists()
    change = (
        "update cases_case set situation = 'left_recently', version = version + 1"
        " where id = %(case)s"
    )
    assert tried(world, PEEL, change, case=case.pk) == 0
    longer = (
        "update cases_casegrant set until = until + interval '30 days'"
        " where content_object_id = %(case)s and reason = 'former_lead'"
    )
    assert tried(world, PEEL, longer, case=case.pk) == 0
    with database.as_role("worker"):
        former = CaseGrant.objects.current().get(content_object_id=case.pk, reason="former_lead")
        left = former.until - timezone.now()
        assert dt.timedelta(days=29) < left <= dt.timedelta(days=30)
    with database.as_superuser() as admin:
        admin.execute("set session_replication_role = replica")
        admin.execute("update cases_casegrant set until = now() where reason = 'former_lead'")
    with world.acting(PEEL) as actor:
        assert not Case.objects.readable_by(actor).exists()
        assert not Case.objects.exists()
        assert not Note.objects.exists()
        assert not Referral.objects.exists()
