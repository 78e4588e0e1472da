"""Leaving: access ends at once, and what a person or a desk held is never without a holder."""

import datetime as dt
from unittest.mock import ANY

import pytest
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from cases.actions.assigning import assign_case
from cases.models import Case
from coordination import people
from coordination.actions import add_member
from coordination.errors import Invalid, NotAllowed, WrongStatus
from coordination.models import Desk, Membership, Team, User
from coordination.roles import Role
from referrals import drift, holdings
from referrals.actions import leaving
from referrals.actions.answering import accept_referral
from referrals.actions.assigning import assign_referral
from referrals.models import Referral, ReferralGrant
from tests import database
from tests.referrals.test_handoffs import propose


def settle(after=0):
    """Let the worker pass on what is owed; nothing has drifted afterwards."""
    with database.as_role("worker"):
        leaving.pass_on(at=timezone.now() + dt.timedelta(seconds=after))
        assert list(drift.drifted()) == []


def colleague(world, desk, name="second", role=Role.WORKER):
    with database.as_role("worker"):
        user = User.objects.create_user(f"{desk}.{name}", agency=world.desks[desk].agency)
        at = timezone.now() - dt.timedelta(seconds=1)
        add_member(user=user, desk=world.desks[desk], role=role, at=at)
    return user


def deactivate(world, desk, role=Role.WORKER, successor=None):
    person = world.user(desk, role)
    with world.acting(desk, Role.AGENCY_ADMIN) as admin:
        people.deactivate_person(
            actor=admin, person=person, successors={desk: successor}, at=timezone.now()
        )
    return person


def empty(world, desk):
    """Deactivate everybody who works at a desk."""
    workers = [p for (d, r), p in world.people.items() if d == desk and r in {"worker", "lead"}]
    for person in workers:
        with world.acting(desk, Role.AGENCY_ADMIN) as admin:
            people.deactivate_person(actor=admin, person=person, successors={}, at=timezone.now())


def accept(world, referral, desk="ottawa-cas"):
    with world.acting(desk) as actor:
        accept_referral(referral=referral, actor=actor, at=timezone.now())


def now_of(referral):
    with database.as_role("worker"):
        return Referral.objects.select_related(
            "case__lead_desk", "from_desk", "to_desk", "accepting_desk", "responsible_desk"
        ).get(pk=referral.pk)


def test_whoever_is_deactivated_is_out_at_once(world):
    token, client = world.token("peel-cas"), Client()
    client.force_login(world.user("peel-cas"))
    api = {"Authorization": f"Token {token}"}
    assert client.get("/en/inbox/").status_code == 200
    assert client.get("/api/v1/referrals", headers=api).status_code == 200
    deactivate(world, "peel-cas")
    assert client.get("/en/inbox/").status_code == 302
    assert Client().get("/api/v1/referrals", headers=api).status_code == 401
    with database.as_superuser() as cursor:  # even a flag that is set again brings nobody back
        cursor.execute("update coordination_user set is_active = true")
    assert client.get("/en/inbox/").status_code == 302
    assert Client().get("/api/v1/referrals", headers=api).status_code == 401


def test_what_a_leaver_held_goes_to_whom_the_administrator_names(world):
    second, admin = colleague(world, "peel-cas"), world.user("peel-cas", Role.AGENCY_ADMIN)
    sent, draft = world.referral(), world.referral(to="north-cas", sent=False)
    with world.acting("peel-cas") as actor:
        assign_referral(referral=sent, actor=actor, to=actor.user, at=timezone.now())
        assign_case(case=sent.case, actor=actor, to=actor.user, at=timezone.now())
    writer = world.user("peel-cas")
    with world.acting("peel-cas", Role.AGENCY_ADMIN):
        (held,) = holdings.held_by(writer)
    assert (held.cases, held.referrals, held.drafts) == (1, 1, 1)
    person = deactivate(world, "peel-cas", successor=second)
    settle()
    with database.as_role("worker"):
        line = ReferralGrant.objects.get(content_object=sent, reason="sender")
        assert line.assignee == second
        assert Case.objects.get(pk=sent.case_id).assignee == second
        assert Referral.objects.get(pk=draft.pk).writer == second
        said = Entry.objects.filter(verb__in=["referral.assigned", "referral.passed_on"])
        last = said.latest("pk")
        assert last.actor_id == admin.pk
        assert said.filter(verb="referral.assigned").latest("pk").body.data == {
            "to": second.pk, "before": person.pk, "desk": "peel-cas", "why": "left",
        }  # fmt: skip
    client = Client()
    client.force_login(second)
    assert client.get(f"/en/referrals/{draft.reference}/").status_code == 200


def test_without_a_successor_the_desk_has_it_and_a_lead_goes_on_with_drafts(world):
    world.user("peel-cas", Role.LEAD)
    sent, draft = world.referral(), world.referral(to="north-cas", sent=False)
    with world.acting("peel-cas") as actor:
        assign_referral(referral=sent, actor=actor, to=actor.user, at=timezone.now())
    deactivate(world, "peel-cas")
    settle()
    with database.as_role("worker"):
        assert ReferralGrant.objects.get(content_object=sent, reason="sender").assignee is None
        assert Referral.objects.get(pk=draft.pk).writer == world.user("peel-cas", Role.LEAD)


def test_a_successor_works_at_the_desk(world):
    stranger = world.user("ottawa-cas")
    with pytest.raises(Invalid):
        deactivate(world, "peel-cas", successor=stranger)


def test_an_administrator_has_their_own_agency_and_never_themselves(world):
    at = timezone.now()
    world.user("peel-cas", Role.AGENCY_ADMIN)
    with world.acting("peel-cas", Role.AGENCY_ADMIN) as admin:
        for person in (world.people["ottawa-cas", Role.WORKER], admin.user):
            with pytest.raises(NotAllowed):
                people.deactivate_person(actor=admin, person=person, successors={}, at=at)
        with pytest.raises(NotAllowed):
            people.seat_person(
                actor=admin, person=admin.user, desk=world.desks["peel-cas"], role=Role.WORKER,
                at=at,
            )  # fmt: skip
        with pytest.raises(Invalid):
            people.seat_person(
                actor=admin, person=world.user("peel-cas"), desk=world.desks["peel-cas"],
                role=Role.COORDINATOR, at=at,
            )  # fmt: skip
    with world.acting("peel-cas") as worker, pytest.raises(NotAllowed):
        people.deactivate_person(
            actor=worker, person=world.user("peel-cas", Role.AGENCY_ADMIN), successors={}, at=at
        )


def test_the_office_stands_in_for_an_agency_without_an_administrator_only(world):
    world.user("office", Role.COORDINATOR)
    other = world.user("north-cas", Role.LEAD)
    at, desk, person = timezone.now(), world.desks["north-cas"], world.user("north-cas")
    with world.acting("office", Role.COORDINATOR) as office:
        people.seat_person(actor=office, person=person, desk=desk, role=Role.AGENCY_ADMIN, at=at)
    with world.acting("office", Role.COORDINATOR) as office, pytest.raises(NotAllowed):
        people.deactivate_person(actor=office, person=other, successors={}, at=timezone.now())
    with world.acting("office", Role.COORDINATOR) as office:  # the last administrator
        people.deactivate_person(actor=office, person=person, successors={}, at=timezone.now())
        with pytest.raises(WrongStatus):
            people.deactivate_person(actor=office, person=person, successors={}, at=timezone.now())


def test_a_role_changes_and_the_work_stays(world):
    sent = world.referral()
    with world.acting("peel-cas") as actor:
        assign_referral(referral=sent, actor=actor, to=actor.user, at=timezone.now())
    person = world.user("peel-cas")
    with world.acting("peel-cas", Role.AGENCY_ADMIN) as admin:
        people.seat_person(
            actor=admin, person=person, desk=world.desks["peel-cas"], role=Role.LEAD,
            at=timezone.now(),
        )  # fmt: skip
    settle()
    with database.as_role("worker"):
        seats = Membership.objects.filter(user=person).order_by("pk")
        assert [(each.role, each.until is None) for each in seats] == [
            ("worker", False), ("lead", True),
        ]  # fmt: skip
        assert ReferralGrant.objects.get(content_object=sent, reason="sender").assignee == person
        assert person.groups.filter(pk=world.desks["peel-cas"].pk).exists()


def test_an_emptied_desk_hands_what_it_had_to_the_duty_desk(world):
    led = world.referral(to="north-cas", sender="ottawa-cas")
    awaiting, held = world.referral(), world.referral()
    accept(world, held)
    propose(world, awaiting.case, to=world.desks["ottawa-cas"])
    empty(world, "ottawa-cas")
    settle()
    duty = world.desks["ottawa-community"]
    led, awaiting, held = now_of(led), now_of(awaiting), now_of(held)
    assert (led.case.lead_desk, led.from_desk, led.responsible_desk) == (duty, duty, duty)
    assert (awaiting.to_desk, awaiting.responsible_desk.slug) == (duty, "peel-cas")
    assert (held.accepting_desk, held.responsible_desk, held.status) == (duty, duty, "accepted")
    client = Client()
    client.force_login(world.user("ottawa-community"))
    for each in (awaiting, held):
        page = client.get(f"/en/referrals/{each.reference}/")
        assert "It came from Agency ottawa-cas" in page.content.decode()
    assert client.get(f"/en/cases/{held.case.reference}/").status_code == 200
    with world.acting("ottawa-community") as actor:
        assert accept_referral(referral=awaiting, actor=actor, at=timezone.now())
    with database.as_role("worker"):
        verbs = Entry.objects.filter(subject=held.subject).values_list("verb", flat=True)
        assert list(verbs).count("referral.passed_on") == 1
        assert holdings.desks_left() == []


def test_the_cover_desk_comes_before_the_duty_desk(world):
    with database.as_role("worker"):
        Desk.objects.filter(slug="ottawa-cas").update(cover_desk=world.desks["ottawa-police"])
    open_to_police = world.referral(audience=("cas", "community_org", "police"))
    without_police = world.referral()
    empty(world, "ottawa-cas")
    settle()
    assert now_of(open_to_police).to_desk.slug == "ottawa-police"
    assert now_of(without_police).to_desk.slug == "ottawa-community"


def test_what_nobody_may_have_stays_on_the_offices_list(world):
    stuck = world.referral(to="ottawa-cas", audience=("cas",))
    accept(world, stuck)
    empty(world, "ottawa-cas")
    settle()
    assert now_of(stuck).responsible_desk.slug == "ottawa-cas"
    with database.as_role("worker"):
        assert [each.desk.slug for each in holdings.desks_left()] == ["ottawa-cas"]
        assert Entry.objects.filter(verb="desk.stranded").count() == 1
    settle()
    colleague(world, "ottawa-cas")
    settle()
    with database.as_role("worker"):
        assert holdings.desks_left() == []
        assert Entry.objects.filter(verb__startswith="desk.stranded").count() == 2


def test_two_desks_that_empty_at_once_end_up_with_who_is_left(world):
    held, other = world.referral(), world.referral(to="ottawa-community")
    accept(world, held)
    accept(world, other, "ottawa-community")
    for desk in ("ottawa-cas", "ottawa-community"):
        empty(world, desk)
    settle()
    with database.as_role("worker"):
        left = [each.desk.slug for each in holdings.desks_left()]
    assert left == ["ottawa-cas", "ottawa-community"]
    colleague(world, "ottawa-community")
    settle()
    duty = world.desks["ottawa-community"]
    assert {now_of(each).responsible_desk for each in (held, other)} == {duty}


def test_a_referral_comes_back_when_its_sender_is_the_heir(world):
    awaiting = world.referral(sender="ottawa-community")
    held = world.referral(sender="ottawa-community")
    accept(world, held)
    empty(world, "ottawa-cas")
    settle()
    awaiting, held = now_of(awaiting), now_of(held)
    assert (awaiting.status, held.status) == ("declined", "returned")
    assert {awaiting.responsible_desk.slug, held.responsible_desk.slug} == {"ottawa-community"}


def test_of_a_team_the_empty_desk_steps_aside_and_the_last_one_is_succeeded(world):
    referral = world.referral(to="ottawa")
    empty(world, "ottawa-cas")
    settle()
    with database.as_role("worker"):
        lines = ReferralGrant.objects.current().filter(content_object=referral, reason="receiver")
        assert [line.group.desk.slug for line in lines] == ["ottawa-community"]


def test_a_seat_that_ends_by_itself_is_found_by_the_sweep(world):
    held = world.referral()
    accept(world, held)
    with database.as_role("worker"):
        soon = timezone.now() + dt.timedelta(milliseconds=1)
        Membership.objects.filter(user=world.user("ottawa-cas")).update(until=soon)
    settle()
    assert now_of(held).responsible_desk.slug == "ottawa-community"
    with database.as_role("worker"):
        assert not Membership.objects.owing().exists()


def test_nothing_is_sent_to_a_desk_without_people(world):
    empty(world, "ottawa-cas")
    with pytest.raises(Invalid):
        world.referral()
    assert Team.objects.get(slug="ottawa").duty_desk_id == ANY
