"""
An entry says what was done, of what it was done to: nobody says anything else, whatever the SQL.

Each statement was once carried out by somebody who played an insider.
"""

import psycopg
import pytest

from audit import followers, subjects
from audit.models import KnownVerb, Pending
from audit.verbs import Verb
from coordination.roles import Role
from notifications.models import Notice
from referrals.actions import answering
from referrals.handoff_states import HANDOFF_TRANSITIONS, HandoffStatus
from referrals.handoff_states import LAPSE as OFFER_LAPSES
from referrals.models import Referral
from referrals.states import LAPSE, TRANSITIONS
from tests import database
from tests.referrals.test_life_cycle import act
from tests.referrals.test_walls_of_handoffs import entry, tried

PEEL, OTTAWA, NORTH = "peel-cas", "ottawa-cas", "north-cas"


def source_of(function):
    with database.as_superuser() as admin:
        admin.execute("select prosrc from pg_proc where proname = %s", [function])
        ((source,),) = admin.fetchall()
    return source


def test_the_database_knows_the_events_that_the_code_knows(transactional_db):
    rows = {row.verb: (row.kinds, row.makes_version, row.by_worker) for row in _known()}
    assert rows == {
        str(verb): (
            list(subjects.kinds_of(verb)),
            subjects.makes_version(verb),
            verb in subjects.BY_WORKER,
        )
        for verb in Verb
    }


def _known():
    with database.as_role("worker"):
        return list(KnownVerb.objects.all())


def test_what_an_entry_says_of_a_move_is_that_move():
    moves, rest = source_of("referral_recorded").split("else\n    fits := case said")
    for transition in (*TRANSITIONS.values(), LAPSE):
        for source in transition.sources:
            if transition.target:
                said = f"('{transition.event}', '{source}', '{transition.target}')"
                assert said in moves, said
                assert f"'{transition.event}'" in rest
    assert moves.count("('referral.") == len(
        {(t.event, s) for t in (*TRANSITIONS.values(), LAPSE) if t.target for s in t.sources}
    ) + len(("accepted", "in_service", "waitlisted", "returning"))
    ends = source_of("handoff_recorded")
    for transition in (*HANDOFF_TRANSITIONS.values(), OFFER_LAPSES):
        assert transition.event == f"handoff.{transition.target}"
    assert all(f"'handoff.{status}'" in ends for status in HandoffStatus)


def test_nobody_says_what_they_did_not_do(world):
    referral = world.referral()
    of_case, of_referral = referral.case.subject, referral.subject
    world.user(PEEL, Role.LEAD)
    for subject, verb in (
        (of_case, "case.disposed"),
        (of_case, "case.entered_in_error"),
        (of_case, "case.passed_on"),
        (of_case, "case.assigned"),
        (of_case, "consent.withdrawn"),
        (of_case, "consent.ending"),
        (of_case, "note.added"),
        (of_case, "referral.viewed"),
        (of_referral, "referral.overdue"),
        (of_referral, "referral.accepted"),
        (of_referral, "referral.resolved"),
        (of_referral, "referral.assigned"),
        (of_referral, "referral.no_such_thing"),
        (f"identity:{referral.case.reference}", "identity.withdrawn"),
        (f"trace:{referral.case.reference}", "access.traced"),
        (f"user:{world.user(OTTAWA).pk}", "user.deactivated"),
        ("user:Jane", "session.started"),
        ("desk:north-cas", "desk.closed"),
        ("desk:peel-cas", "desk.capacity_set"),
        ("agency:peel-cas", "review.rhythm_set"),
        ("retention:cases", "retention.disposed"),
        ("retention:cases", "retention.period_set"),
        ("box:Jane Doe 416 555 1234", "case.listed"),
        ("asked:Jane-Doe", "access.refused"),
        ("hold:ABCDEFGH", "hold.lifted"),
        ("breach:ABCDEFGH", "breach.entered"),
        ("export:ABCDEFGH", "export.taken"),
        ("invitation:ABCDEFGH", "user.invited"),
        ("anything:ABCDEFGH", "case.viewed"),
    ):
        assert tried(world, PEEL, entry(subject, verb=verb)) == 0, (subject, verb)
    assert tried(world, PEEL, entry(of_case, verb="case.viewed")) == 1


@pytest.mark.parametrize(
    "verb",
    ["user.joined", "user.deactivated", "member.added", "member.ended", "token.issued"],
)
def test_of_ones_own_account_too_only_what_was_done_is_said(world, verb):
    said = entry(f"user:{world.user(PEEL).pk}", verb=verb, data='{"desk": "north-cas"}')
    assert tried(world, PEEL, said) == 0


SETTLED = "update referrals_referral set {columns} version = version + 1 where id = %(referral)s"
ASK = "status = 'questioned', questions = '{{contact_time}}',"
ANOTHER_LINE = "update referrals_referralgrant set box = 'waiting' where content_object_id = %(referral)s and reason = 'receiver'"


def test_a_change_is_said_as_what_it_was(world):
    referral = world.referral()
    for columns, verb in (
        ("", "referral.accepted"),
        ("", "referral.resolved"),
        ("", "referral.rerouted"),
        ("", "referral.handed_over"),
        ("", "referral.withdrawal_requested"),
        (ASK, "referral.accepted"),
        (ASK, "referral.stepped_aside"),
    ):
        change = SETTLED.format(columns=columns)
        said = entry(referral.subject, version=3, verb=verb)
        assert tried(world, OTTAWA, change, said, referral=referral.pk) == 0, (columns, verb)
    with database.as_role("worker"):
        assert Referral.objects.get().version == 2


def notices(**filters):
    with database.as_role("worker"):
        followers.drain("notify")
        return Notice.objects.filter(done_at=None, **filters).count()


@pytest.mark.parametrize("desk", [NORTH, OTTAWA])
def test_nobody_settles_what_others_were_told(world, desk):
    referral = world.referral()
    act(world, OTTAWA, answering.decline_referral, referral, reason="no_capacity")
    told = notices(verb="referral.declined")
    assert told
    for subject in (f"x:{referral.reference}", f"case:{referral.reference}", referral.subject):
        tried(world, desk, entry(subject, verb="referral.resolved"))
    assert notices(verb="referral.declined") == told


def test_an_event_that_nobody_knows_holds_nobody_up(world):
    case = world.case()
    with database.as_superuser() as admin:  # of before the walls, or of a later release
        admin.execute("alter table audit_entry disable trigger guard")
        for verb, subject in (("no.such_thing", "x:y"), ("referral.resolved", case.subject)):
            admin.execute(
                "select audit_append(%s, %s, null, clock_timestamp(), '{}', null, 'live')",
                [verb, subject],
            )
        admin.execute("alter table audit_entry enable trigger guard")
    with database.as_role("worker"):
        for follower in ("notify", "pace", "ladder", "count"):
            followers.drain(follower)
        assert not Pending.objects.exists()


def test_the_worker_too_says_nothing_of_what_it_is_not(world):
    refused = pytest.raises(psycopg.errors.CheckViolation)
    with refused, psycopg.connect(database.url("worker")) as worker:
        worker.execute(entry("import:ZZZZZZZZ", version=7, verb="no.such_thing"))
