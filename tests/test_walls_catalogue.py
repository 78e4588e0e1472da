"""What test_walls.py leaves open: every walled table and odd actor, and the walls behind the API."""

import datetime as dt

import psycopg
import pytest
from django.test import Client
from django.utils import timezone

from audit import followers
from cases.actions.exporting import Wanted, export_cases
from cases.actions.importing import check_import
from cases.actions.leading import close_case
from cases.actions.notes import Words, add_note
from cases.actions.reporting import report_case
from cases.actions.requesting import open_request
from cases.models import Imported
from cases.models.case import CaseQuerySet
from coordination import references
from coordination.actions import report_gap, set_capacity
from coordination.disposing import dispose
from coordination.holds import set_hold
from coordination.models import (
    IdempotentAnswer,
    IdentifierPattern,
    Release,
    ReleaseRefused,
    ReleaseWorking,
    SealedTable,
    Stewardship,
    Tombstone,
)
from coordination.registers import enter_breach, enter_process
from coordination.releasing.thresholds import Thresholds
from coordination.retention import set_period
from coordination.reviews import open_review
from coordination.roles import Role
from coordination.rota import ExceptionGiven, ShiftGiven, set_rota
from coordination.thresholds import propose_thresholds
from notifications.models import Delivery, Mailbox, MailPreference, Notice
from referrals.actions.linking import link_cases
from referrals.actions.saved_views import save_view
from referrals.actions.unsent import keep_unsent
from referrals.filters import Filters
from referrals.models import DeskReminder, FollowUp, Override, ReferralQuerySet
from referrals.states import Box
from tests import database
from tests.coordination import test_training as training
from tests.coordination.test_agreements import agreed
from tests.coordination.test_groups import act, group_of, met, planned, write_up
from tests.coordination.test_people import invite
from tests.referrals.test_handoffs import propose
from tests.referrals.test_identity import keep_identity
from tests.test_walls import WALLED, rows

OF_THE_OFFICE = {"referrals_deskreminder", "referrals_followup"}
"""What stands beside records, and no desk reads."""


def fill(world):
    """Put at least one row into every walled table."""
    referral = world.referral()
    world.token("peel-cas")
    with world.acting("peel-cas") as actor:
        IdempotentAnswer.objects.create(
            user=actor.user, route="x", key="k", fingerprint="f", status=201, body={}
        )
        now = timezone.now()
        keep_unsent(actor=actor, answers={"urgency": "urgent"}, at=now)
        filters = Filters({"urgency": ("urgent",)})
        save_view(actor=actor, box=Box.INBOX, filters=filters, shared=True, default=True)
        double = world.case(needs=["legal_other"])
        link_cases(case=world.case(), same_as=double, needs=[], actor=actor, at=now)
        report_gap(actor=actor, service="dental", region="north", at=now)
    with world.acting("peel-cas", Role.LEAD) as actor:
        set_capacity(actor=actor, level="open", until=None, beds=1, at=timezone.now())
        now, person = timezone.now(), world.user("peel-cas")
        shift = ShiftGiven(("mon",), dt.time(8), dt.time(16), person)
        away = ExceptionGiven(now, now + dt.timedelta(hours=1), "nobody")
        set_rota(actor=actor, shifts=[shift], exceptions=[away], at=now)
        row = (
            "key,age_band,gender_identity,situation,service_language\nA,18_20,two_spirit,current,en"
        )
        export_cases(actor=actor, wanted=Wanted("own_system", "csv"), at=timezone.now())
        imported = check_import(actor=actor, content=row.encode(), at=timezone.now()).made
    with world.acting("peel-cas") as actor:
        case = referral.case
        words = Words("Needs a bed near a bus line.")
        add_note(actor=actor, case=case, about=case.subject, words=words, at=timezone.now())
        closed = world.case()
        outcomes, now = {"dental": "informed"}, timezone.now()
        close_case(
            case=closed, actor=actor, reason="goals_met", needs=outcomes, outcomes=outcomes, at=now
        )
    propose(world, case)
    invite(world)
    keep_identity(world)
    with world.acting("peel-cas") as actor:
        report_case(case=case, actor=actor, child_report="not_yet", at=timezone.now())
        draft = world.referral("ottawa-community", case=case, sent=False)
        Override.objects.create(referral=draft, rail="age_not_taken", reason="other")
    with database.as_role("worker"):
        Imported.objects.create(
            desk=imported.desk, key=b"0" * 32, fingerprint=b"0" * 32, by=imported
        )
        followers.drain("notify")
        open_review(agency=world.desks["peel-cas"].agency, at=timezone.now())
        IdentifierPattern.objects.create(
            code="x", regex="x", answer="warn", label_en="x", label_fr="x", added_at=timezone.now()
        )
    kept(world, referral.case)
    grouped(world)
    mailed(world)
    released(world)
    followed_up(world, referral)
    trained(world)
    for table in WALLED:
        assert rows(f"select count(*) from {table}") != [(0,)], table
    return referral


def trained(world):
    """Put a row into each table of training: a course, who completed it, a desk that asks for it."""
    training.load()
    training.enter(world)
    training.require(world, begins_in=1)


def released(world):
    """Put a row into each table of releases, and a count."""
    with database.as_role("worker"):
        release = Release.objects.create(
            period="2025-01", published_at=timezone.now(), tables=[], digest=""
        )
        ReleaseWorking.objects.create(release=release, content={})
        ReleaseRefused.objects.create(period="2025-02", refused_at=timezone.now())
        sealed = SealedTable.objects.create(
            release=release, period="2025-01", version=1, name="two_spirit", bodies=["metis"],
            content={}, sealed_at=timezone.now(),
        )  # fmt: skip
        Stewardship.objects.create(table=sealed, body="metis", key="2025-01:two_spirit:metis")
    with world.acting("office", Role.COORDINATOR) as actor:
        propose_thresholds(actor=actor, thresholds=Thresholds(network=15), at=timezone.now())


def followed_up(world, referral):
    """Put a row into each table of what the Office did about what is late."""
    common = {"by": world.user("office", Role.COORDINATOR), "at": timezone.now()}
    with database.as_role("worker"):
        FollowUp.objects.create(
            subject=referral.subject, version=2, number=1, how="phoned", **common
        )
        DeskReminder.objects.create(
            desk=world.desks["ottawa-cas"], about="slow", waiting=0, **common
        )


def grouped(world):
    """Put a row into each table of working groups."""
    act(world, planned(world), "take")
    write_up(world, met(world, group_of(world, name="Another")))


def mailed(world):
    """Put a row into each table of mail, and an agreement of two agencies."""
    agreed(world)
    person, now = world.user("peel-cas"), timezone.now()
    with database.as_role("worker"):
        Mailbox.objects.create(user=person)
        MailPreference.objects.create(user=person, kind="reminder", moment="digest")
        Delivery.objects.create(entry_id=1, recipient=person, due_at=now)


def kept(world, case):
    """Put a row into each table of retention: a hold, a period, and a draft that was disposed of."""
    now = timezone.now()
    with world.acting("office", Role.AUDITOR) as actor:
        set_hold(actor=actor, of=case.reference, reason="review", at=now)
        set_period(actor=actor, record_class="notices", length=20, at=now)
        today = timezone.localdate(now)
        enter_breach(actor=actor, kind="lost", received_on=today, at=now)
        enter_process(
            actor=actor, instrument="request", asked_by="police", asked=["counts"],
            received_on=today, at=now,
        )  # fmt: skip
    with world.acting("peel-cas") as actor:
        open_request(actor=actor, case=case, kind="see", received_on=today, at=now)
    draft = world.referral("north-cas", sent=False, sender="peel-community")
    with database.as_superuser() as admin:
        admin.execute("set session_replication_role = replica")
        admin.execute(
            "update referrals_referral set written_at = written_at - interval '8 days'"
            " where id = %s",
            [draft.pk],
        )
    with database.as_role("worker"):
        for follower in ("notify", "pace", "ladder", "count"):
            followers.drain(follower)
        dispose("drafts", at=now)
        Tombstone.objects.create(
            reference=draft.reference, opened_at=now, disposed_at=now, certificate=1
        )


def seen(actor):
    """Return how many rows of each walled table the web process sees, or why none."""
    found = {}
    with psycopg.connect(database.url("app"), autocommit=True) as app:
        if actor is not None:
            app.execute("select set_config('relay.actor', %s, false)", [actor])
        for table in sorted(WALLED):
            try:
                found[table] = app.execute(f"select count(*) from {table}").fetchone()[0]
            except (
                psycopg.errors.InvalidTextRepresentation,
                psycopg.errors.InsufficientPrivilege,  # the system's own: no right at all
            ):
                found[table] = 0
    return found


def test_without_a_real_actor_every_walled_table_is_empty(world):
    fill(world)
    nobody = [None, "", "0", "-1", "999999999", "x", "1 or true", " ", "NULL"]
    assert {actor: seen(actor) for actor in nobody} == dict.fromkeys(
        nobody, dict.fromkeys(WALLED, 0)
    )


@pytest.mark.parametrize(
    "ended",
    [
        "update coordination_user set is_active = false",
        "update coordination_membership set until = now() - interval '1 second'",
        "update coordination_membership set since = now() + interval '1 day'",
        "update coordination_membership set role = 'auditor'",
    ],
)
def test_who_no_longer_works_there_sees_no_case_and_no_referral(world, ended):
    fill(world)
    actor = str(world.user("peel-cas").pk)
    before = seen(actor)
    records = [each for each in WALLED if each.startswith(("cases_", "referrals_"))]
    of_work = sorted({*records} - OF_THE_OFFICE)
    assert all(before[table] for table in of_work), "control"
    with database.as_superuser() as cursor:
        cursor.execute(ended)
    after = seen(actor)
    assert {table: after[table] for table in of_work} == dict.fromkeys(of_work, 0)


def test_an_actor_does_not_outlive_its_transaction(world):
    fill(world)
    with world.acting("peel-cas"):
        pass
    with psycopg.connect(database.url("app")) as app:
        app.execute("select set_config('relay.actor', %s, true)", [str(world.user("peel-cas").pk)])
        assert app.execute("select count(*) from cases_case").fetchone() != (0,)
        app.commit()
        assert app.execute("select count(*) from cases_case").fetchone() == (0,)


def test_behind_the_api_and_the_pages_the_database_still_hides(world, monkeypatch):
    referral = fill(world)
    own = world.referral(sender="north-community", to="north-cas")
    for kind in (ReferralQuerySet, CaseQuerySet, type(Notice.objects.all())):
        for name in ("visible_to", "readable_by"):
            if hasattr(kind, name):
                monkeypatch.setattr(kind, name, lambda rows, actor: rows.all())
    names = {
        "referral": references.display(referral.reference),
        "case": references.display(referral.case.reference),
    }
    with database.as_role("worker"):
        notice = Notice.objects.exclude(recipient=world.user("north-cas")).first()
    client = Client(raise_request_exception=False)
    client.force_login(world.user("north-cas"))
    assert client.get(f"/api/v1/referrals/{references.display(own.reference)}").status_code == 200
    for path in ("referrals/{referral}", "cases/{case}"):
        assert client.get("/api/v1/" + path.format(**names)).status_code == 404
        assert client.get("/en/" + path.format(**names) + "/").status_code == 404
    assert client.post(f"/api/v1/notifications/{notice.pk}/done").status_code == 404
    lists = [f"/api/v1/referrals?box={box}" for box in ("inbox", "sent", "active", "closed")]
    for path in (*lists, "/api/v1/cases", "/api/v1/notifications"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert not any(name.encode() in answer.content for name in names.values()), path


def test_no_login_is_a_member_of_another_role(db):
    found = rows(
        "select m.rolname, r.rolname from pg_auth_members a join pg_roles m on m.oid = a.member"
        " join pg_roles r on r.oid = a.roleid where m.rolname in ('relay_app', 'relay_worker')"
    )
    assert found == []


def test_the_definer_cannot_log_in_and_owns_no_table(db):
    assert rows(
        "select rolcanlogin, rolsuper, rolcreaterole, rolcreatedb from pg_roles"
        " where rolname = 'relay_definer'"
    ) == [(False, False, False, False)]
    assert rows("select relname from pg_class where relowner = 'relay_definer'::regrole") == []


def test_every_function_of_relay_has_a_fixed_search_path(db):
    found = rows(
        "select proname from pg_proc p where pronamespace = 'public'::regnamespace"
        " and not exists (select from unnest(proconfig) s where s like 'search_path=%')"
        " and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')"
    )
    assert found == []


def test_a_definer_function_looks_into_temporary_tables_last(db):
    for name, settings in rows("select proname, proconfig from pg_proc where prosecdef"):
        (path,) = [each for each in settings if each.startswith("search_path=")]
        assert path.endswith("pg_temp"), name


def test_there_is_no_view_that_would_run_as_its_owner(db):
    found = rows(
        "select relname from pg_class where relkind in ('v', 'm')"
        " and relnamespace = 'public'::regnamespace"
        " and not coalesce(reloptions @> '{security_invoker=true}', false)"
    )
    assert found == []


def test_nobody_creates_objects_in_the_schema_but_the_owner(db):
    for role in ("relay_app", "relay_worker", "public"):
        assert rows(f"select has_schema_privilege('{role}', 'public', 'create')") == [(False,)]


def test_the_web_process_reads_no_password_of_the_database(db):
    refused = pytest.raises(psycopg.errors.InsufficientPrivilege)
    with psycopg.connect(database.url("app")) as app, refused:
        app.execute("select rolpassword from pg_authid")
