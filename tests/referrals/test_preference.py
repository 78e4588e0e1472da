"""The person's preference for Indigenous-led service, and the page that says who sees what."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from cases.facts import HARMFUL_FLAGS
from coordination import vocabularies
from coordination.models import Agency, Capacity, Desk
from coordination.roles import Role
from referrals import guard_rails, proposals
from tests import database

PEEL, LODGE = "peel-cas", "north-community"
KINDS = ["cas", "community_org", "indigenous_org"]


@pytest.fixture
def lodge(world):
    """One Indigenous-led desk, in another region, so that nothing else speaks for it."""
    with database.as_role("worker"):
        Agency.objects.filter(slug=LODGE).update(kind="indigenous_org")
    return world


def found(world, preference, **more):
    answers = {"services": ["emergency_shelter"], "indigenous_led": preference, **more}
    with world.acting(PEEL) as actor:
        return answers, proposals.propose(
            answers, sender=actor.desk, kinds=KINDS, at=timezone.now()
        )


@pytest.mark.parametrize("preference", ["first_choice", "if_available"])
def test_who_prefers_it_is_proposed_indigenous_led_service_first_with_the_reason(lodge, preference):
    answers, offered = found(lodge, preference)
    assert offered[0].desk.slug == LODGE
    assert "Indigenous-led, as the person prefers" in offered[0].reasons
    assert not proposals.misses_preference(answers, offered)


@pytest.mark.parametrize("preference", ["no", "not_asked"])
def test_who_does_not_gets_the_usual_order(lodge, preference):
    answers, offered = found(lodge, preference)
    assert offered[0].desk.slug == "peel-community"
    assert not proposals.misses_preference(answers, offered)


def test_only_the_first_choice_waits_for_a_full_desk(lodge):
    with database.as_role("worker"):
        desk = Desk.objects.get(slug=LODGE)
        until = timezone.now() + dt.timedelta(hours=1)
        Capacity.objects.create(desk=desk, level="full", until=until)
    assert found(lodge, "first_choice")[1][0].desk.slug == LODGE
    assert found(lodge, "if_available")[1][0].desk.slug != LODGE


def test_where_none_fits_it_is_said(world):
    answers, offered = found(world, "first_choice")
    assert offered
    assert proposals.misses_preference(answers, offered)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(("desk", "role"), [(PEEL, Role.WORKER), ("office", Role.AUDITOR)])
def test_everybody_signed_in_reads_who_sees_what_from_the_tables(world, language, desk, role):
    client = Client()
    client.force_login(world.user(desk, role))
    page = client.get(f"/{language}/privacy/who-sees-what/").content.decode()
    for flag, services in HARMFUL_FLAGS.items():
        assert vocabularies.label("safety_flag", flag, language) in page
        for service in services:
            assert vocabularies.label("service_need", service, language) in page
    for rail in guard_rails.rails():
        assert vocabularies.label("guard_rail", rail.code, language) in page
    for each in vocabularies.entries("legal_provision"):
        assert vocabularies.label("legal_provision", each.code, language) in page
