"""What was kept long enough goes, wholly and with a certificate; what is held or open stays."""

import datetime as dt
import threading
from dataclasses import replace
from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from audit import followers
from audit.models import Entry
from audit.record import record
from audit.verbs import Verb
from cases.actions import leading
from cases.actions.notes import Words, add_note
from cases.models import Case, Note
from coordination import disposing, holds
from coordination.errors import Invalid
from coordination.models import Area, Tombstone
from coordination.roles import Role
from referrals import disposal
from referrals.actions import answering, closing, serving
from referrals.actions.linking import link_cases
from referrals.models import Referral
from tests import database
from tests.referrals.test_handoffs import answer, propose
from tests.referrals.test_leading import lead, shown
from tests.referrals.test_life_cycle import act
from tests.referrals.test_notes import where

PEEL, OTTAWA = "peel-cas", "ottawa-cas"
TEXT = "Prefers the zebra lantern entrance."
AREA = "zebra-lantern-area"
OUTCOME = {"emergency_shelter": "connected"}


def over(world, *, referral=True):
    """Return a closed case that was referred, offered to another desk, and written about."""
    with database.as_role("worker"):
        Area.objects.get_or_create(
            slug=AREA, defaults={"team": world.desks[PEEL].team, "name_en": "x", "name_fr": "x"}
        )
    case = world.case(areas_to_avoid=[AREA])
    if referral:
        sent = world.referral(case=case)
        act(world, OTTAWA, answering.accept_referral, sent)
        with world.acting(OTTAWA) as actor:
            said = {"about": sent.subject, "words": Words(TEXT), "at": timezone.now()}
            add_note(actor=actor, case=case, **said)
        act(world, OTTAWA, serving.start_referral, sent)
        act(world, OTTAWA, serving.complete_referral, sent, outcomes=OUTCOME)
        answer(world, "decline", propose(world, case), reason="no_capacity")
    with world.acting(PEEL) as actor:
        add_note(actor=actor, case=case, about=case.subject, words=Words(TEXT), at=timezone.now())
    lead(world, closing.close_case, case, reason="goals_met", outcomes=OUTCOME if referral else {})
    return case


def owner(*statements):
    """Move rows into the past, past the triggers that would refuse it."""
    with database.as_superuser() as admin:
        admin.execute("set session_replication_role = replica")
        for statement in statements:
            admin.execute(statement)


def age(months=0, days=0):
    """Let time pass for everything that has a moment."""
    past = f"- interval '{months} months {days} days'"
    owner(
        f"update cases_case set opened_at = opened_at {past}, closed_at = closed_at {past}",
        f"update referrals_referral set written_at = written_at {past}",
        f"update audit_entry set recorded_at = recorded_at {past}, occurred_at = occurred_at {past}",
        f"update notifications_notice set created_at = created_at {past}",
        f"update coordination_idempotentanswer set created_at = created_at {past}",
        f"update django_session set expire_date = expire_date {past}",
    )


def settle():
    with database.as_role("worker"):
        call_command("follow", stdout=StringIO())


def night(*codes):
    """Run the nightly disposal as the worker; return what each class disposed of."""
    settle()
    with database.as_role("worker"):
        out = StringIO()
        call_command("dispose", stdout=out)
        call_command("verify_record", stdout=StringIO())
    counts = dict(line.split(": ") for line in out.getvalue().splitlines())
    return {code: int(said.split()[0]) for code, said in counts.items() if said[0] != "0"}


def heads():
    """Return what can be counted of the record: of each entry all but its body."""
    with database.as_superuser() as admin:
        admin.execute(
            "select id, verb, desk_id, actor_id, subject, version, occurred_at, body_hash"
            " from audit_entry where verb not like 'retention.%' and verb not like 'case.%disposed'"
            " order by id"
        )
        return admin.fetchall()


def test_after_24_months_nothing_of_a_case_is_anywhere(world):
    case = over(world)
    settle()
    age(months=23)
    assert "cases" not in night()
    age(months=1, days=1)
    before = heads()
    assert set(where(AREA)) >= {("cases_case", "areas_to_avoid"), ("audit_entrybody", "data")}
    assert night()["cases"] == 1
    assert heads() == before, "counts survive"
    assert set(where("zebra")) == {("coordination_area", "slug")}
    client = Client()
    client.force_login(world.user(PEEL))
    for named in (shown(case.reference), "7KQ4-M2XR"):
        assert client.get(f"/en/cases/{named}/").status_code == 404
        assert client.get(f"/api/v1/cases/{named}").status_code == 404
    assert shown(case.reference) not in client.get("/en/cases/").content.decode()
    with database.as_role("worker"):
        stone = Tombstone.objects.get()
        certificate = Entry.objects.select_related("body").get(pk=stone.certificate)
        assert (stone.reference, certificate.verb) == (case.reference, "retention.disposed")
        assert stone.closed_at > stone.opened_at
        said = certificate.body.data
        assert (said["class"], said["period"], said["count"]) == ("cases", "24 months", 1)
        assert said["references"] == [case.reference]
        assert not Case.objects.exists()
        assert not Referral.objects.exists()
        last = Entry.objects.filter(subject=case.subject).latest("pk")
        assert (last.verb, last.body.data) == ("case.disposed", {"certificate": certificate.pk})


def test_words_go_90_days_after_the_case_closes_and_its_facts_stay(world):
    case = over(world)
    age(days=89)
    assert "words" not in night()
    age(days=2)
    assert night()["words"] == 1
    assert set(where("zebra")) == {
        ("coordination_area", "slug"),
        ("cases_case", "areas_to_avoid"),
        ("audit_entrybody", "data"),
    }
    client = Client()
    client.force_login(world.user(PEEL))
    page = client.get(f"/en/cases/{shown(case.reference)}/")
    assert "its time was over" in page.content.decode()
    assert client.get(f"/en/cases/{shown(case.reference)}/recorded/").status_code == 200


def test_a_case_entered_in_error_goes_after_30_days(world):
    mistaken, kept = world.case(), over(world, referral=False)
    lead(world, leading.enter_case_in_error, mistaken, reason="opened_by_mistake")
    settle()
    age(days=29)
    assert "errors" not in night()
    age(days=2)
    assert night()["errors"] == 1
    with database.as_role("worker"):
        assert [case.pk for case in Case.objects.all()] == [kept.pk]
        assert Tombstone.objects.get().reference == mistaken.reference


def test_a_double_stays_as_long_as_the_case_that_it_is(world):
    kept, double = world.case(), world.case()
    with world.acting(PEEL) as actor:
        link_cases(case=double, same_as=kept, needs=[], actor=actor, at=timezone.now())
    age(months=25)
    assert "cases" not in night()
    lead(world, closing.close_case, kept, reason="goals_met", outcomes={})
    age(months=25)
    assert night()["cases"] == 2


def test_a_case_that_is_open_or_opened_again_is_never_disposed_of(world):
    world.case()
    again = over(world, referral=False)
    lead(world, leading.reopen_case, again)
    age(months=60)
    assert not {"cases", "words"} & set(night())
    with database.as_role("worker"):
        assert Case.objects.count() == 2


def test_a_draft_that_was_never_sent_goes_after_7_days_and_only_the_draft(world):
    draft = world.referral(sent=False)
    sent = world.referral(case=draft.case, services=("peer_support",))
    age(days=6)
    assert "drafts" not in night()
    age(days=2)
    assert night()["drafts"] == 1
    with database.as_role("worker"):
        assert [each.pk for each in Referral.objects.all()] == [sent.pk]
        assert not Entry.objects.filter(subject=draft.subject, body__isnull=False).exists()
        assert Entry.objects.filter(subject=sent.subject, body__isnull=True).count() == 0


@pytest.mark.parametrize("names", ["case", "desk", "agency", "receiver"])
def test_what_a_hold_names_stays_with_all_it_needs_until_it_is_lifted(world, names):
    case = over(world)
    of = {
        "case": shown(case.reference).lower(),
        "desk": world.desks[PEEL],
        "agency": world.desks[PEEL].agency,
        "receiver": world.desks[OTTAWA],
    }[names]
    with world.acting("office", Role.AUDITOR) as actor:
        hold = holds.set_hold(actor=actor, of=of, reason="litigation", at=timezone.now())
    other = world.case("north-cas")
    lead(world, closing.close_case, other, desk="north-cas", reason="goals_met", outcomes={})
    age(months=25)
    assert night()["cases"] == 1
    with database.as_role("worker"):
        assert Case.objects.get().pk == case.pk
        assert Note.objects.count() == 2
        assert Entry.objects.get(subject=case.subject, verb="case.opened").body.data
    with world.acting("office", Role.AUDITOR) as actor:
        holds.lift_hold(actor=actor, hold=hold, reason="ended", at=timezone.now())
    assert night() == {"cases": 1}


def test_a_hold_ends_by_itself_on_its_day(world):
    case = over(world, referral=False)
    with world.acting("office", Role.AUDITOR) as actor:
        now = timezone.now()
        until = now + dt.timedelta(days=30)
        holds.set_hold(actor=actor, of=case.reference, reason="review", until=until, at=now)
    age(months=25)
    assert "cases" not in night()
    owner("update coordination_legalhold set until = until - interval '31 days'")
    assert night()["cases"] == 1


def test_disposal_is_safe_twice_and_goes_on_where_it_stopped(world, monkeypatch):
    for _ in range(3):
        over(world, referral=False)
    age(months=25)
    settle()
    monkeypatch.setattr(disposal, "CASES", replace(disposal.CASES, batch=2))
    with database.as_role("worker"):
        assert disposing.count_due("cases", at=timezone.now()) == 3
        assert disposing.dispose("cases", at=timezone.now()) == 2
        monkeypatch.setattr(disposal, "_run", lambda *_a, **_k: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            disposing.dispose("cases", at=timezone.now())
        assert (Case.objects.count(), Tombstone.objects.count()) == (1, 2)
        monkeypatch.undo()
    assert night()["cases"] == 1
    assert night() == {}
    with database.as_role("worker"):
        assert Entry.objects.filter(verb="case.disposed").count() == 3


def test_two_disposals_at_once_lose_and_double_nothing(world):
    cases = [over(world, referral=False) for _ in range(4)]
    age(months=25)
    settle()
    taken, barrier = [], threading.Barrier(2)

    def run():
        barrier.wait()
        try:
            taken.append(disposing.dispose("cases", at=timezone.now()))
        finally:
            connection.close()

    with database.as_role("worker"):
        threads = [threading.Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(taken) == len(cases)
        assert Tombstone.objects.count() == len(cases)
        call_command("verify_record", stdout=StringIO())


def test_a_hold_waits_for_a_disposal_in_flight_and_then_says_that_the_case_is_gone(world):
    case = over(world, referral=False)
    age(months=25)
    settle()
    refused = []

    def hold():
        try:
            with world.acting("office", Role.AUDITOR) as actor:
                now = timezone.now()
                holds.set_hold(actor=actor, of=case.reference, reason="review", at=now)
        except Invalid as refusal:
            refused.append(str(refusal))
        finally:
            connection.close()

    world.user("office", Role.AUDITOR)
    with psycopg.connect(database.url("worker")) as worker:
        worker.execute("select pg_advisory_xact_lock_shared(hashtextextended('holds', 0))")
        thread = threading.Thread(target=hold)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()
        with database.as_superuser() as admin:
            admin.execute("delete from cases_casegrant")
            admin.execute("delete from cases_leadfacts")
            admin.execute("delete from cases_note")
            admin.execute("delete from cases_case")
    thread.join()
    assert "no case" in refused[0]


def test_a_case_with_an_effect_that_is_owed_waits(world):
    over(world, referral=False)
    age(months=25)
    with database.as_role("worker"):
        assert disposing.dispose("cases", at=timezone.now()) == 0
        for name in ("notify", "pace", "ladder", "count"):
            followers.drain(name)
    assert night()["cases"] == 1


def test_traces_go_after_30_days(world):
    referral = world.referral()
    client = Client()
    client.force_login(world.user(OTTAWA))
    client.get(f"/en/referrals/{shown(referral.reference)}/")
    settle()
    age(days=20)
    assert night() == {}
    age(days=11)
    assert night() == {"notices": 1, "sessions": 1}


def test_what_was_looked_at_in_lists_goes_after_24_months_and_that_somebody_looked_stays(world):
    client = Client()
    client.force_login(world.user(PEEL))
    client.get("/en/cases/")
    client.get("/en/cases/7KQ4-M2XR/")
    settle()
    age(months=25)
    assert night()["looks"] == 2
    with database.as_role("worker"):
        looked = Entry.objects.filter(verb__in=["case.listed", "access.refused"])
        assert looked.count() == 2
        assert not looked.filter(body__isnull=False).exists()


def test_a_dry_run_changes_nothing(world):
    over(world)
    age(months=25)
    settle()
    out = StringIO()
    with database.as_role("worker"):
        call_command("dispose", "--dry-run", stdout=out)
        assert Case.objects.count() == 1
    assert "cases: 1 due" in out.getvalue()


@pytest.mark.parametrize("role", ["app", "worker"])
@pytest.mark.parametrize(
    "statement",
    [
        "delete from audit_entrybody",
        "delete from audit_disposal",
        "update audit_disposal set certificate_id = 1",
        "insert into audit_disposal select id, id from audit_entry",
        "select audit_dispose(array(select id from audit_entry), 1)",
        "select audit_dispose('{}', null)",
    ],
)
def test_no_body_goes_without_a_certificate_that_names_it(world, role, statement):
    world.case()
    with (
        psycopg.connect(database.url(role), autocommit=True) as session,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        session.execute(statement)


def test_a_certificate_covers_what_it_names_and_no_more_in_its_own_transaction(world):
    case = world.case()
    with database.as_role("worker"):
        ids = list(Entry.objects.filter(subject=case.subject).values_list("pk", flat=True))
        for more in ([], ids):
            with pytest.raises(Exception, match="no certificate"), connection.cursor() as cursor:
                said = {"entries": len(more), "digest": "x"}
                with transaction.atomic():
                    made = record(
                        Verb.RETENTION_DISPOSED, subject="retention:x", at=timezone.now(), data=said
                    )
                    cursor.execute("select audit_dispose(%s, %s)", [ids, made])


@pytest.mark.parametrize(
    ("tamper", "found"),
    [
        ("delete from audit_entrybody where entry_id = (select max(id) from audit_entry)", "gone"),
        (
            "delete from audit_disposal where entry_id = (select min(entry_id) from audit_disposal)",
            "gone",
        ),
        (
            "insert into audit_entrybody select min(entry_id), '{}' from audit_disposal",
            "there again",
        ),
    ],
)
def test_what_goes_without_its_certificate_is_found(world, tamper, found):
    over(world, referral=False)
    age(months=25)
    night()
    owner(tamper)
    err = StringIO()
    with database.as_role("worker"), pytest.raises(CommandError, match="first broken") as broken:
        call_command("verify_record", stderr=err)
    assert found in f"{broken.value} {err.getvalue()}"
