"""Consents against insiders with raw SQL: nobody widens, revives or rewrites one."""

import psycopg
import pytest
from django.utils import timezone

from cases.models import Consent
from referrals.actions import answering, serving
from referrals.effects import effect_of
from tests import database
from tests.referrals.test_consents import (
    NORTH,
    OTTAWA,
    PEEL,
    SHELTER,
    consent,
    only,
    take_back,
)
from tests.referrals.test_handoffs import answer, propose, row
from tests.referrals.test_life_cycle import act
from tests.referrals.test_walls_of_moves import tried

FORGED = "select audit_append({verb}, {subject}, {version}, clock_timestamp(), {data}::jsonb, null, 'live')"


def entry(verb, subject, *, version="null", **data):
    body = ", ".join(f"'{name}', {value}" for name, value in data.items())
    return FORGED.format(
        verb=f"'{verb}'",
        subject=f"'{subject}'",
        version=version,
        data=f"jsonb_build_object({body})",
    )


def both(change, said):
    """Return one statement that makes a change and writes the entry that would cover it."""
    return f"with said as ({said}) {change} and (select true from said)"


WIDEN = "update cases_consent set audience = '{{police}}', version = version + 1"
LONGER = "update cases_consent set until = now() + interval '9 years', version = version + 1"
UNSAID = "update cases_consent set withdrawn_at = null, version = version + 1 where true"
HALF = "update cases_consent set withdrawn_at = now(), version = version + 1 where true"
EARLY = "update cases_consent set ended_at = now(), version = version + 1 where true"


@pytest.mark.parametrize("sql", [WIDEN, LONGER])
def test_what_was_said_is_never_rewritten(world, sql):
    referral = world.referral()
    assert tried(world, PEEL, sql, referral=referral) == 0


@pytest.mark.parametrize("sql", [HALF, EARLY])
def test_an_end_is_not_written_without_its_effect(world, sql):
    referral = world.referral()
    said = entry("consent.withdrawn", referral.case.subject, consent=1, version=2)
    assert tried(world, PEEL, both(sql, said), referral=referral) == 0


def test_a_change_of_a_consent_without_its_entry_is_not_committed(world):
    case = world.case()
    made = consent(world, case)
    with psycopg.connect(database.url("app")) as app:
        app.execute("select set_config('relay.actor', %s, true)", [str(world.user(PEEL).pk)])
        app.execute(HALF)
        with pytest.raises(psycopg.errors.CheckViolation) as refused:
            app.commit()
    assert refused.value.diag.constraint_name == "recorded"
    take_back(world, made)
    said = entry("consent.recorded", case.subject, consent=1, version=3)
    with psycopg.connect(database.url("app")) as app:
        app.execute("select set_config('relay.actor', %s, true)", [str(world.user(PEEL).pk)])
        with pytest.raises(psycopg.errors.CheckViolation):
            app.execute(both(UNSAID, said))


ADD = (
    "insert into cases_consent (case_id, number, kind, services, audience, given_on, until, form,"
    " desk_id, recorder_id, recorded_at, version) select case_id, 9, kind, services, audience,"
    " given_on, until, form, {desk}, {recorder}, now(), 1 from cases_consent"
    " union all select %(case)s, 9, 'substitute', '{{}}', '{{cas}}', now()::date,"
    " now() + interval '9 days', 'spoken', {desk}, {recorder}, now(), 1 limit 1"
)


@pytest.mark.parametrize("desk", [OTTAWA, NORTH])
def test_nobody_else_says_what_the_person_agreed_to(world, desk):
    referral = world.referral()
    act(world, OTTAWA, answering.accept_referral, referral)
    sql = ADD.format(desk=world.desks[desk].pk, recorder=world.user(desk).pk)
    assert tried(world, desk, sql, referral=referral) == 0
    assert tried(world, desk, HALF, referral=referral) == 0
    with world.acting(desk):
        assert not Consent.objects.exists()


BASIS = (
    "insert into referrals_basis (referral_id, code, audience, provision, until, consent_id)"
    " values (%(new)s, 'express_informed', {audience}, '', {until}, %(consent)s)"
)
CAS, SOON = "'{cas}'::varchar[]", "now() + interval '1 day'"


def rests_on(world, referral, taken, *, audience=CAS, until=SOON):
    """Return which constraint refuses a basis of a referral that rests on a consent, if one does."""
    with database.as_superuser() as admin:
        admin.execute("delete from referrals_basis")
    with psycopg.connect(database.url("app")) as app:
        app.execute("select set_config('relay.actor', %s, true)", [str(world.user(PEEL).pk)])
        try:
            app.execute(
                BASIS.format(audience=audience, until=until),
                {"new": referral.pk, "consent": taken.pk},
            )
        except psycopg.errors.CheckViolation as refused:
            return refused.diag.constraint_name
        finally:
            app.rollback()
    return None


def test_a_basis_is_never_wider_than_its_consent(world):
    referral = world.referral(sent=False)
    own, other = only(referral.case), consent(world, world.case())
    refused = "basis_within_consent"
    assert rests_on(world, referral, own) is None, "control"
    assert rests_on(world, referral, own, audience="'{police}'::varchar[]") == refused
    assert rests_on(world, referral, own, until="now() + interval '9 years'") == refused
    assert rests_on(world, referral, other) == refused, "another person's"
    with database.as_superuser() as admin:
        admin.execute("set session_replication_role = replica")
        admin.execute("update referrals_requestedservice set service = 'dental'")
    assert rests_on(world, referral, own) == refused, "another need"


REGAIN = (
    "update cases_casegrant set opens_page = true where content_object_id = %(case)s"
    " and reason = 'receiver'"
)
MORE_WORDS = (
    "update cases_casegrant set words_until = null where content_object_id = %(case)s"
    " and reason = 'receiver'"
)
REVIVE = (
    "update referrals_referral set basis_ended_at = null, basis_end = '', version = version + 1"
    " where id = %(referral)s"
)


@pytest.mark.parametrize("sql", [REGAIN, MORE_WORDS])
@pytest.mark.parametrize("desk", [OTTAWA, PEEL])
def test_the_minimum_stays_the_minimum(world, desk, sql):
    referral = world.referral()
    act(world, OTTAWA, answering.accept_referral, referral)
    take_back(world, only(referral.case))
    assert tried(world, desk, sql, referral=referral) == 0


@pytest.mark.parametrize("desk", [OTTAWA, PEEL])
def test_an_ended_basis_stays_ended(world, desk):
    referral = world.referral()
    act(world, OTTAWA, answering.accept_referral, referral)
    take_back(world, only(referral.case))
    said = entry("referral.started", referral.subject, version=4)
    assert tried(world, desk, both(REVIVE, said), referral=referral) == 0


RETURN = (
    "update referrals_referral set status = 'returned', basis_ended_at = now(),"
    " basis_end = 'consent_withdrawn', version = version + 1 where id = %(referral)s"
)
CUT_OFF = (
    "update referrals_referral set basis_ended_at = now(), basis_end = 'end_reached',"
    " version = version + 1 where id = %(referral)s"
)
ACCEPT = (
    "update referrals_referral set status = 'accepted', accepted_at = now(), version = version + 1,"
    " accepting_desk_id = %(ottawa_cas)s, responsible_desk_id = %(ottawa_cas)s"
    " where id = %(referral)s"
)
REOPEN = (
    "update referrals_referral set status = 'in_service', completed_at = null,"
    " version = version + 1 where id = %(referral)s"
)


@pytest.mark.parametrize(("desk", "sql"), [(PEEL, RETURN), (OTTAWA, RETURN), (PEEL, CUT_OFF)])
def test_nothing_lapses_while_its_basis_stands(world, desk, sql):
    referral = world.referral()
    assert tried(world, desk, sql, referral=referral) == 0


@pytest.mark.parametrize("sql", [ACCEPT, REOPEN])
def test_a_receiver_takes_nothing_up_whose_basis_has_ended(world, sql):
    referral = world.referral()
    if sql is REOPEN:
        act(world, OTTAWA, answering.accept_referral, referral)
        outcomes = {SHELTER: "connected"}
        act(world, OTTAWA, serving.complete_referral, referral, outcomes=outcomes)
    with database.as_superuser() as admin:  # the clock's end, before anybody carried it out
        admin.execute("set session_replication_role = replica")
        admin.execute("update referrals_basis set until = now() - interval '1 second'")
    said = entry("referral.reopened", referral.subject, version="4")
    assert tried(world, OTTAWA, both(sql, said), referral=referral) == 0


LAPSE_OFFER = (
    "update referrals_handoff set status = 'lapsed', basis_end = 'consent_withdrawn',"
    " answered_at = now(), version = version + 1 where case_id = %(case)s"
)


@pytest.mark.parametrize("desk", [PEEL, OTTAWA])
def test_an_offer_does_not_lapse_while_its_basis_stands(world, desk):
    referral = world.referral(case=world.case())
    propose(world, referral.case)
    assert tried(world, desk, LAPSE_OFFER, referral=referral) == 0


def test_who_led_before_reads_the_consents_and_changes_none(world):
    case = world.case()
    answer(world, "accept", propose(world, case))
    made = only(case)
    with world.acting(PEEL) as actor:
        assert Consent.objects.visible_to(actor).filter(pk=made.pk).exists()
        assert Consent.objects.filter(pk=made.pk).update(version=2, withdrawn_at=made.until) == 0
    with world.acting(OTTAWA) as actor:
        assert Consent.objects.visible_to(actor).filter(pk=made.pk).exists()
    assert row(case).lead_desk.slug == OTTAWA


def test_the_support_of_a_case_is_told_to_its_lead_alone(world):
    case = world.case()
    answer(world, "accept", propose(world, case, type="shared"))
    made = only(case)
    with world.acting(PEEL):
        assert len(effect_of(made, at=timezone.now()).supports) == 1
    for desk in (OTTAWA, NORTH):
        with psycopg.connect(database.url("app")) as app:
            app.execute("select set_config('relay.actor', %s, true)", [str(world.user(desk).pk)])
            assert app.execute("select * from shared_on(%s)", [made.pk]).fetchall() == []
