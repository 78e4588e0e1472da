"""Indigenous identity: with its own consent, at Indigenous-led desks of the case, and nowhere else."""

import datetime as dt

import psycopg
import pytest
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from cases.actions.identity import record_identity, withdraw_identity
from cases.models import IndigenousIdentity
from cases.models.identity import holding_kinds
from coordination.errors import Invalid, NotAllowed, WrongStatus
from coordination.models import Agency
from referrals.actions.answering import accept_referral
from tests import database
from tests.referrals.test_api import Api
from tests.referrals.test_life_cycle import act

PEEL, LODGE, OTHER = "peel-cas", "north-community", "ottawa-cas"
KINDS = ("cas", "community_org", "indigenous_org")


def lodge(world):
    with database.as_role("worker"):
        Agency.objects.filter(slug=LODGE).update(kind="indigenous_org")
    world.__dict__.pop("desks", None)


def held(world):
    """Return a case that a children's aid society leads and an Indigenous-led desk works on."""
    lodge(world)
    referral = world.referral(to=LODGE, audience=KINDS)
    act(world, LODGE, accept_referral, referral)
    return referral.case


def keep(world, case, desk=LODGE, **changes):
    with world.acting(desk) as actor:
        given = {
            "identities": ["metis"],
            "consent_given_on": timezone.localdate(),
            "consent_form": "spoken",
            **changes,
        }
        return record_identity(case=case, actor=actor, at=timezone.now(), **given)


def keep_identity(world):
    """Keep one of a case that peel-cas leads, for tests of every walled table."""
    with database.as_superuser() as cursor:
        agency, desk = world.desks[PEEL].agency_id, world.desks[PEEL].pk
        cursor.execute("select id from cases_case where lead_desk_id = %s limit 1", [desk])
        (case,) = cursor.fetchone()
        cursor.execute(
            "insert into cases_indigenousidentity (case_id, identities, consent_given_on,"
            " consent_form, desk_id, person_id) values (%s, '{metis}', '2026-01-01', 'spoken', %s, %s)",
            [case, desk, world.user(PEEL).pk],
        )
        cursor.execute(
            "update coordination_agency set kind = 'cas_indigenous' where id = %s", [agency]
        )


def rows():
    with database.as_superuser() as cursor:
        cursor.execute("select identities from cases_indigenousidentity")
        return cursor.fetchall()


def test_an_indigenous_led_desk_that_works_on_the_case_keeps_it_and_the_entry_does_not_say_which(
    world,
):
    case = held(world)
    keep(world, case, identities=["metis", "inuit"])
    assert rows() == [(["metis", "inuit"],)]
    with database.as_role("worker"):
        entry = Entry.objects.select_related("body").get(verb="identity.recorded")
        assert entry.body.data == {}
        assert entry.subject == f"identity:{case.reference}"


def test_withdrawn_it_is_gone(world):
    case = held(world)
    keep(world, case)
    with world.acting(LODGE) as actor:
        withdraw_identity(case=case, actor=actor, at=timezone.now())
    assert rows() == []
    with pytest.raises(WrongStatus), world.acting(LODGE) as actor:
        withdraw_identity(case=case, actor=actor, at=timezone.now())


def test_the_lead_desk_that_is_not_indigenous_led_can_neither_keep_nor_read_it(world):
    case = held(world)
    with pytest.raises(NotAllowed):
        keep(world, case, desk=PEEL)
    keep(world, case)
    with world.acting(PEEL) as actor:
        assert not IndigenousIdentity.objects.visible_to(actor).exists()
        assert not IndigenousIdentity.objects.exists()
        assert not Entry.objects.filter(subject__startswith="identity:").exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"identities": []},
        {"identities": ["none"]},
        {"consent_given_on": dt.date(2999, 1, 1)},
    ],
)
def test_without_a_word_or_a_consent_nothing_is_kept(world, changes):
    case = held(world)
    with pytest.raises(Invalid):
        keep(world, case, **changes)
    assert rows() == []


def test_before_acceptance_nothing_can_be_kept(world):
    lodge(world)
    referral = world.referral(to=LODGE, audience=KINDS)
    with pytest.raises(NotAllowed):
        keep(world, referral.case)


def test_the_database_holds_the_same_wall(world):
    case = held(world)
    keep(world, case)
    insert = (
        "insert into cases_indigenousidentity (case_id, identities, consent_given_on,"
        " consent_form, desk_id, person_id) values (%s, '{metis}', '2026-01-01', 'spoken', %s, %s)"
    )
    with psycopg.connect(database.url("app"), autocommit=True) as app:
        for desk, seen in ((PEEL, 0), (OTHER, 0), (LODGE, 1)):
            person = world.user(desk).pk
            app.execute("select set_config('relay.actor', %s, false)", [str(person)])
            found = app.execute("select count(*) from cases_indigenousidentity").fetchone()
            assert found == (seen,), desk
            if not seen:
                assert app.execute("delete from cases_indigenousidentity").rowcount == 0
                for named in (world.desks[desk].pk, world.desks[LODGE].pk):
                    with pytest.raises(psycopg.errors.InsufficientPrivilege):
                        app.execute(insert, [world.case(PEEL).pk, named, person])
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute("update cases_indigenousidentity set identities = '{inuit}'")
            for day in ("2099-01-01", "infinity", "-infinity") if seen else ():
                with pytest.raises(psycopg.errors.CheckViolation, match="still to come"):
                    app.execute(
                        insert.replace("2026-01-01", day), [case.pk, world.desks[desk].pk, person]
                    )
    refused = pytest.raises(psycopg.errors.InsufficientPrivilege)
    with psycopg.connect(database.url("worker"), autocommit=True) as worker, refused:
        worker.execute("select identities from cases_indigenousidentity")


def test_the_kinds_of_the_policies_are_those_of_the_data(db):
    with database.as_superuser() as cursor:
        cursor.execute(
            "select coalesce(qual, '') || coalesce(with_check, '') from pg_policies"
            " where tablename = 'cases_indigenousidentity' and 'relay_app' = any (roles)"
        )
        conditions = [condition for (condition,) in cursor.fetchall()]
    assert len(conditions) == 3
    for condition in conditions:
        for kind in holding_kinds():
            assert f"'{kind}'" in condition
        assert "police_first_nation" not in condition


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_page_is_there_for_nobody_else(world, language):
    case = held(world)
    shown = f"{case.reference[:4]}-{case.reference[4:]}"
    path = f"/{language}/cases/{shown}/identity/"
    client = Client()
    client.force_login(world.user(LODGE))
    assert path in client.get(f"/{language}/cases/{shown}/").content.decode()
    assert client.post(path, {"consent_form": "spoken"}).status_code == 422
    day = timezone.localdate().isoformat()
    typed = {"identities": ["inuit"], "consent_form": "written", "consent_given_on": day}
    assert client.post(path, typed).status_code == 302
    assert "Inuit" in client.get(path).content.decode()
    lead = Client()
    lead.force_login(world.user(PEEL))
    assert lead.get(path).status_code == 404
    pages = [f"/{language}/cases/{shown}/", f"/{language}/cases/{shown}/recorded/"]
    pages += [f"/api/v1/cases/{shown}", f"/api/v1/cases/{shown}/timeline"]
    for page in pages:
        answer = lead.get(page)
        assert answer.status_code == 200
        assert "inuit" not in answer.content.decode().lower(), page
    assert client.post(f"{path}withdraw/").status_code == 302
    assert rows() == []


def test_a_system_of_the_desk_keeps_reads_and_deletes_it_and_no_digest_of_it_stays(world):
    case = held(world)
    path = f"cases/{case.reference}/identity"
    api, said = Api(world.token(LODGE)), {"identities": ["metis"], "consent_form": "spoken"}
    assert Api(world.token(PEEL)).get(path).status_code == 404, "its lead is not Indigenous-led"
    assert api.get(path).json()["identities"] == []
    assert (
        api.post(path, {**said, "identities": ["a name"]}, Idempotency_Key="1").status_code == 400
    )
    assert api.post(path, said, Idempotency_Key="2").status_code == 201
    assert api.get(path).json()["identities"] == ["metis"]
    assert api.post(path, {**said, "identities": ["inuit"]}, Idempotency_Key="3").status_code == 409
    again = api.post(path, {**said, "identities": ["inuit"]}, Idempotency_Key="2")
    assert again.json()["identities"] == ["metis"], "a key makes one, whatever comes with it"
    assert api.post(f"{path}/withdraw").json()["identities"] == []
    assert rows() == []
    assert api.post(f"{path}/withdraw").status_code == 409
