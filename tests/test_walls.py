"""The second wall: what the database itself refuses, whatever the code above it asks."""

import datetime as dt

import psycopg
import pytest
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from cases.models import Case, CaseGrant, Consent, LeadFacts
from cases.models.case import CaseQuerySet
from coordination.models import IdempotentAnswer
from notifications.models import Notice
from referrals import worklist
from referrals.models import (
    Basis,
    Referral,
    ReferralGrant,
    ReferralQuerySet,
    RequestedService,
)
from referrals.states import Box
from tests import database

WALLED = {
    "coordination_accessrequest",
    "coordination_accessreview",
    "coordination_reviewline",
    "audit_disposal",
    "audit_entry",
    "audit_entrybody",
    "cases_case",
    "cases_childreport",
    "cases_casegrant",
    "cases_caselink",
    "cases_consent",
    "cases_export",
    "cases_import",
    "cases_imported",
    "cases_importrow",
    "cases_indigenousidentity",
    "cases_leadfacts",
    "cases_needoutcome",
    "cases_note",
    "coordination_accessspan",
    "coordination_agreement",
    "coordination_apitoken",
    "coordination_breach",
    "coordination_capacity",
    "coordination_completion",
    "coordination_course",
    "coordination_dutyexception",
    "coordination_idempotentanswer",
    "coordination_groupaction",
    "coordination_groupagency",
    "coordination_identifierpattern",
    "coordination_invitation",
    "coordination_legalhold",
    "coordination_legalprocess",
    "coordination_meeting",
    "coordination_meeting_attending",
    "coordination_release",
    "coordination_releaserefused",
    "coordination_releaseworking",
    "coordination_requirement",
    "coordination_retentionperiod",
    "coordination_sealedtable",
    "coordination_servicegap",
    "coordination_shift",
    "coordination_step",
    "coordination_stewardship",
    "coordination_tally",
    "coordination_thresholdproposal",
    "coordination_tombstone",
    "coordination_workinggroup",
    "notifications_delivery",
    "notifications_mailbox",
    "notifications_mailpreference",
    "notifications_notice",
    "referrals_basis",
    "referrals_deskreminder",
    "referrals_followup",
    "referrals_handoff",
    "referrals_handoffgrant",
    "referrals_override",
    "referrals_referral",
    "referrals_referralgrant",
    "referrals_requestedservice",
    "referrals_savedview",
    "referrals_unsentform",
}
MODELS = [
    Case,
    CaseGrant,
    Consent,
    LeadFacts,
    Referral,
    ReferralGrant,
    RequestedService,
    Basis,
    Notice,
]


def rows(sql):
    with database.as_superuser() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def test_every_walled_table_enables_and_forces_row_level_security(db):
    found = rows(
        "select relname from pg_class where relrowsecurity and relforcerowsecurity"
        " and relnamespace = 'public'::regnamespace"
    )
    assert {name for (name,) in found} == WALLED


def test_every_table_of_cases_referrals_and_notices_is_walled(db):
    found = rows(
        "select tablename from pg_tables where tablename ~ '^(cases|referrals|notifications)_'"
    )
    assert {name for (name,) in found} <= WALLED


def test_a_policy_speaks_of_one_command_for_the_web_process(db):
    found = rows(
        "select tablename, policyname from pg_policies where 'relay_app' = any (roles)"
        " and cmd = 'ALL'"
    )
    assert found == []


def test_no_role_of_the_application_stands_above_the_walls(db):
    found = rows(
        "select rolname from pg_roles where rolname in ('relay_app', 'relay_worker', 'relay_owner')"
        " and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb)"
    )
    assert found == []
    owned = rows(
        "select tablename from pg_tables where tableowner in ('relay_app', 'relay_worker')"
    )
    assert owned == []


def test_definer_functions_are_the_definers_fixed_and_not_public(db):
    found = rows(
        "select proname, pg_get_userbyid(proowner), proconfig, has_function_privilege('public', oid,"
        " 'execute') from pg_proc where prosecdef and pronamespace = 'public'::regnamespace"
    )
    assert found
    for name, owner, settings, public in found:
        assert owner == "relay_definer", name
        assert settings, name
        assert any(each.startswith("search_path=") for each in settings), name
        assert not public, name


def test_the_web_process_deletes_nothing_but_sessions_and_unsent_forms(db):
    found = rows(
        "select table_name from information_schema.role_table_grants"
        " where grantee = 'relay_app' and privilege_type = 'DELETE'"
    )
    assert {name for (name,) in found} == {
        "cases_importrow",
        "cases_indigenousidentity",  # withdrawn, it is gone: see ADR 15
        "cases_needoutcome",
        "coordination_meeting_attending",  # a meeting written up again; its entry says who came
        "django_session",
        "referrals_savedview",
        "referrals_unsentform",
    }


def test_the_worker_deletes_what_retention_disposes_of_and_what_is_owed_and_no_more(db):
    found = rows(
        "select table_name from information_schema.role_table_grants"
        " where grantee = 'relay_worker' and privilege_type = 'DELETE'"
    )
    of_records = {name for name in WALLED if name.startswith(("cases_", "referrals_"))}
    assert {name for (name,) in found} == {
        *(
            of_records
            - {"cases_export", "cases_import", "cases_imported", "referrals_deskreminder"}
        ),
        "audit_pending",
        "coordination_accessrequest",
        "coordination_accessspan",
        "coordination_breach",
        "coordination_eligibility",
        "coordination_groupaction",
        "coordination_groupagency",
        "coordination_idempotentanswer",
        "coordination_legalprocess",
        "coordination_meeting",
        "coordination_meeting_attending",
        "coordination_releaserefused",
        "coordination_step",
        "coordination_tally",
        "coordination_user_groups",
        "coordination_workinggroup",
        "django_session",
        "notifications_delivery",
        "notifications_notice",
    }


@pytest.mark.parametrize("model", MODELS)
def test_without_an_actor_there_are_no_rows(world, model):
    world.referral()
    with transaction.atomic():
        assert model.objects.count() == 0


def test_an_empty_actor_is_no_actor(world):
    world.referral()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select set_config('relay.actor', '', true)")
        assert Referral.objects.count() == 0


def test_when_the_applications_filter_is_gone_the_database_still_hides(world, monkeypatch):
    referral = world.referral()
    for kind in (ReferralQuerySet, CaseQuerySet):
        monkeypatch.setattr(kind, "visible_to", lambda rows, actor: rows.all())
    for desk in ("ottawa-police", "ottawa-community", "north-cas"):
        with world.acting(desk) as actor:
            assert not Referral.objects.visible_to(actor).exists()
            assert not Case.objects.visible_to(actor).exists()
            assert not worklist.page_of(actor, Box.INBOX).referrals
    with world.acting("ottawa-cas") as actor:
        assert Referral.objects.visible_to(actor).get() == referral


@pytest.mark.parametrize(
    "statement",
    [
        "insert into cases_casegrant (permission_id, group_id, content_object_id, reason, source,"
        " opens_page) select permission_id, {me}, content_object_id, 'lead', 'x', true"
        " from cases_casegrant limit 1",
        "insert into cases_casegrant (permission_id, group_id, content_object_id, reason, source,"
        " opens_page) values (1, {me}, {case}, 'receiver', 'x', true)",
        "insert into referrals_referralgrant (permission_id, group_id, content_object_id, reason,"
        " source, box, due_at) values (1, {me}, {referral}, 'receiver', 'x', 'inbox', now())",
        "insert into referrals_requestedservice (referral_id, case_id, service, is_live)"
        " values ({referral}, {case}, 'dental', true)",
    ],
)
def test_a_stranger_cannot_grant_itself_anything(world, statement):
    referral = world.referral()
    stranger = world.user("north-cas")
    filled = statement.format(
        me=world.desks["north-cas"].pk, case=referral.case_id, referral=referral.pk
    )
    with psycopg.connect(database.url("app")) as app:
        app.execute("select set_config('relay.actor', %s, true)", [str(stranger.pk)])
        try:
            inserted = app.execute(filled).rowcount
        except psycopg.errors.InsufficientPrivilege:
            inserted = 0
    assert inserted == 0


def test_a_receiver_cannot_give_the_case_to_a_third_desk(world):
    referral = world.referral()
    with psycopg.connect(database.url("app")) as app:
        app.execute(
            "select set_config('relay.actor', %s, true)", [str(world.user("ottawa-cas").pk)]
        )
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute(
                "insert into cases_casegrant (permission_id, group_id, content_object_id, reason,"
                " source, opens_page) values (1, %s, %s, 'receiver', %s, true)",
                [world.desks["north-cas"].pk, referral.case_id, referral.subject],
            )


def test_a_receiver_cannot_take_the_lead_or_another_side(world):
    referral = world.referral()
    with psycopg.connect(database.url("app")) as app:
        app.execute(
            "select set_config('relay.actor', %s, true)", [str(world.user("ottawa-cas").pk)]
        )
        changed = app.execute(
            "update cases_case set lead_desk_id = %s, version = version + 1 where id = %s",
            [world.desks["ottawa-cas"].pk, referral.case_id],
        )
        assert changed.rowcount == 0
        with pytest.raises(psycopg.errors.CheckViolation):
            app.execute(
                "update referrals_referral set from_desk_id = %s, version = version + 1",
                [world.desks["ottawa-community"].pk],
            )


def test_nobody_sends_a_case_they_cannot_see(world):
    case = world.case()
    user, desk = world.user("north-cas"), world.desks["north-cas"]
    with psycopg.connect(database.url("app")) as app:
        app.execute("select set_config('relay.actor', %s, true)", [str(user.pk)])
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute(
                "insert into referrals_referral (reference, case_id, from_desk_id, to_desk_id,"
                " responsible_desk_id, writer_id, status, urgency, version, due_at, written_at,"
                " questions, decline_reason, withdraw_reason) values ('AAAAAAAA', %s, %s, %s, %s,"
                " %s, 'draft', 'urgent', 1, now(), now(), '{}', '', '')",
                [case.pk, desk.pk, world.desks["ottawa-cas"].pk, desk.pk, user.pk],
            )


def test_the_record_shows_a_stranger_nothing_of_others(world):
    world.referral()
    with psycopg.connect(database.url("app")) as app:
        app.execute("select set_config('relay.actor', %s, true)", [str(world.user("north-cas").pk)])
        assert app.execute("select count(*) from audit_entry").fetchone() == (0,)
        assert app.execute("select count(*) from audit_entrybody").fetchone() == (0,)


def test_an_idempotent_answer_is_its_askers_alone(world):
    with world.acting("peel-cas") as actor:
        IdempotentAnswer.objects.create(
            user=actor.user, route="x", key="k", fingerprint="f", status=201, body={}
        )
    with world.acting("north-cas"):
        assert not IdempotentAnswer.objects.exists()


def test_an_idempotent_answer_is_of_now_so_that_it_goes_in_time(world):
    with world.acting("peel-cas") as actor, pytest.raises(ProgrammingError, match="row-level"):
        IdempotentAnswer.objects.create(
            user=actor.user, route="x", key="k", fingerprint="f", status=201, body={},
            created_at=timezone.now() + dt.timedelta(days=1),
        )  # fmt: skip
