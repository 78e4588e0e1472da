"""What releases hide changes with two people of the Office, never below the floors."""

import datetime as dt

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client
from django.utils import timezone

from audit import followers
from audit.models import Entry
from coordination import invitations, thresholds
from coordination.actions import add_member
from coordination.errors import Invalid, NotAllowed, WrongStatus
from coordination.models import Agency, Desk, Membership, ThresholdProposal
from coordination.releasing.thresholds import Thresholds, in_force
from coordination.roles import Role
from notifications.models import Notice
from tests import database
from tests.coordination.test_said_now import tried
from tests.referrals.test_walls_of_handoffs import entry

OFFICE, COORDINATOR, AUDITOR = "office", Role.COORDINATOR, Role.AUDITOR
HIGHER = Thresholds(network=15, exported=30)
PAGE = "/en/office/statistics/thresholds/"


def propose(world, given=HIGHER):
    world.user(OFFICE, AUDITOR)  # who came in later confirms nothing
    with world.acting(OFFICE, COORDINATOR) as actor:
        return thresholds.propose_thresholds(actor=actor, thresholds=given, at=timezone.now())


def confirm(world, proposal, role=AUDITOR):
    with world.acting(OFFICE, role) as actor:
        return thresholds.confirm_thresholds(actor=actor, proposal=proposal, at=timezone.now())


def page(world, role):
    client = Client()
    client.force_login(world.user(OFFICE, role))
    return client


def test_where_nobody_can_confirm_the_page_says_so(world):
    coordinator = page(world, COORDINATOR)
    assert "Nobody can confirm this yet" in coordinator.get(PAGE).content.decode()
    said = coordinator.post(PAGE, HIGHER.written(), follow=True).content.decode()
    assert "Proposed. Nobody can confirm it." in said
    officer = world.user(OFFICE, AUDITOR)
    with database.as_superuser() as admin:
        seat = "update coordination_membership set since = clock_timestamp() where user_id = %s"
        admin.execute(seat, [officer.pk])
    late = coordinator.get(PAGE).content.decode()
    assert "Whoever has it for less cannot confirm it later either" in late
    with database.as_role("worker"):
        Membership.objects.filter(user=officer).update(since=timezone.now() - thresholds.SEATED)
    with world.acting(OFFICE, COORDINATOR) as actor:
        proposal = ThresholdProposal.objects.get()
        thresholds.set_aside_thresholds(actor=actor, proposal=proposal, at=timezone.now())
    assert "Nobody can confirm" not in coordinator.get(PAGE).content.decode()


def test_one_proposes_another_confirms_and_both_are_recorded_and_told(world):
    world.user(OFFICE, AUDITOR)
    proposal = propose(world)
    with database.as_role("worker"):
        assert in_force() == Thresholds(), "a proposal changes nothing"
    confirm(world, proposal)
    with database.as_role("worker"):
        assert in_force() == HIGHER
        proposed, confirmed = Entry.objects.filter(subject="thresholds:1").order_by("pk")
        assert (proposed.verb, confirmed.verb) == ("thresholds.proposed", "thresholds.confirmed")
        assert proposed.body.data["before"]["network"] == 11
        assert confirmed.body.data["thresholds"] == HIGHER.written()
        followers.drain("notify")
        told = {n.verb: n.recipient for n in Notice.objects.filter(verb__startswith="thresholds")}
    assert told == {
        "thresholds.proposed": world.user(OFFICE, AUDITOR),
        "thresholds.confirmed": world.user(OFFICE, COORDINATOR),
    }


def test_what_is_set_aside_changes_nothing_and_makes_room_for_the_next(world):
    proposal = propose(world)
    with pytest.raises(WrongStatus, match="waits"):
        propose(world, Thresholds(network=12))
    with world.acting(OFFICE, AUDITOR) as actor:
        said = {"actor": actor, "proposal": proposal, "at": timezone.now()}
        thresholds.set_aside_thresholds(**said)
        with pytest.raises(WrongStatus, match="decided"):
            thresholds.confirm_thresholds(**said)
    with database.as_role("worker"):
        assert in_force() == Thresholds()
    assert propose(world, Thresholds(network=12)).number == 2
    with pytest.raises(WrongStatus, match="in force already"):
        propose(world, Thresholds())


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (Thresholds(network=10), "network"),
        (Thresholds(exported=19), "exported"),
        (Thresholds(network=40, exported=30), "exported"),
        (Thresholds(base=3), "base"),
        (Thresholds(base=8), "base"),
        (Thresholds(dominance=90), "dominance"),
    ],
)
def test_nothing_is_possible_below_the_floors_or_against_the_nesting(world, given, field):
    with pytest.raises(Invalid) as refused:
        propose(world, given)
    assert refused.value.field == field


def test_the_role_table_says_who(world):
    proposal = propose(world)
    for role in (Role.ANALYST, Role.DATA_STEWARD, COORDINATOR):
        with pytest.raises(NotAllowed):
            confirm(world, proposal, role)
    with world.acting(OFFICE, AUDITOR) as actor, pytest.raises(NotAllowed):
        thresholds.propose_thresholds(actor=actor, thresholds=HIGHER, at=timezone.now())


def second_office(world):
    """Add another agency of the Office, with a privacy officer of its own."""
    with database.as_role("worker"), transaction.atomic():
        agency = Agency.objects.create(
            slug="privacy", kind="government", region="provincial", name_en="Privacy",
            name_fr="Vie privée", privacy_regime="fippa",
        )  # fmt: skip
        Desk.objects.create(
            group=Group.objects.create(name="desk:privacy"),
            slug="privacy",
            agency=agency,
            is_addressable=False,
        )
    world.__dict__.pop("desks", None)
    world.user("privacy", AUDITOR)


def test_where_there_is_an_officer_of_another_agency_that_officer_confirms(world):
    second_office(world)
    proposal = propose(world)
    with pytest.raises(NotAllowed, match="another agency"):
        confirm(world, proposal)
    shown = page(world, AUDITOR).get(PAGE).content.decode()
    assert "You cannot confirm this.</strong> Somebody of another agency has to" in shown
    assert "/confirm/" not in shown
    said = entry("thresholds:1", verb="thresholds.confirmed")
    assert tried(world, OFFICE, AUDITOR, CONFIRM, said) == 0, "nor past the action"
    with world.acting("privacy", AUDITOR) as actor:
        now = timezone.now()
        thresholds.confirm_thresholds(actor=actor, proposal=proposal, at=now)


def test_whoever_holds_both_roles_does_not_confirm_their_own(world):
    person = world.user(OFFICE, COORDINATOR)
    with database.as_role("worker"), transaction.atomic():
        second = Desk.objects.create(
            group=Group.objects.create(name="desk:office-2"),
            slug="office-2",
            agency=world.desks[OFFICE].agency,
            is_addressable=False,
        )
        add_member(user=person, desk=second, role=AUDITOR, at=timezone.now())
    seated_for(person, 60)
    world.__dict__.pop("desks", None)
    world.people["office-2", AUDITOR] = person
    assert tried(world, "office-2", AUDITOR, PROPOSE, entry("thresholds:1", verb=PROPOSED)) == 1
    said = entry("thresholds:1", verb="thresholds.confirmed")
    assert tried(world, "office-2", AUDITOR, CONFIRM, said) == 0


PROPOSED = "thresholds.proposed"
PROPOSE = (
    "insert into coordination_thresholdproposal (number, network, exported, base, dominance,"
    " proposed_by_id, proposed_at, decision) values (1, 12, 20, 5, 85, %(me)s, now(), '')"
)
CONFIRM = (
    "update coordination_thresholdproposal set decision = 'confirmed', decided_by_id = %(me)s,"
    " decided_at = now()"
)


def test_an_insider_with_sql_needs_another_person_too(world):
    world.user(OFFICE, AUDITOR)
    said = entry("thresholds:1", verb=PROPOSED)
    assert tried(world, OFFICE, COORDINATOR, PROPOSE) == 0, "without its entry"
    decided = PROPOSE.replace("'')", "'confirmed')")
    assert tried(world, OFFICE, COORDINATOR, decided, said) == 0
    for worse in ("1, 10, 20, 5, 85", "1, 12, 19, 5, 85", "1, 30, 20, 5, 85", "1, 12, 20, 1, 85"):
        lower = PROPOSE.replace("1, 12, 20, 5, 85", worse)
        assert tried(world, OFFICE, COORDINATOR, lower, said) == 0, worse
    for desk, role in ((OFFICE, AUDITOR), (OFFICE, Role.ANALYST), ("peel-cas", Role.LEAD)):
        assert tried(world, desk, role, PROPOSE, said) == 0, role
    assert tried(world, OFFICE, COORDINATOR, PROPOSE, said) == 1
    confirmed = entry("thresholds:1", verb="thresholds.confirmed")
    assert tried(world, OFFICE, COORDINATOR, CONFIRM, confirmed) == 0
    lower = "update coordination_thresholdproposal set network = 11"
    assert tried(world, OFFICE, AUDITOR, lower, confirmed) == 0
    assert tried(world, OFFICE, AUDITOR, CONFIRM) == 0, "without its entry"
    assert tried(world, OFFICE, AUDITOR, CONFIRM, confirmed) == 1
    assert tried(world, OFFICE, AUDITOR, CONFIRM, confirmed) == 0, "decided once"
    assert ThresholdProposal.objects.count() == 0, "without an actor nobody reads it"


def test_whom_the_one_who_proposed_let_in_is_no_second_person(world):
    """A coordinator invites a privacy officer to an own address, then proposes or has proposed."""
    known = world.user(OFFICE, AUDITOR)
    invited = []
    with world.acting(OFFICE, COORDINATOR) as actor:
        invitations.invite_person(
            actor=actor, desk=world.desks[OFFICE], role=AUDITOR, email="mine@example.org",
            language="en", link=lambda secret: invited.append(secret) or secret, at=timezone.now(),
        )  # fmt: skip
    with transaction.atomic():
        world.people[OFFICE, AUDITOR] = invitations.accept_invitation(
            secret=invited[0], username="second.me", first_name="Second", last_name="Me",
            password="correct-horse-battery-9", language="en", at=timezone.now(),
        )  # fmt: skip
    seated_for(world.user(OFFICE, AUDITOR), 60)
    proposal = propose(world)
    with pytest.raises(NotAllowed, match="let you in"):
        confirm(world, proposal)
    assert "/confirm/" not in page(world, AUDITOR).get(PAGE).content.decode()
    said = entry("thresholds:1", verb="thresholds.confirmed")
    assert tried(world, OFFICE, AUDITOR, CONFIRM, said) == 0, "nor past the action"
    with database.as_role("worker"):
        followers.drain("notify")
        told = Notice.objects.filter(verb="member.added")
        assert told.filter(recipient=known).exists(), "the officer learns of the second one"
    world.people[OFFICE, AUDITOR] = known
    confirm(world, proposal)


def seated_for(person, days):
    with database.as_role("worker"):
        since = timezone.now() - dt.timedelta(days=days)
        Membership.objects.filter(user=person).update(since=since)


def test_two_people_whom_a_third_seated_for_it_wait_for_a_month(world):
    """A coordinator seats two of their own, who then propose and confirm in their names."""
    first, second = world.user(OFFICE, COORDINATOR), world.user(OFFICE, AUDITOR)
    seated_for(first, 1)
    seated_for(second, thresholds.SEATED.days - 1)
    proposal = propose(world)
    with pytest.raises(NotAllowed, match="less than 30 days"):
        confirm(world, proposal)
    assert "Nobody can confirm this yet" in page(world, COORDINATOR).get(PAGE).content.decode()
    said = entry("thresholds:1", verb="thresholds.confirmed")
    assert tried(world, OFFICE, AUDITOR, CONFIRM, said) == 0, "nor past the action"
    with database.as_superuser() as admin:
        admin.execute("select prosrc from pg_proc where proname = 'stands_apart'")
        assert f"interval '{thresholds.SEATED.days} days'" in admin.fetchone()[0]
    seated_for(second, thresholds.SEATED.days + 1)
    confirm(world, proposal)


def test_who_was_invited_by_a_command_does_not_keep_another_from_confirming(world):
    officer, proposal = world.user(OFFICE, AUDITOR), propose(world)
    with database.as_superuser() as admin:
        admin.execute("set session_replication_role = replica")
        admin.execute(
            "insert into coordination_invitation (reference, digest, desk_id, role, email, language,"
            " invited_at, expires_at, used_at, used_in, person_id) values ('0NBDY000', repeat('a', 64),"
            " %s, 'data_steward', 'x@metis.example', 'en', now(), now(), now(), 1, %s)",
            [world.desks[OFFICE].pk, officer.pk],
        )
    confirm(world, proposal)


def test_who_came_in_since_confirms_nothing(world):
    assert tried(world, OFFICE, COORDINATOR, PROPOSE, entry("thresholds:1", verb=PROPOSED)) == 1
    officer = world.user(OFFICE, AUDITOR).pk
    with database.as_superuser() as admin:
        seat = "update coordination_membership set since = clock_timestamp() where user_id = %s"
        admin.execute(seat, [officer])
    said = entry("thresholds:1", verb="thresholds.confirmed")
    assert tried(world, OFFICE, AUDITOR, CONFIRM, said) == 0


def test_the_record_tells_of_the_decision_that_was_made_and_once(world):
    said, false = (entry("thresholds:1", verb=each) for each in (PROPOSED, "thresholds.confirmed"))
    assert tried(world, OFFICE, COORDINATOR, PROPOSE, said, false) == 0
    assert tried(world, OFFICE, COORDINATOR, PROPOSE, said, said) == 0
    assert tried(world, OFFICE, COORDINATOR, PROPOSE, said) == 1


def test_the_page_proposes_and_confirms_and_keeps_what_was_typed(world):
    coordinator, auditor = page(world, COORDINATOR), page(world, AUDITOR)
    shown = coordinator.get(PAGE).content.decode()
    assert "fewer than 11" in shown
    wrong = {"network": 40, "exported": 30, "base": 5, "dominance": 85}
    refused = coordinator.post(PAGE, wrong)
    assert refused.status_code == 422
    assert 'value="40"' in refused.content.decode()
    assert "has to hide as much" in refused.content.decode()
    low = coordinator.post(PAGE, wrong | {"network": 10})
    assert "Give a number from 11 to 100." in low.content.decode()
    given = {"network": 15, "exported": 30, "base": 5, "dominance": 80}
    assert coordinator.post(PAGE, given).status_code == 302
    assert "/confirm/" not in coordinator.get(PAGE).content.decode()
    assert "moins de 15" in auditor.get(PAGE.replace("/en/", "/fr/")).content.decode()
    assert auditor.post(f"{PAGE}1/confirm/").status_code == 302
    after = auditor.get(PAGE).content.decode()
    assert "fewer than 15" in after
    assert "/confirm/" not in after
    assert auditor.post(f"{PAGE}1/set-aside/", follow=True).status_code == 200
    with database.as_role("worker"):
        assert in_force() == Thresholds(15, 30, 5, 80)
