"""A page of lines, read in prepared statements: the same rows and fields as a referral's own page."""

import pytest
from django.db import connection
from django.utils import timezone

from coordination.models import User
from coordination.prepared import ask
from referrals import lines
from referrals.actions import answering, following
from referrals.api.referrals import visible
from referrals.loading import load
from referrals.models import Referral
from referrals.outputs import referral_out
from tests import database
from tests.referrals.test_guard_rails import drafted
from tests.referrals.test_life_cycle import act

PEEL, OTTAWA, COMMUNITY = "peel-cas", "ottawa-cas", "ottawa-community"


@pytest.fixture
def told(world):
    """Referrals to a desk, a team and a contact: waiting, declined, sent on, taken, a draft."""
    case = world.case()
    declined = act(
        world,
        OTTAWA,
        answering.decline_referral,
        world.referral(case=case, services=("emergency_shelter", "peer_support")),
        reason="no_capacity",
        suggested_desk=world.desks["north-cas"],
    )
    onward = act(world, PEEL, following.reroute_referral, declined, to=world.desks[COMMUNITY])
    taken = act(world, OTTAWA, answering.accept_referral, world.referral("ottawa"))
    draft = drafted(world, world.case(), "ottawa-police")
    return [declined.pk, onward.pk, taken.pk, world.referral().pk, draft.pk]


def test_a_line_and_the_api_say_of_a_page_what_they_say_of_one(world, told):
    for desk in (PEEL, OTTAWA, COMMUNITY):
        with world.acting(desk) as actor:
            now, found = timezone.now(), load(told, actor)
            alone = [visible(actor, each.reference) for each in found]
            assert {each.pk for each in found} == set(
                Referral.objects.visible_to(actor).filter(pk__in=told).values_list("pk", flat=True)
            )
            for one, other in zip(found, alone, strict=True):
                assert referral_out(one, actor, at=now) == referral_out(other, actor, at=now)
                assert lines.line(one, actor, at=now) == lines.line(other, actor, at=now)


def test_they_come_in_the_order_that_was_asked_for(world, told):
    with world.acting(PEEL) as actor:
        assert [each.pk for each in load(told[::-1], actor)] == told[::-1]


def test_the_statement_hides_without_row_level_security_what_visible_to_hides(world, told):
    for desk in (PEEL, OTTAWA, COMMUNITY, "north-cas", "ottawa-police"):
        with world.acting(desk) as actor:
            pass
        with database.as_role("worker"):
            shown = {each.pk for each in load(told, actor)}
            rows = Referral.objects.visible_to(actor).filter(pk__in=told)
            assert shown == set(rows.values_list("pk", flat=True))
        assert told[-1] not in shown or desk == PEEL


def test_row_level_security_hides_from_it_what_it_asks_for_in_anothers_name(world, told):
    with world.acting(OTTAWA) as other:
        pass
    with world.acting("north-cas"):
        assert load(told, other) == []


def test_a_draft_is_its_writers_alone(world, told):
    with world.acting(PEEL) as actor:
        assert told[-1] in {each.pk for each in load(told, actor)}
    with database.as_role("worker"):
        colleague = User.objects.create_user("peel.colleague", agency=actor.user.agency)
        without = type(actor)(colleague, actor.memberships, actor.desk)
        assert told[-1] not in {each.pk for each in load(told, without)}


def test_an_override_goes_along(world):
    draft = drafted(world, world.case(), COMMUNITY)
    with database.as_role("worker"):
        draft.overrides.create(rail="age_not_taken", reason="other")
    with world.acting(PEEL) as actor:
        (found,) = load([draft.pk], actor)
        assert referral_out(found, actor, at=timezone.now())["overrides"] == {
            "age_not_taken": "other"
        }


@pytest.mark.django_db
def test_a_statement_is_prepared_once_a_connection_and_what_the_orm_asks_never():
    def prepared():
        with connection.cursor() as cursor:
            cursor.execute("select statement from pg_prepared_statements")
            return [statement for (statement,) in cursor.fetchall()]

    before = prepared()
    assert [ask("select %(number)s + 1", number=each) for each in (1, 2)] == [[(2,)], [(3,)]]
    list(User.objects.filter(username="nobody"))
    assert prepared()[len(before) :] == ["select $1 + 1"]
