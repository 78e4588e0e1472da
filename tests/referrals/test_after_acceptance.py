"""What happens after the answer: waiting, serving, completing, giving back, the next door."""

import datetime as dt

import pytest
from django.utils import timezone

from audit.models import Entry
from cases.models import Case
from coordination.errors import Invalid, NotAllowed, WrongStatus
from coordination.models import Agency
from coordination.roles import Role
from referrals import chain, drift
from referrals.actions import answering, assigning, contacting, following, sending, serving
from referrals.actions.drafting import BasisGiven, draft_referral
from referrals.models import Referral, ReferralGrant
from referrals.states import Box
from referrals.targets import Province
from tests import database
from tests.referrals.test_life_cycle import act, box, sees_case
from tests.world import AUDIENCE

RECEIVER, SENDER = "ottawa-cas", "peel-cas"


@pytest.fixture(autouse=True)
def _no_drift(world):
    yield
    with database.as_role("worker"):
        assert list(drift.drifted()) == []


@pytest.fixture
def accepted(world):
    return act(world, RECEIVER, answering.accept_referral, world.referral())


def responsible(referral):
    with database.as_role("worker"):
        return Referral.objects.get(pk=referral.pk).responsible_desk.slug


def test_the_first_contact_is_due_after_acceptance(accepted):
    assert accepted.due_at == accepted.accepted_at + dt.timedelta(hours=24)


def test_waitlisted_is_due_on_the_day_of_its_review(world, accepted):
    day = timezone.now() + dt.timedelta(days=20)
    waiting = act(world, RECEIVER, serving.waitlist_referral, accepted, review_at=day)
    assert (waiting.status, waiting.due_at) == ("waitlisted", day)
    assert box(world, RECEIVER, Box.ACTIVE) == [accepted.reference]
    assert responsible(accepted) == RECEIVER


@pytest.mark.parametrize("days", [-1, 91])
def test_nobody_waits_without_being_looked_at(world, accepted, days):
    day = timezone.now() + dt.timedelta(days=days)
    with pytest.raises(Invalid, match="90 days"):
        act(world, RECEIVER, serving.waitlist_referral, accepted, review_at=day)


def test_completing_needs_an_outcome_for_each_service_and_ends_access(world, accepted):
    act(world, RECEIVER, serving.start_referral, accepted)
    with pytest.raises(Invalid, match="each service"):
        act(world, RECEIVER, serving.complete_referral, accepted, outcomes={})
    outcomes = {"emergency_shelter": "connected"}
    done = act(world, RECEIVER, serving.complete_referral, accepted, outcomes=outcomes)
    assert done.status == "completed"
    assert responsible(accepted) == RECEIVER, "and can be reopened there"
    with world.acting(RECEIVER) as actor:
        assert not Case.objects.readable_by(actor).exists()
    assert box(world, SENDER, Box.CLOSED) == [accepted.reference]
    with world.acting(SENDER) as actor:
        (service,) = Referral.objects.visible_to(actor).get().services.all()
        assert (service.outcome, service.is_live) == ("connected", False)


def test_reopening_gives_access_again_for_14_days(world, accepted):
    outcomes = {"emergency_shelter": "connected"}
    done = act(world, RECEIVER, serving.complete_referral, accepted, outcomes=outcomes)
    case = accepted.case_id
    with world.acting(RECEIVER) as actor, pytest.raises(WrongStatus):
        serving.reopen_referral(
            referral=done,
            actor=actor,
            reason="needed_again",
            at=timezone.now() + dt.timedelta(days=15),
        )
    again = act(world, RECEIVER, serving.reopen_referral, done, reason="needed_again")
    assert again.status == "in_service"
    assert sees_case(world, RECEIVER, Case(pk=case))


def test_what_was_asked_again_meanwhile_is_not_reopened(world):
    case = world.case()
    first = world.referral(case=case)
    act(world, RECEIVER, answering.accept_referral, first)
    outcomes = {"emergency_shelter": "connected"}
    done = act(world, RECEIVER, serving.complete_referral, first, outcomes=outcomes)
    world.referral(case=case)
    with pytest.raises(Invalid, match="asked again"):
        act(world, RECEIVER, serving.reopen_referral, done, reason="needed_again")


def test_giving_back_keeps_the_receiver_responsible_until_it_is_taken_back(world, accepted):
    given = act(world, RECEIVER, serving.give_back_referral, accepted, reason="capacity_lost")
    assert given.status == "returning"
    assert responsible(accepted) == RECEIVER
    assert box(world, SENDER, Box.NEEDS_ACTION) == [accepted.reference]
    assert sees_case(world, RECEIVER, Case(pk=accepted.case_id)), "never responsible but blind"
    taken = act(world, SENDER, following.take_back_referral, given)
    assert taken.status == "returned"
    assert responsible(accepted) == SENDER
    assert not sees_case(world, RECEIVER, Case(pk=accepted.case_id))
    assert box(world, SENDER, Box.NEEDS_ACTION) == [accepted.reference]
    assert box(world, RECEIVER, Box.CLOSED) == [accepted.reference]


def test_a_withdrawal_after_acceptance_is_asked_for_and_confirmed(world, accepted):
    with pytest.raises(WrongStatus):
        act(world, RECEIVER, serving.confirm_withdrawal_referral, accepted)
    asked = act(
        world, SENDER, following.request_withdrawal_referral, accepted, reason="no_longer_needed"
    )
    assert (asked.status, responsible(accepted)) == ("accepted", RECEIVER)
    with pytest.raises(WrongStatus):
        act(world, SENDER, following.request_withdrawal_referral, accepted, reason="safety")
    with pytest.raises(WrongStatus):
        act(world, RECEIVER, answering.undo_accept_referral, accepted)
    done = act(world, RECEIVER, serving.confirm_withdrawal_referral, accepted)
    assert (done.status, responsible(accepted)) == ("withdrawn", SENDER)
    assert box(world, SENDER, Box.CLOSED) == [accepted.reference]


def test_the_warm_hand_off_is_confirmed_when_both_say_so(world, accepted):
    once = act(world, SENDER, contacting.confirm_contact_referral, accepted, method="phone")
    assert not once.is_contact_confirmed
    with pytest.raises(WrongStatus):
        act(world, SENDER, contacting.confirm_contact_referral, accepted, method="phone")
    both = act(world, RECEIVER, contacting.confirm_contact_referral, accepted, method="phone")
    assert both.is_contact_confirmed
    with database.as_role("worker"):
        entry = Entry.objects.filter(verb="referral.contact_confirmed").latest("id")
        assert entry.body.data["both"] is True


def test_a_need_goes_on_to_the_next_door_with_everything_copied(world):
    first = world.referral(services=("emergency_shelter", "peer_support"))
    declined = act(world, RECEIVER, answering.decline_referral, first, reason="no_capacity")
    assert box(world, SENDER, Box.NEEDS_ACTION) == [first.reference]
    desks = world.desks

    with pytest.raises(Invalid, match="already declined"):
        act(world, SENDER, following.reroute_referral, declined, to=desks[RECEIVER])
    with pytest.raises(WrongStatus):
        act(world, RECEIVER, following.reroute_referral, declined, to=desks["north-cas"])

    second = act(world, SENDER, following.reroute_referral, declined, to=desks["north-cas"])
    assert (second.status, second.doors, second.need_since) == ("sent", 2, first.sent_at)
    assert box(world, SENDER, Box.NEEDS_ACTION) == []
    assert box(world, SENDER, Box.CLOSED) == [first.reference]
    with world.acting(SENDER) as actor:
        doors = [d.reference for d in chain.doors_of(second, actor)]
        assert doors == [first.reference, second.reference]
        asked = {each.service for each in second.services.all()}
        assert asked == {"emergency_shelter", "peer_support"}
        assert chain.declined_desk_ids(second) == {desks[RECEIVER].pk}
    with world.acting("north-cas") as actor:
        shown = Referral.objects.visible_to(actor).with_desks().get()
        assert [d.reference for d in chain.doors_of(shown, actor)] == [second.reference]
    with pytest.raises(WrongStatus):
        act(world, SENDER, following.reroute_referral, first, to=desks["ottawa-community"])


def test_what_found_no_help_is_resolved_with_a_reason(world):
    referral = world.referral()
    declined = act(world, RECEIVER, answering.decline_referral, referral, reason="no_capacity")
    done = act(world, SENDER, following.resolve_referral, declined, reason="no_service_exists")
    assert done.settled_at
    assert box(world, SENDER, Box.CLOSED) == [referral.reference]


@pytest.mark.parametrize(
    ("reason", "where"), [("no_answer", Box.NEEDS_ACTION), ("found_elsewhere", Box.CLOSED)]
)
def test_a_withdrawal_settles_the_need_or_leaves_it_open(world, reason, where):
    referral = world.referral()
    act(world, SENDER, sending.withdraw_referral, referral, reason=reason)
    assert box(world, SENDER, where) == [referral.reference]


def test_what_was_agreed_by_phone_is_due_within_the_hour_and_moves_with_the_acceptance(world):
    draft = world.referral(sent=False, urgency="planned")
    called = timezone.now() - dt.timedelta(minutes=5)
    sent = act(world, SENDER, sending.send_referral, draft, agreed_by_phone_at=called)
    assert sent.due_at == sent.sent_at + dt.timedelta(hours=1)
    assert responsible(sent) == SENDER
    act(world, RECEIVER, answering.accept_referral, sent)
    assert responsible(sent) == RECEIVER


@pytest.mark.parametrize("hours", [-1, 25])
def test_a_call_of_another_day_is_no_agreement(world, hours):
    draft = world.referral(sent=False)
    called = timezone.now() - dt.timedelta(hours=hours)
    with pytest.raises(Invalid, match="24 hours"):
        act(world, SENDER, sending.send_referral, draft, agreed_by_phone_at=called)


@pytest.mark.parametrize("contact", ["agency", "province"])
def test_of_a_contact_by_phone_the_sender_stays_responsible_throughout(world, contact):
    to = Province("qc")
    if contact == "agency":
        with database.as_role("worker"):
            to = Agency.objects.create(
                slug="far",
                kind="health",
                region="west",
                name_en="Far",
                name_fr="Loin",
                privacy_regime="phipa",
            )
    case = world.case()
    with world.acting(SENDER) as actor:
        now = timezone.now()
        basis = BasisGiven("express_informed", AUDIENCE, now + dt.timedelta(days=9), form="spoken")
        draft = draft_referral(
            actor=actor,
            case=case,
            to=to,
            services=["peer_support"],
            urgency="urgent",
            basis=basis,
            at=now,
        )
        sent = sending.send_referral(referral=draft, actor=actor, at=now)
    assert box(world, SENDER, Box.NEEDS_ACTION) == [sent.reference], "the phone task"
    act(world, SENDER, answering.accept_referral, sent)
    assert box(world, SENDER, Box.SENT) == [sent.reference]
    spoke = act(world, SENDER, contacting.confirm_contact_referral, sent, method="phone")
    assert spoke.is_contact_confirmed
    act(world, SENDER, serving.start_referral, sent)
    assert responsible(sent) == SENDER
    outcomes = {"peer_support": "connected"}
    done = act(world, SENDER, serving.complete_referral, sent, outcomes=outcomes)
    assert (done.status, done.accepting_desk_id) == ("completed", None)
    with database.as_role("worker"):
        told = Entry.objects.get(verb="referral.completed")
        assert told.body.data["reported"] == "phone"
        assert ReferralGrant.objects.filter(content_object=sent, reason="receiver").count() == 0


def test_a_worker_takes_a_referral_and_the_lead_gives_it_to_somebody(world):
    referral = world.referral()
    worker, lead = world.user(RECEIVER), world.user(RECEIVER, Role.LEAD)
    act(world, RECEIVER, assigning.assign_referral, referral, to=worker)
    with pytest.raises(NotAllowed, match="duty lead"):
        act(world, RECEIVER, assigning.assign_referral, referral, to=lead)
    with world.acting(RECEIVER, Role.LEAD) as actor:
        assigning.assign_referral(referral=referral, actor=actor, to=lead, at=timezone.now())
        assert Referral.objects.get(pk=referral.pk).version == referral.version
    with world.acting(RECEIVER, Role.LEAD) as actor, pytest.raises(Invalid, match="your desk"):
        stranger = world.user("north-cas")
        assigning.assign_referral(referral=referral, actor=actor, to=stranger, at=timezone.now())
    with pytest.raises(NotAllowed, match="no part"):
        act(world, "north-cas", assigning.assign_referral, referral, to=world.user("north-cas"))


def test_the_other_side_never_learns_who_works_on_it(world):
    referral = world.referral()
    act(world, RECEIVER, assigning.assign_referral, referral, to=world.user(RECEIVER))
    with world.acting(SENDER):
        entry = Entry.objects.filter(verb="referral.assigned").first()
        assert entry is None or entry.body.data["to"] is not None


def test_seen_is_said_once_a_desk(world):
    referral = world.referral()
    assert act(world, RECEIVER, assigning.see_referral, referral)
    assert not act(world, RECEIVER, assigning.see_referral, referral)
    assert not act(world, SENDER, assigning.see_referral, referral)
    with world.acting(SENDER):
        assert Entry.objects.filter(verb="referral.seen").count() == 1


@pytest.mark.parametrize("verb", ["start", "waitlist", "give_back", "complete", "withdrawal"])
def test_of_a_team_the_desks_that_were_late_stay_out_whatever_follows(world, verb):
    referral = world.referral("ottawa")
    act(world, RECEIVER, answering.accept_referral, referral)
    if verb == "start":
        act(world, RECEIVER, serving.start_referral, referral)
    elif verb == "waitlist":
        day = timezone.now() + dt.timedelta(days=2)
        act(world, RECEIVER, serving.waitlist_referral, referral, review_at=day)
    elif verb == "give_back":
        act(world, RECEIVER, serving.give_back_referral, referral, reason="capacity_lost")
        act(world, SENDER, following.take_back_referral, referral)
    elif verb == "complete":
        outcomes = {"emergency_shelter": "connected"}
        act(world, RECEIVER, serving.complete_referral, referral, outcomes=outcomes)
        act(world, RECEIVER, serving.reopen_referral, referral, reason="needed_again")
    else:
        reason = "no_longer_needed"
        act(world, SENDER, following.request_withdrawal_referral, referral, reason=reason)
        act(world, RECEIVER, serving.confirm_withdrawal_referral, referral)
    with world.acting("ottawa-community") as actor:
        assert not Referral.objects.visible_to(actor).exists()
        assert not Case.objects.readable_by(actor).exists()


def test_withdrawing_does_not_bring_back_what_ended_with_the_basis(world):
    referral = world.referral()
    with database.as_superuser() as admin:
        admin.execute("set session_replication_role = replica")
        for table in ("referrals_basis", "referrals_referralgrant", "cases_casegrant"):
            admin.execute(
                f"update {table} set until = now() - interval '1 minute' where until is not null"
            )
    assert box(world, RECEIVER, Box.INBOX) == []
    act(world, SENDER, sending.withdraw_referral, referral, reason="no_answer")
    assert box(world, RECEIVER, Box.CLOSED) == []
    with world.acting(RECEIVER) as actor:
        assert not Referral.objects.visible_to(actor).exists()
