"""A desk's own figures: exact, live, and of no other desk."""

import datetime as dt

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client
from django.utils import timezone

from audit.record import record, recording_as
from audit.verbs import Verb
from coordination.actions import add_member
from coordination.models import Desk, Team
from coordination.roles import Role
from referrals import desk_figures
from referrals.actions import answering
from tests import database
from tests.referrals.test_life_cycle import act


def of(world, desk, *, after=0):
    """Return the figures as they are so many days from now."""
    with world.acting(desk) as actor:
        at = timezone.now() + dt.timedelta(days=after)
        return desk_figures.of_desk(actor, actor.desk, at=at)


@pytest.fixture
def answered(world):
    """Ottawa's society accepts one at once, declines one and has one that waits."""
    accepted, declined, _waits = world.referral(), world.referral(), world.referral()
    act(world, "ottawa-cas", answering.accept_referral, accepted)
    act(world, "ottawa-cas", answering.decline_referral, declined, reason="no_capacity")
    return world


def test_a_desk_reads_what_became_of_what_it_was_sent(answered):
    found = of(answered, "ottawa-cas")
    month = found.months[0]
    assert (month.begins, len(found.months)) == (timezone.localdate().replace(day=1), 6)
    assert (month.received, month.accepted, month.declined, month.waiting) == (3, 1, 1, 1)
    assert (month.in_time, month.answered, month.usual) == (2, 2, dt.timedelta())
    assert (found.waiting, found.late) == (1, 0)
    assert (found.reasons, found.doors) == ({"no_capacity": 1}, {1: 1})


def test_what_waits_too_long_is_late(answered):
    assert of(answered, "ottawa-cas", after=2).late == 1


def test_what_was_answered_after_its_time_is_not_answered_in_time(world):
    referral = world.referral(urgency="immediate")
    with database.as_role("worker"), recording_as("seed"), transaction.atomic():
        record(Verb.REFERRAL_OVERDUE, subject=referral.subject, at=timezone.now(), data={})
    act(world, "ottawa-cas", answering.accept_referral, referral)
    month = of(world, "ottawa-cas").months[0]
    assert (month.in_time, month.answered) == (0, 1)


@pytest.mark.parametrize("desk", ["peel-cas", "ottawa-community", "north-cas"])
def test_nothing_is_counted_for_the_sender_or_another_desk(answered, desk):
    found = of(answered, desk)
    assert sum(month.received for month in found.months) == found.waiting == 0


def test_what_a_desk_may_no_longer_open_is_not_counted(world):
    referral = world.referral(to="ottawa")
    assert of(world, "ottawa-cas").waiting == 1
    act(world, "ottawa-community", answering.accept_referral, referral)
    assert of(world, "ottawa-cas").waiting == 0


def test_who_works_no_records_at_the_acting_desk_chooses_another(answered):
    user = answered.user("ottawa-cas", Role.AGENCY_ADMIN)
    with database.as_role("worker"), transaction.atomic():
        desk = Desk.objects.get(slug="ottawa-cas")
        desk.pk = Group.objects.create(name="desk:second").pk
        desk.slug, desk.team = "second", Team.objects.get(slug="north")
        desk.save(force_insert=True)
        add_member(user=user, desk=desk, role=Role.WORKER, at=timezone.now())
    page = Client()
    page.force_login(user)
    page.post("/en/desk/act/", {"desk": "ottawa-cas"})
    assert page.get("/en/desk/figures/").headers["Location"] == "/en/desk/"
    page.post("/en/desk/act/", {"desk": "second"})
    assert page.get("/en/desk/figures/").context["figures"].waiting == 0


def test_the_page_takes_as_many_queries_however_much_there_is(
    answered, django_assert_max_num_queries
):
    page = Client()
    page.force_login(answered.user("ottawa-cas", Role.LEAD))
    page.get("/en/desk/figures/")
    with django_assert_max_num_queries(16):
        shown = page.get("/fr/desk/figures/").content.decode()
    assert "Nos chiffres" in shown
