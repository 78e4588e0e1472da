"""What each verb does, for both sides; refusals; and who may see what afterwards."""

import datetime as dt

import pytest
from django.utils import timezone

from cases.models import Case, LeadFacts
from coordination.errors import Invalid, NotAllowed, Stale, WrongStatus
from coordination.models import Desk
from referrals import drift, worklist
from referrals.actions import answering, sending
from referrals.models import Referral
from referrals.states import Box
from tests import database


def act(world, desk, action, referral, **arguments):
    with world.acting(desk) as actor:
        return action(referral=referral, actor=actor, at=timezone.now(), **arguments)


def box(world, desk, name):
    with world.acting(desk) as actor:
        return [each.reference for each in worklist.page_of(actor, name).referrals]


def sees_case(world, desk, case):
    with world.acting(desk) as actor:
        return Case.objects.visible_to(actor).filter(pk=case.pk).exists()


@pytest.fixture(autouse=True)
def _no_drift(world):
    yield
    with database.as_role("worker"):
        assert list(drift.drifted()) == []


def test_sending_puts_it_into_the_receivers_inbox_and_keeps_the_sender_responsible(world):
    referral = world.referral()

    assert box(world, "ottawa-cas", Box.INBOX) == [referral.reference]
    assert box(world, "peel-cas", Box.SENT) == [referral.reference]
    assert referral.responsible_desk.slug == "peel-cas"
    assert referral.due_at == referral.sent_at + dt.timedelta(hours=24)


def test_a_strangers_desk_sees_nothing(world):
    referral = world.referral()

    for desk in ("ottawa-police", "ottawa-community", "north-cas"):
        with world.acting(desk) as actor:
            assert not Referral.objects.visible_to(actor).exists()
            assert not Referral.objects.exists(), "row-level security alone"
            assert not Case.objects.exists()
        assert box(world, desk, Box.INBOX) == []
    assert referral.reference


def test_before_acceptance_the_receiver_reads_task_facts_and_cannot_open_the_case(world):
    referral = world.referral()

    with world.acting("ottawa-cas") as actor:
        assert Case.objects.readable_by(actor).get().age_band == "18_20"
        assert not Case.objects.visible_to(actor).exists()
        assert not LeadFacts.objects.exists()
    assert not sees_case(world, "ottawa-cas", referral.case)


def test_accepting_moves_responsibility_and_opens_the_case_but_not_the_leads_facts(world):
    referral = world.referral()

    accepted = act(world, "ottawa-cas", answering.accept_referral, referral)

    assert accepted.responsible_desk.slug == "ottawa-cas"
    assert sees_case(world, "ottawa-cas", referral.case)
    assert box(world, "ottawa-cas", Box.ACTIVE) == [referral.reference]
    with world.acting("ottawa-cas"):
        assert not LeadFacts.objects.exists()
    with world.acting("peel-cas"):
        assert LeadFacts.objects.get().trafficking_status == "suspected"


def test_undoing_within_ten_minutes_gives_responsibility_back(world):
    referral = world.referral()
    act(world, "ottawa-cas", answering.accept_referral, referral)

    undone = act(world, "ottawa-cas", answering.undo_accept_referral, referral)

    assert (undone.status, undone.responsible_desk.slug) == ("sent", "peel-cas")
    assert not sees_case(world, "ottawa-cas", referral.case)


@pytest.mark.parametrize("to", ["ottawa-cas", "ottawa"])
@pytest.mark.parametrize("phoned", [False, True])
def test_undoing_brings_back_the_time_that_it_was_sent_with(world, to, phoned):
    draft = world.referral(to, urgency="planned", sent=False)
    call = {"agreed_by_phone_at": timezone.now()} if phoned else {}
    sent = act(world, "peel-cas", sending.send_referral, draft, **call)
    assert sent.due_at == sent.sent_at + (dt.timedelta(hours=1) if phoned else dt.timedelta(days=7))
    act(world, "ottawa-cas", answering.accept_referral, sent)

    undone = act(world, "ottawa-cas", answering.undo_accept_referral, sent)

    assert undone.due_at == sent.due_at


def test_undoing_after_ten_minutes_is_refused(world):
    referral = world.referral()
    accepted = act(world, "ottawa-cas", answering.accept_referral, referral)

    with world.acting("ottawa-cas") as actor, pytest.raises(WrongStatus):
        answering.undo_accept_referral(
            referral=referral,
            actor=actor,
            at=accepted.accepted_at + dt.timedelta(minutes=10, seconds=1),
        )


def test_asking_and_answering_keep_the_clock(world):
    referral = world.referral()

    asked = act(world, "ottawa-cas", answering.ask_referral, referral, questions=["language"])
    assert (asked.status, asked.due_at) == ("questioned", referral.due_at)
    assert box(world, "ottawa-cas", Box.WAITING) == [referral.reference]
    assert box(world, "peel-cas", Box.NEEDS_ACTION) == [referral.reference]

    answered = act(
        world, "peel-cas", sending.answer_referral, referral, answers={"language": "yes"}
    )
    assert (answered.status, answered.questions) == ("sent", [])
    assert box(world, "ottawa-cas", Box.INBOX) == [referral.reference]


@pytest.mark.parametrize("answers", [{}, {"transport": "yes"}, {"language": "yes", "x": "no"}])
def test_every_question_needs_its_answer(world, answers):
    referral = world.referral()
    act(world, "ottawa-cas", answering.ask_referral, referral, questions=["language"])

    with pytest.raises(Invalid):
        act(world, "peel-cas", sending.answer_referral, referral, answers=answers)


def test_declining_keeps_the_sender_responsible_and_ends_access_to_the_case(world):
    referral = world.referral()

    declined = act(
        world,
        "ottawa-cas",
        answering.decline_referral,
        referral,
        reason="no_capacity",
        suggested_desk=world.desks["north-cas"],
    )

    assert (declined.status, declined.responsible_desk.slug) == ("declined", "peel-cas")
    assert box(world, "peel-cas", Box.NEEDS_ACTION) == [referral.reference]
    assert box(world, "ottawa-cas", Box.CLOSED) == [referral.reference]
    with world.acting("ottawa-cas"):
        assert not Case.objects.exists()


def test_a_reason_that_says_nothing_needs_words(world):
    referral = world.referral()

    with pytest.raises(Invalid):
        act(world, "ottawa-cas", answering.decline_referral, referral, reason="other")


def test_withdrawing_ends_the_receivers_access_to_the_case(world):
    referral = world.referral()

    act(world, "peel-cas", sending.withdraw_referral, referral, reason="found_elsewhere")

    assert box(world, "ottawa-cas", Box.CLOSED) == [referral.reference]
    with world.acting("ottawa-cas"):
        assert not Case.objects.exists()


def test_a_team_sees_it_first_accept_wins_and_undo_brings_the_others_back(world):
    referral = world.referral("ottawa")
    assert box(world, "ottawa-cas", Box.INBOX) == [referral.reference]
    assert box(world, "ottawa-community", Box.INBOX) == [referral.reference]
    assert box(world, "ottawa-police", Box.INBOX) == [], "outside the audience"

    act(world, "ottawa-community", answering.accept_referral, referral)
    assert box(world, "ottawa-cas", Box.INBOX) == []
    with world.acting("ottawa-cas"):
        assert not Referral.objects.exists()
        assert not Case.objects.exists()

    act(world, "ottawa-community", answering.undo_accept_referral, referral)
    assert box(world, "ottawa-cas", Box.INBOX) == [referral.reference]


def test_of_a_team_one_desk_steps_aside_and_only_the_last_declines(world):
    referral = world.referral("ottawa")

    aside = act(world, "ottawa-cas", answering.decline_referral, referral, reason="outside_mandate")
    assert aside.status == "sent"
    assert box(world, "ottawa-cas", Box.INBOX) == []
    assert box(world, "ottawa-community", Box.INBOX) == [referral.reference]

    last = act(
        world, "ottawa-community", answering.decline_referral, referral, reason="no_capacity"
    )
    assert last.status == "declined"


def test_a_desk_that_stepped_aside_cannot_accept_any_more(world):
    referral = world.referral("ottawa")
    act(world, "ottawa-cas", answering.decline_referral, referral, reason="no_capacity")

    with pytest.raises(WrongStatus):
        act(world, "ottawa-cas", answering.accept_referral, referral)


def test_an_audience_without_police_excludes_police(world):
    with pytest.raises(Invalid) as refused:
        world.referral("ottawa-police")
    assert refused.value.field == "to"


def test_an_audience_without_police_excludes_a_police_involved_victim_service(world):
    with database.as_owner() as cursor:
        cursor.execute(
            "update coordination_agency set police_involved = true where slug = 'ottawa-cas'"
        )
    with pytest.raises(Invalid):
        world.referral("ottawa-cas")


@pytest.mark.parametrize("basis", ["not_yet", "withdrawn"])
def test_nothing_is_sent_without_a_basis(world, basis):
    with pytest.raises(Invalid) as refused:
        world.referral(basis=basis)
    assert refused.value.field == "basis"


def test_a_deidentified_discussion_can_be_asked_about_and_not_accepted(world):
    referral = world.referral(basis="deidentified_discussion")

    act(world, "ottawa-cas", answering.ask_referral, referral, questions=["eligibility"])
    with pytest.raises(WrongStatus) as refused:
        act(world, "ottawa-cas", answering.accept_referral, referral)
    assert refused.value.allowed == ["decline"]


def test_the_same_service_is_asked_of_a_desk_once_at_a_time(world):
    referral = world.referral()

    with pytest.raises(Invalid) as refused:
        world.referral(case=referral.case)
    assert refused.value.field == "services"

    act(world, "ottawa-cas", answering.decline_referral, referral, reason="no_capacity")
    assert world.referral(case=referral.case).status == "sent"


def test_a_desk_where_nobody_works_cannot_be_addressed(world):
    with database.as_owner() as cursor:
        cursor.execute(
            "update coordination_user set is_active = false where username like 'north%'"
        )
    with pytest.raises(Invalid):
        world.referral("north-cas")


def test_only_the_lead_desk_can_refer_a_case(world):
    referral = world.referral()
    act(world, "ottawa-cas", answering.accept_referral, referral)

    with pytest.raises(Invalid) as refused:
        world.referral("north-cas", sender="ottawa-cas", case=referral.case)
    assert refused.value.field == "case"


def test_the_other_side_cannot_decide(world):
    referral = world.referral()

    with pytest.raises(NotAllowed):
        act(world, "peel-cas", answering.accept_referral, referral)
    with pytest.raises(NotAllowed):
        act(world, "ottawa-cas", sending.withdraw_referral, referral, reason="safety")


def test_what_changed_since_it_was_read_is_refused(world):
    referral = world.referral()

    with pytest.raises(Stale):
        act(world, "ottawa-cas", answering.accept_referral, referral, version=1)


def test_a_draft_is_its_writers_alone(world):
    draft = world.referral(sent=False)
    colleague = world.user("peel-cas", role="lead")

    with world.acting("peel-cas") as actor:
        assert Referral.objects.visible_to(actor).get() == draft
    assert colleague
    with world.acting("peel-cas", "lead") as actor:
        assert not Referral.objects.visible_to(actor).exists()
        assert not Referral.objects.exists()


def test_two_desks_of_one_person_are_one_line(world):
    referral = world.referral("ottawa")

    with world.acting("ottawa-cas") as actor:
        both = [actor.desk.pk, Desk.objects.get(slug="ottawa-community").pk]
        object.__setattr__(actor, "desk_ids", both)
        assert [r.pk for r in worklist.page_of(actor, Box.INBOX).referrals] == [referral.pk]
        assert worklist.count_of(actor, Box.INBOX) == 1
