"""What test_record.py leaves open: further statements, new rows, every read, and a busy world."""

import json
from contextlib import closing, contextmanager

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db.utils import IntegrityError
from django.test import Client
from django.utils import timezone

from audit import followers
from audit.models import Entry, Pending
from cases.models import Case
from coordination import references
from referrals.actions import answering, sending
from referrals.models import Referral
from tests import database
from tests.referrals.test_api import CASE, referral_of

BY_BOTH = [
    "update audit_follower set name = 'x'",
    "delete from audit_follower",
    "truncate audit_follower",
    "insert into audit_pending (follower_id, entry_id, attempts, last_error)"
    " select 'notify', id, 0, '' from audit_entry",
    "alter table audit_pending disable trigger all",
    "alter table audit_entrybody disable trigger all",
    "alter sequence audit_entry_id_seq restart",
    "select nextval('audit_entry_id_seq')",
    "create rule nothing as on insert to audit_pending do instead nothing",
    "create trigger mine before insert on audit_entry for each row execute function audit_refuse()",
    "create table public.audit_mine (id int)",
    "create function public.mine() returns int language sql as 'select 1'",
    "alter function audit_append owner to current_user",
    "drop function audit_append",
    "copy audit_entrybody from program 'echo'",
    "select audit_refuse()",
    "alter role current_user bypassrls",
    "merge into audit_entrybody b using audit_entry e on b.entry_id = e.id"
    " when matched then update set data = '{}'",
]
BY_APP = [
    "begin; lock table audit_pending in access exclusive mode",
    "copy audit_pending to stdout",
    "select count(*) from audit_follower",
    "select audit_append('case.listed', 'box:cases', null, now() + interval '1 day', '{}', null, 'live')",
    "select audit_append('case.listed', 'box:cases', null, 'infinity', '{}', null, 'live')",
    "select audit_append('case.listed', 'box:cases', null, null, '{}', null, 'live')",
    "select audit_append('case.listed', 'box:cases', null, now(), '{}', null, null)",
    "select audit_append('case.listed', 'box:cases', null, now(), '{}', null, 'LIVE')",
    "select audit_append('case.listed', 'box:cases', null, now(), null, null, 'live')",
]
REFUSED = ("42501", "42809", "23514", "23502", "0A000")
"""Not the privilege, not a plain function, a check, a null, not possible here: no mistyped name."""


def refused(role, statement):
    with (
        psycopg.connect(database.url(role), autocommit=True) as session,
        pytest.raises(psycopg.Error) as refusal,
    ):
        session.execute(statement)
    assert refusal.value.sqlstate in REFUSED, refusal.value


@pytest.mark.parametrize("role", ["app", "worker"])
@pytest.mark.parametrize("statement", BY_BOTH)
def test_neither_role_touches_the_record_or_its_plumbing(world, role, statement):
    world.case()
    refused(role, statement)


@pytest.mark.parametrize("statement", BY_APP)
def test_the_web_process_neither_holds_up_followers_nor_forges_an_entry(world, statement):
    refused("app", statement)


@pytest.mark.parametrize("role", ["app", "worker"])
def test_a_role_passes_nothing_on(world, role):
    acl = (
        "select relname, relacl::text from pg_class where relname like 'audit%'"
        " and relnamespace = 'public'::regnamespace order by 1"
    )
    before = rows(acl)
    with psycopg.connect(database.url(role), autocommit=True) as session:
        for right in ("select", "insert", "update", "delete", "all"):
            session.execute(f"grant {right} on audit_entry, audit_entrybody to public")  # warns
    assert rows(acl) == before


def test_the_worker_cannot_hold_up_writers_by_locking_the_record(world):
    refused("worker", "begin; lock table audit_entry in share mode")


def test_a_temporary_table_does_not_stand_in_for_the_record(world):
    with psycopg.connect(database.url("app")) as app:
        try:
            app.execute("create temporary table audit_entry (like public.audit_entry)")
            app.execute("create temporary table audit_entrybody (like public.audit_entrybody)")
        except psycopg.errors.InsufficientPrivilege:
            return
        app.execute(
            "select audit_append('case.listed', 'box:cases', null, now(), '{}', null, 'live')"
        )
        assert app.execute("select count(*) from pg_temp.audit_entry").fetchone() == (0,)
    with database.as_role("worker"):
        assert Entry.objects.filter(verb="case.listed").count() == 1


def test_a_new_case_without_its_entry_cannot_be_committed(world):
    desk = world.desks["peel-cas"]
    with pytest.raises(IntegrityError, match="not in the record"), world.acting("peel-cas"):
        template = Case(lead_desk=desk, opened_at=timezone.now(), version=1)
        for name, value in CASE.items():
            setattr(template, name, value)
        references.insert(template)


@pytest.mark.parametrize("role", ["app", "worker"])
@pytest.mark.parametrize("table", ["cases_case", "referrals_referral"])
@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("version = version + 1", "recorded"),
        ("{fact}", "next_version"),
        ("version = version + 2", "next_version"),
        ("version = version - 1", "next_version"),
        ("reference = '00000000', version = version + 1", "next_version"),
    ],
)
def test_a_raw_change_needs_its_entry_and_the_next_version(world, role, table, change, constraint):
    world.referral()
    facts = {"cases_case": "dependants = dependants + 1", "referrals_referral": "doors = doors"}
    change = change.format(fact=facts[table])
    before = rows(f"select * from {table}")
    with closing(psycopg.connect(database.url(role))) as session:
        session.execute(
            "select set_config('relay.actor', %s, true)", [str(world.user("peel-cas").pk)]
        )
        with pytest.raises(psycopg.errors.CheckViolation) as refusal:
            assert session.execute(f"update {table} set {change}").rowcount == 1
            session.commit()
    assert refusal.value.diag.constraint_name == constraint
    assert rows(f"select * from {table}") == before


@pytest.mark.parametrize("role", ["app", "worker"])
@pytest.mark.parametrize("status", ["sent", "questioned", "accepted", "declined", "withdrawn"])
def test_nothing_begins_as_anything_but_a_draft(world, role, status):
    referral = world.referral(sent=False)
    columns = (
        "case_id, from_desk_id, to_desk_id, to_province, responsible_desk_id, writer_id, doors,"
        " urgency, due_at, give_back_reason"
    )
    with psycopg.connect(database.url(role)) as session:
        session.execute(
            "select set_config('relay.actor', %s, true)", [str(world.user("peel-cas").pk)]
        )
        with pytest.raises(psycopg.errors.CheckViolation) as refusal:
            session.execute(
                f"insert into referrals_referral ({columns}, reference, status, version,"
                " written_at, questions, decline_reason, withdraw_reason)"
                f" select {columns}, '00000000', %s, 1, now(), '{{}}', '', ''"
                " from referrals_referral where id = %s",
                [status, referral.pk],
            )
    assert refusal.value.diag.constraint_name == "referral_first_status"


def rows(sql):
    with database.as_superuser() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


READS = [
    "/api/v1/referrals?box=inbox",
    "/api/v1/referrals/{referral}",
    "/en/referrals/{referral}/",
]
READS_OF_THE_SENDER = ["/api/v1/cases", "/api/v1/cases/{case}", "/api/v1/referrals?box=sent"]
CHANGED = [
    "cases_case",
    "cases_casegrant",
    "cases_leadfacts",
    "coordination_idempotentanswer",
    "referrals_basis",
    "referrals_referral",
    "referrals_referralgrant",
    "referrals_requestedservice",
    "audit_entry",
    "audit_pending",
]


@contextmanager
def unrecordable():
    """Inside, the record takes no entry of the web process."""
    with database.as_superuser() as cursor:
        cursor.execute("revoke execute on function audit_append from relay_app")
        try:
            yield
        finally:
            cursor.execute("grant execute on function audit_append to relay_app")


def signed_in(world, desk):
    client = Client(raise_request_exception=False)
    client.force_login(world.user(desk))
    return client


@pytest.mark.parametrize(
    ("desk", "path"),
    [("ottawa-cas", path) for path in READS] + [("peel-cas", path) for path in READS_OF_THE_SENDER],
)
def test_no_read_shows_what_it_cannot_record(world, desk, path):
    referral = world.referral()
    names = {
        "referral": references.display(referral.reference),
        "case": references.display(referral.case.reference),
    }
    client = signed_in(world, desk)
    with unrecordable():
        answer = client.get(path.format(**names))
    assert answer.status_code == 500
    for shown in (*names.values(), "18_20", "emergency_shelter"):
        assert shown.encode() not in answer.content
    # Nothing else was in the way.
    assert client.get(path.format(**names)).status_code == 200


@pytest.mark.parametrize(
    ("desk", "path", "body"),
    [
        ("ottawa-cas", "referrals/{referral}/accept", {}),
        ("ottawa-cas", "referrals/{referral}/ask", {"questions": ["language"]}),
        ("ottawa-cas", "referrals/{referral}/decline", {"reason": "no_capacity"}),
        ("peel-cas", "referrals/{referral}/withdraw", {"reason": "safety"}),
        ("peel-cas", "cases", CASE),
        ("peel-cas", "referrals", None),
    ],
)
def test_no_write_changes_what_it_cannot_record(world, desk, path, body):
    referral = world.referral()
    if body is None:
        case = references.display(referral.case.reference)
        body = referral_of(case, services=["peer_support"])
    client = signed_in(world, desk)

    def post():
        return client.post(
            "/api/v1/" + path.format(referral=references.display(referral.reference)),
            json.dumps(body),
            "application/json",
            headers={"If-Match": '"2"', "Idempotency-Key": "k"},
        )

    before = {table: rows(f"select * from {table} order by 1") for table in CHANGED}
    with unrecordable():
        assert post().status_code == 500
    assert {table: rows(f"select * from {table} order by 1") for table in CHANGED} == before
    # Nothing else was in the way.
    assert post().status_code in {200, 201}


def busy(world):
    """Every verb once, and the followers keep up."""

    def act(desk, action, referral, **arguments):
        with world.acting(desk) as actor:
            action(referral=referral, actor=actor, at=timezone.now(), **arguments)

    for sent in (world.referral("ottawa"), world.referral()):
        act("ottawa-cas", answering.ask_referral, sent, questions=["language"])
        act("peel-cas", sending.answer_referral, sent, answers={"language": "yes"})
        act("ottawa-cas", answering.accept_referral, sent)
        act("ottawa-cas", answering.undo_accept_referral, sent)
        act("ottawa-cas", answering.decline_referral, sent, reason="no_capacity")
    act("peel-cas", sending.withdraw_referral, world.referral(), reason="safety")
    world.referral(sent=False)
    with database.as_role("worker"):
        for name in settings.RECORD_FOLLOWERS:
            followers.drain(name)


def test_verify_record_passes_on_a_busy_world(world, capsys):
    busy(world)
    with database.as_role("worker"):
        call_command("verify_record")
        assert not Pending.objects.exists()
        entries = Entry.objects.count()
        assert (
            entries
            == sum(each.version for model in (Case, Referral) for each in model.objects.all())
            + Entry.objects.filter(version=None).count()
        )
    assert f"{entries} entries verified" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("update audit_entry set salt = '\\x00' where id = {last}", "entry {last} .*hash"),
        ("update audit_entry set body_hash = '\\x00' where id = {last}", "entry {last} .*hash"),
        ("update audit_entry set version = 90 where id = {last}", "no entry"),
        ("update audit_entry set subject = 'referral:X' where id = {last}", "no entry"),
    ],
)
def test_verify_record_names_what_was_changed_with_the_triggers_off(world, statement, named):
    busy(world)
    with database.as_role("worker"):
        last = Entry.objects.filter(version__isnull=False).latest("id").pk
    with database.as_superuser() as cursor:
        cursor.execute("alter table audit_entry disable trigger append_only")
        cursor.execute(statement.format(last=last))
        cursor.execute("alter table audit_entry enable trigger append_only")
    with (
        database.as_role("worker"),
        pytest.raises(CommandError, match=named.format(last=last)) as e,
    ):
        call_command("verify_record")
    assert e.value.returncode == 1
