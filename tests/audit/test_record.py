"""The record is written with the deed, by nobody else, and cannot be changed."""

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db.utils import IntegrityError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from audit.record import record
from audit.verbs import Verb
from coordination import references
from referrals.actions import answering
from referrals.models import Referral
from tests import database

FORBIDDEN = [
    "update audit_entry set verb = 'x'",
    "update audit_entry set recorded_at = now()",
    "delete from audit_entry",
    "truncate audit_entry cascade",
    "truncate audit_pending",
    "update audit_entrybody set data = '{}'",
    "delete from audit_entrybody",
    "truncate audit_entrybody",
    "alter table audit_entry disable trigger all",
    "set session_replication_role = replica",
    "create rule nothing as on insert to audit_entry do instead nothing",
    "create or replace function audit_refuse() returns trigger language sql as 'select 1'",
    "drop trigger append_only on audit_entry",
    "insert into audit_entry (verb, subject, occurred_at, source, salt, body_hash)"
    " values ('x', 'x', now(), 'live', '', '')",
    "insert into audit_entry (id, verb, subject, occurred_at, recorded_at, db_role, source, salt,"
    " body_hash) values (1, 'x', 'x', now(), now(), 'relay_owner', 'live', '', '')",
    "insert into audit_entrybody (entry_id, data) select id, '{}' from audit_entry"
    " on conflict (entry_id) do update set data = excluded.data",
    "select setval('audit_entry_id_seq', 1)",
    "copy audit_entry to program 'cat'",
    "begin; lock table audit_entry in access exclusive mode",
    "set role relay_owner",
    "set role relay_definer",
    "set session authorization relay_owner",
    "insert into audit_follower values ('mine')",
    "select audit_follow('mine')",
    "alter table audit_entry no force row level security",
    "drop policy read on audit_entry",
]
FORBIDDEN_TO_APP = [
    "delete from audit_pending",
    "update audit_pending set parked_at = now()",
    "select * from audit_pending",
    "select audit_append('case.listed', 'box:cases', null, now() - interval '1 day', '{}', null, 'seed')",
    "select audit_append('case.listed', 'box:cases', null, now() - interval '1 day', '{}', null, 'live')",
]
REFUSALS = (
    psycopg.errors.InsufficientPrivilege,
    psycopg.errors.CheckViolation,
    psycopg.errors.GeneratedAlways,
    psycopg.errors.UndefinedTable,
)


@pytest.mark.parametrize("role", ["app", "worker"])
@pytest.mark.parametrize("statement", FORBIDDEN)
def test_no_role_of_the_application_can_touch_the_record(world, role, statement):
    world.case()
    with (
        psycopg.connect(database.url(role), autocommit=True) as session,
        pytest.raises(REFUSALS),
    ):
        session.execute(statement)


@pytest.mark.parametrize("statement", FORBIDDEN_TO_APP)
def test_the_web_process_cannot_touch_what_is_owed_or_lie_about_time(world, statement):
    with psycopg.connect(database.url("app"), autocommit=True) as app, pytest.raises(REFUSALS):
        app.execute(statement)


def test_even_the_owner_cannot_update_or_delete_an_entry(world):
    world.case()
    for statement in ("update audit_entry set verb = 'x'", "delete from audit_entry"):
        with database.as_owner() as cursor:
            cursor.execute("set role relay_owner")
            cursor.execute("alter table audit_entry no force row level security")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                cursor.execute(statement)
            cursor.execute("alter table audit_entry force row level security")


def test_identity_and_time_come_from_the_database(world):
    case = world.case()
    with database.as_role("worker"):
        entry = Entry.objects.get(subject=case.subject)
    assert (entry.db_role, entry.source) == ("relay_app", "live")
    assert entry.actor_id == world.user("peel-cas").pk
    assert entry.desk_id == world.desks["peel-cas"].pk
    assert abs((timezone.now() - entry.recorded_at).total_seconds()) < 60


def test_recording_outside_a_transaction_is_refused(transactional_db):
    with pytest.raises(RuntimeError):
        record(Verb.CASE_VIEWED, subject="case:X", at=timezone.now())


def test_a_rolled_back_deed_leaves_no_entry(world):
    referral = world.referral()

    class Stop(Exception):
        pass

    with pytest.raises(Stop), world.acting("ottawa-cas") as actor:
        answering.accept_referral(referral=referral, actor=actor, at=timezone.now())
        raise Stop
    with database.as_role("worker"):
        assert not Entry.objects.filter(verb=Verb.REFERRAL_ACCEPTED).exists()
        assert Referral.objects.get().status == "sent"


def test_a_change_without_its_entry_cannot_be_committed(world):
    referral = world.referral()
    with pytest.raises(IntegrityError, match="not in the record"), world.acting("peel-cas"):
        Referral.objects.filter(pk=referral.pk).update(urgency="crisis", version=3)


def test_a_change_must_make_the_next_version(world):
    referral = world.referral()
    with pytest.raises(IntegrityError, match="next version"), world.acting("peel-cas"):
        Referral.objects.filter(pk=referral.pk).update(urgency="crisis")


def test_what_cannot_be_recorded_is_not_shown(world, client):
    referral = world.referral()
    shown = references.display(referral.reference)
    with database.as_superuser() as cursor:
        cursor.execute("revoke execute on function audit_append from relay_app")
    try:
        client = Client(raise_request_exception=False)
        client.force_login(world.user("ottawa-cas"))
        for url in (reverse("referrals:detail", args=[shown]), f"/api/v1/referrals/{shown}"):
            response = client.get(url)
            assert response.status_code == 500
            assert shown.encode() not in response.content
        accepted = client.post(f"/en/referrals/{shown}/accept/", {"version": 2})
        assert accepted.status_code == 500
    finally:
        with database.as_superuser() as cursor:
            cursor.execute("grant execute on function audit_append to relay_app")
    with database.as_role("worker"):
        assert Referral.objects.get().status == "sent"


def test_opening_a_page_or_an_api_record_is_recorded(world, client):
    referral = world.referral()
    shown = references.display(referral.reference)
    client.force_login(world.user("ottawa-cas"))
    client.get(reverse("referrals:detail", args=[shown]))
    client.get(f"/api/v1/referrals/{shown}")
    client.force_login(world.user("peel-cas"))
    client.get(reverse("cases:detail", args=[references.display(referral.case.reference)]))
    with database.as_role("worker"):
        viewed = Entry.objects.filter(verb__endswith=".viewed").order_by("pk")
        looks = list(viewed.values_list("verb", flat=True))
    assert looks == ["referral.viewed", "referral.viewed", "case.viewed"]


def test_a_refused_attempt_is_recorded_with_what_was_asked_for(world, client):
    referral = world.referral()
    shown = references.display(referral.reference)
    client.force_login(world.user("north-cas"))
    client.get(reverse("referrals:detail", args=[shown]))
    with database.as_role("worker"):
        entry = Entry.objects.select_related("body").get(verb=Verb.ACCESS_REFUSED)
    assert entry.subject == f"asked:{shown}"
    assert entry.actor_id == world.user("north-cas").pk
    assert entry.body.data["status"] == 404


TAMPERING = {
    "a body changed": (
        'update audit_entrybody set data = data || \'{"lead": "x"}\' where entry_id ='
        " (select min(entry_id) from audit_entrybody)",
        "does not match its hash",
    ),
    "an entry deleted": (
        "delete from audit_pending; delete from audit_entrybody where entry_id in (select id from"
        " audit_entry where verb = 'referral.sent'); delete from audit_entry where verb ="
        " 'referral.sent'",
        "version 2 has no entry",
    ),
    "a row deleted": (
        "delete from referrals_requestedservice; delete from referrals_basis;"
        " delete from referrals_referralgrant; delete from referrals_referral",
        "has no row",
    ),
    "something stuck": (
        "update audit_pending set parked_at = now(), attempts = 5",
        "not dealt with",
    ),
}


@pytest.mark.parametrize("what", TAMPERING)
def test_verify_record_names_the_first_broken_entry(world, what, capsys):
    world.referral()
    statement, named = TAMPERING[what]
    with database.as_role("worker"):
        call_command("verify_record")
    with database.as_superuser() as cursor:
        cursor.execute("set session_replication_role = replica")
        cursor.execute(statement)
    with database.as_role("worker"), pytest.raises(CommandError, match=named) as broken:
        call_command("verify_record")
    assert broken.value.returncode == 1


def test_a_new_follower_is_owed_everything_that_happened_before(world):
    world.referral()
    with database.as_superuser() as cursor:
        cursor.execute("set role relay_owner")
        cursor.execute("begin")
        cursor.execute("select audit_follow('later')")
        cursor.execute(
            "select (select count(*) from audit_pending where follower_id = 'later'),"
            " (select count(*) from audit_entry)"
        )
        owed, entries = cursor.fetchone()
        cursor.execute("rollback")
    assert owed == entries > 0


def test_signing_in_is_recorded(world, client):
    user = world.user("peel-cas")
    with database.as_role("worker"):
        user.set_password("a-password-to-sign-in")
        user.save(update_fields=["password"])
    typed = {"login": user.username, "password": "a-password-to-sign-in"}
    assert client.post("/en/sign-in/", typed).status_code == 302
    with database.as_role("worker"):
        assert Entry.objects.get(verb=Verb.SIGNED_IN).actor_id == user.pk
