"""Consents against insiders with raw SQL: nobody widens, revives or rewrites one."""

import psycopg
import pytest
from django.test import Client
from django.utils import timezone

from cases.models import CaseGrant, Consent
from referrals.actions import answering, serving
from referrals.effects import effect_of
from referrals.models import Basis, Referral, ReferralGrant
from tests import database
from tests.referrals.test_api import Api
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
from tests.referrals.test_walls_of_moves import committed, shown, tried

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


AGREED = (
    "insert into cases_consent (case_id, number, kind, services, audience, given_on, until, form,"
    " desk_id, recorder_id, recorded_at, version) values ({case}, 9, 'express_informed', '{{}}',"
    " '{{cas}}', {day}, {day} + interval '9 days', 'spoken', {desk}, {recorder}, now(), 1)"
)
TODAY = "(now() at time zone 'America/Toronto')::date"


@pytest.mark.parametrize(
    ("day", "rows"),
    [
        (TODAY, 1),
        (f"({TODAY} + 1)", 0),
        ("date '2099-01-01'", 0),
        ("date 'infinity'", 0),
        ("date '-infinity'", 0),
    ],
)
def test_nobody_agreed_on_a_day_that_is_still_to_come(world, day, rows):
    case, desk = world.case(), world.desks[PEEL].pk
    sql = AGREED.format(case=case.pk, day=day, desk=desk, recorder=world.user(PEEL).pk)
    data = """'{"consent": 9, "version": 1}'"""
    verb, subject = "'consent.recorded'", f"'{case.subject}'"
    said = FORGED.format(verb=verb, subject=subject, version="null", data=data)
    committed(world, PEEL, sql, said)
    with database.as_role("worker"):
        assert Consent.objects.filter(number=9).count() == rows


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


def over_by_the_clock():
    """Let the ends of everything pass that rests on a basis, before anybody carries them out."""
    with database.as_superuser() as admin:
        admin.execute("set session_replication_role = replica")
        for sql in (
            "update referrals_basis set until = now() - interval '1 hour'",
            "update cases_consent set until = now() - interval '1 hour'",
            "update cases_casegrant set words_until = now() - interval '1 hour'"
            " where words_until is not null",
        ):
            admin.execute(sql)


def test_a_consent_taken_back_by_sql_ends_the_support_that_rests_on_it(world):
    case = world.case()
    answer(world, "accept", propose(world, case, type="shared"))
    made = only(case)
    said = entry("consent.withdrawn", case.subject, consent=made.number, version=made.version + 1)
    committed(world, PEEL, HALF, said)
    assert only(case).withdrawn_at is None


SEND = (
    "update referrals_referral set status = 'sent', sent_at = now(), need_since = now(),"
    " due_at = now() + interval '1 day', version = version + 1 where status = 'draft'"
)
WAIT = (
    "update referrals_referral set status = 'waitlisted', due_at = now() + interval '9 days',"
    " version = version + 1 where status = 'accepted'"
)


def test_nothing_is_sent_on_a_basis_that_has_ended(world):
    referral = world.referral(sent=False)
    over_by_the_clock()
    committed(world, PEEL, SEND, entry("referral.sent", referral.subject, version=2))
    assert again(referral).status == "draft"


def test_nothing_is_put_off_once_the_basis_has_ended(world):
    taken, passed = world.referral(), world.referral()
    for referral in (taken, passed):
        act(world, OTTAWA, answering.accept_referral, referral)
    take_back(world, only(taken.case))
    over_by_the_clock()
    for referral in (taken, passed):
        change = f"{WAIT} and id = {referral.pk}"
        version = again(referral).version + 1
        said = entry("referral.waitlisted", referral.subject, version=version)
        committed(world, OTTAWA, change, said)
        assert again(referral).status == "accepted"


LONGER_LINE = (
    "update referrals_referralgrant set until = {} where group_id = {} and reason = 'receiver'"
)


@pytest.mark.parametrize("until", ["null", "now() + interval '10 years'"])
@pytest.mark.parametrize("desk", [OTTAWA, PEEL])
def test_nobody_sees_what_waits_for_longer_than_its_basis(world, desk, until):
    referral = world.referral()
    sql = LONGER_LINE.format(until, world.desks[OTTAWA].pk)
    committed(world, desk, sql)
    with database.as_role("worker"):
        line = ReferralGrant.objects.get(content_object=referral, reason="receiver")
        assert line.until == Basis.objects.get(referral=referral).until


@pytest.mark.parametrize("desk", [OTTAWA, PEEL])
def test_a_line_that_ended_with_its_basis_is_not_renewed(world, desk):
    referral = world.referral()
    take_back(world, only(referral.case))
    committed(world, desk, LONGER_LINE.format("null", world.desks[OTTAWA].pk))
    with world.acting(OTTAWA) as actor:
        assert not Referral.objects.visible_to(actor).exists()


def test_after_its_end_by_the_clock_only_the_minimum_shows(world):
    referral = world.referral()
    act(world, OTTAWA, answering.accept_referral, referral)
    code, of_case = shown(referral.reference), shown(referral.case.reference)
    api, page = Api(world.token(OTTAWA)), Client()
    page.force_login(world.user(OTTAWA))
    assert api.get(f"cases/{of_case}").status_code == 200
    assert "age_band" in api.get(f"referrals/{code}").json()["facts"]
    over_by_the_clock()
    assert api.get(f"cases/{of_case}").status_code == 404
    told = api.get(f"referrals/{code}").json()
    assert not {"age_band", "gender_identity", "situation", "needs"} & set(told["facts"])
    assert not {"undo_accept", "waitlist"} & set(told["actions"])
    assert "start" in told["actions"]
    assert page.get(f"/en/cases/{of_case}/").status_code == 404
    html = page.get("/en/inbox/active/?age_band=18_20").content.decode()
    assert code not in html
    assert code in page.get("/en/inbox/active/").content.decode()
    assert page.get(f"/en/referrals/{code}/").status_code == 200
    assert Api(world.token(PEEL)).get(f"cases/{of_case}").status_code == 200


@pytest.mark.parametrize("desk", [OTTAWA, PEEL])
def test_nobody_keeps_the_page_open_for_longer_than_the_basis(world, desk):
    referral = world.referral()
    act(world, OTTAWA, answering.accept_referral, referral)
    for until in ("null", "now() + interval '10 years'"):
        committed(world, desk, f"update cases_casegrant set words_until = {until}")
    with database.as_role("worker"):
        grant = CaseGrant.objects.get(content_object=referral.case, reason="receiver")
        assert grant.words_until == Basis.objects.get(referral=referral).until


def again(referral):
    with database.as_role("worker"):
        return Referral.objects.get(pk=referral.pk)
