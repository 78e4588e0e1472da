"""
What the web process may move with an honest identity, whatever SQL it is made to say.

Each statement was once carried out by somebody who played an insider.
"""

import base64
import re
from importlib import import_module

import psycopg
import pytest
from django.db import transaction
from django.test import Client

from audit.models import Entry
from coordination import pace
from coordination.models import Desk, Pace
from referrals.actions import answering
from referrals.models import Referral
from referrals.new_forms import NeedForm, PersonForm, SharingForm
from referrals.states import BOXES, LAPSE, TRANSITIONS, Side
from tests import database
from tests.ends import FAR
from tests.referrals.test_api import CASE, Api
from tests.referrals.test_life_cycle import act

PEEL, OTTAWA, COMMUNITY, NORTH = "peel-cas", "ottawa-cas", "ottawa-community", "north-cas"


def shown(reference):
    return f"{reference[:4]}-{reference[4:]}"


def committed(world, desk, *statements):
    """Carry out statements of this desk's worker in one transaction, if the database lets them."""
    with psycopg.connect(database.url("app")) as app:
        app.execute("select set_config('relay.actor', %s, true)", [str(world.user(desk).pk)])
        app.execute("select set_config('relay.desk', %s, true)", [str(world.desks[desk].pk)])
        try:
            for sql in statements:
                app.execute(sql)
            app.commit()
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.IntegrityError):
            app.rollback()


def tried(world, desk, sql, *, referral, **values):
    """Return how many rows a statement of this desk's worker changes once it is committed."""
    values = {"referral": referral.pk, "case": referral.case_id, **values}
    values |= {name.replace("-", "_"): d.pk for name, d in world.desks.items()}
    with psycopg.connect(database.url("app")) as app:
        app.execute("select set_config('relay.actor', %s, true)", [str(world.user(desk).pk)])
        app.execute("select set_config('relay.desk', %s, true)", [str(world.desks[desk].pk)])
        try:
            rows = app.execute(sql, values).rowcount
            app.commit()
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.IntegrityError):
            return 0
    return rows


REGAIN = (
    "update cases_casegrant set until = null, opens_page = true where content_object_id = %(case)s"
)
OPEN_EARLY = "update cases_casegrant set opens_page = true where content_object_id = %(case)s"
BLIND = (
    "update referrals_referralgrant set until = statement_timestamp(), box = 'closed'"
    " where content_object_id = %(referral)s and group_id <> %(ottawa_cas)s"
)
HIDE = (
    "update referrals_referralgrant set box = 'closed' where content_object_id = %(referral)s"
    " and group_id <> %(ottawa_cas)s"
)
DECLINE_FOR = (
    "update referrals_referralgrant set declined = true where content_object_id = %(referral)s"
    " and group_id = %(ottawa_community)s"
)
FORCE = (
    "update referrals_referral set status = 'accepted', accepted_at = now(), version = version + 1,"
    " accepting_desk_id = %(ottawa_cas)s, responsible_desk_id = %(ottawa_cas)s"
    " where id = %(referral)s"
)
WITHDRAW = (
    "update referrals_referral set status = 'withdrawn', withdraw_reason = 'safety',"
    " version = version + 1 where id = %(referral)s"
)
OUTCOME = "update referrals_requestedservice set outcome = 'Jane Doe' where case_id = %(case)s"
ANOTHER = "update referrals_requestedservice set target = 'desk:1' where case_id = %(case)s"


@pytest.mark.parametrize(
    ("desk", "sql"),
    [
        (OTTAWA, OPEN_EARLY),
        (OTTAWA, BLIND),
        (OTTAWA, HIDE),
        (OTTAWA, DECLINE_FOR),
        (OTTAWA, WITHDRAW),
        (OTTAWA, OUTCOME),
        (OTTAWA, ANOTHER),
        (PEEL, FORCE),
    ],
)
def test_nobody_moves_what_is_the_others(world, desk, sql):
    referral = world.referral("ottawa")
    assert tried(world, desk, sql, referral=referral) == 0


def test_access_that_has_ended_does_not_renew_itself(world):
    referral = world.referral()
    act(world, OTTAWA, answering.decline_referral, referral, reason="no_capacity")
    assert tried(world, OTTAWA, REGAIN, referral=referral) == 0
    late = world.referral("ottawa")
    act(world, COMMUNITY, answering.accept_referral, late)
    assert tried(world, OTTAWA, REGAIN, referral=late) == 0


@pytest.mark.parametrize(
    "sql",
    [
        "select may_share_case(%(case)s, 1, 'lead', 'x', array[{peel}])",
        "select may_share_referral(%(referral)s, 1, 'sender', array[{peel}])",
        "select may_reroute(%(referral)s, %(case)s, array[{peel}])",
    ],
)
def test_the_functions_of_the_walls_answer_for_the_asker_alone(world, sql):
    referral = world.referral()
    with psycopg.connect(database.url("app")) as app:
        app.execute("select set_config('relay.actor', %s, true)", [str(world.user(NORTH).pk)])
        asked = sql.format(peel=world.desks[PEEL].pk)
        (answer,) = app.execute(
            asked, {"case": referral.case_id, "referral": referral.pk}
        ).fetchone()
    assert answer is False


APPEND = "select audit_append('{verb}', %(subject)s, {version}, clock_timestamp(), '{{}}'::jsonb, null, 'live')"


def test_nobody_writes_the_record_of_what_they_cannot_reach(world):
    referral = world.referral()
    sql, subject = APPEND.format(verb="referral.viewed", version="null"), referral.subject
    assert tried(world, NORTH, sql, referral=referral, subject=subject) == 0
    with database.as_role("worker"):
        assert not Entry.objects.filter(verb="referral.viewed").exists()


def test_nobody_writes_the_record_for_a_desk_that_is_not_theirs(world):
    referral = world.referral()
    with psycopg.connect(database.url("app")) as app:
        app.execute("select set_config('relay.actor', %s, true)", [str(world.user(PEEL).pk)])
        app.execute("select set_config('relay.desk', %s, true)", [str(world.desks[OTTAWA].pk)])
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute(
                APPEND.format(verb="referral.viewed", version="null"),
                {"subject": referral.subject},
            )


def test_an_entry_of_before_does_not_cover_a_change_of_now(world):
    referral = world.referral(sent=False)
    sql = APPEND.format(verb="referral.declined", version="2")
    assert tried(world, PEEL, sql, referral=referral, subject=referral.subject) == 0
    change = (
        "update referrals_referral set urgency = 'planned', version = 2 where id = %(referral)s"
    )
    assert tried(world, PEEL, change, referral=referral) == 0


@pytest.mark.parametrize(
    "column", ["password = 'x'", "is_active = false", "first_name = 'Jane'", "language = 'fr'"]
)
def test_nobody_changes_another_person(world, column):
    other = world.user(OTTAWA)
    sql = f"update coordination_user set {column} where id = %(other)s"
    assert tried(world, PEEL, sql, referral=world.referral(), other=other.pk) == 0


UNSENT = (
    "insert into referrals_unsentform (reference, writer_id, desk_id, answers, saved_at, kept_until)"
    " select 'UUUUUUUU', my_actor(), %(peel_cas)s, '{}', now(), now() + interval '7 days'"
)


@pytest.mark.parametrize(
    "sql",
    [
        "update referrals_referral set withdraw_reason = 'Jane Doe 416', version = version + 1"
        " where id = %(referral)s",
        "insert into coordination_servicegap (desk_id, service, region, day)"
        " values (%(peel_cas)s, 'Jane Doe', 'north', current_date)",
        "update cases_case set areas_to_avoid = '{{Jane Doe 416}}', version = version + 1"
        " where id = %(case)s",
        "update cases_case set areas_to_avoid = '{{jane-doe}}', version = version + 1"
        " where id = %(case)s",
        UNSENT.format("""{"words": "Jane Doe 416 555 1234"}"""),
        UNSENT.format("""{"to": ["desk:jane doe"]}"""),
        UNSENT.format("""{"urgency": "jane-4165551234"}"""),
        UNSENT.format("""{"Jane Doe": true}"""),
    ],
)
def test_a_column_of_codes_takes_no_words(world, sql):
    assert tried(world, PEEL, sql, referral=world.referral()) == 0


def test_a_form_in_progress_holds_its_own_answers_and_is_kept_for_a_week(world):
    referral = world.referral()
    answers = """{"urgency": "crisis", "dependants": 2, "until": "2027-01-31"}"""
    for wrong in ("""{"dependants": 4165551234}""", """{"jane_doe": true}"""):
        assert tried(world, PEEL, UNSENT.format(wrong), referral=referral) == 0, wrong
    for_years = UNSENT.format(answers).replace("7 days", "70 years")
    assert tried(world, PEEL, for_years, referral=referral) == 0
    assert tried(world, PEEL, UNSENT.format(answers), referral=referral) == 1
    longer = "update referrals_unsentform set kept_until = '2099-01-01'"
    assert tried(world, PEEL, longer, referral=referral) == 0


def test_the_database_knows_the_answers_that_the_forms_of_a_new_referral_have():
    asked = {*NeedForm.base_fields, *PersonForm.base_fields, *SharingForm.base_fields}
    of_a_case = {"proposed", "consent", "wider"}
    names = import_module("referrals.migrations.0053_answers_of_unsent_forms").NAMES
    assert set(re.findall(r"'(\w+)'", names)) == asked - of_a_case


SET = "update referrals_referral set {}, version = version + 1 where id = %(referral)s"
BOTH_SPOKE = SET.format("sender_contact_at = now(), receiver_contact_at = now()")
CLOSES = SET.format(
    "status = 'withdrawn', withdraw_reason = 'safety', accepting_desk_id = null,"
    " responsible_desk_id = from_desk_id, accepted_at = null"
)


def said(referral, verb, data="{}"):
    with database.as_role("worker"):
        version = Referral.objects.get(pk=referral.pk).version + 1
    entry = APPEND.format(verb=verb, version=version).replace("{}", data)
    return entry % {"subject": f"'{referral.subject}'"}


def moved(world, desk, referral, change, verb, data="{}"):
    with database.as_role("worker"):
        before = Referral.objects.get(pk=referral.pk)
    script = change.replace("%(referral)s", str(referral.pk)), said(referral, verb, data)
    committed(world, desk, *script)
    with database.as_role("worker"):
        return Referral.objects.get(pk=referral.pk).version != before.version


@pytest.mark.parametrize(
    ("desk", "change", "verb"),
    [
        (OTTAWA, SET.format("due_at = now() + interval '9 years'"), "referral.stepped_aside"),
        (OTTAWA, SET.format("urgency = 'planned'"), "referral.stepped_aside"),
        (PEEL, SET.format("urgency = 'planned'"), "referral.stepped_aside"),
        (OTTAWA, SET.format("need_since = now()"), "referral.stepped_aside"),
        (
            OTTAWA,
            SET.format("status = 'questioned', due_at = now() + interval '80 days'"),
            "referral.asked",
        ),
    ],
)
def test_no_side_writes_the_clock_beside_its_move(world, desk, change, verb):
    assert not moved(world, desk, world.referral(), change, verb)


def test_no_side_writes_what_the_other_says_after_an_acceptance(world):
    referral = world.referral()
    act(world, OTTAWA, answering.accept_referral, referral)
    for desk, change, verb in (
        (OTTAWA, BOTH_SPOKE, "referral.contact_confirmed"),
        (PEEL, BOTH_SPOKE, "referral.contact_confirmed"),
        (OTTAWA, SET.format("sender_contact_at = now()"), "referral.contact_confirmed"),
        (OTTAWA, SET.format("withdraw_reason = 'safety'"), "referral.withdrawal_requested"),
        (OTTAWA, CLOSES, "referral.withdrawal_confirmed"),
        (
            OTTAWA,
            SET.format("status = 'waitlisted', due_at = now() + interval '9 years'"),
            "referral.waitlisted",
        ),
    ):
        assert not moved(world, desk, referral, change, verb), (desk, change)
    assert moved(
        world,
        OTTAWA,
        referral,
        SET.format("receiver_contact_at = now()"),
        "referral.contact_confirmed",
        '{"both": false}',
    )


def test_who_declined_does_not_settle_the_senders_need(world):
    referral = world.referral()
    act(world, OTTAWA, answering.decline_referral, referral, reason="no_capacity")
    settle = SET.format("settled_at = now()")
    assert not moved(world, OTTAWA, referral, settle, "referral.resolved")
    assert not moved(world, OTTAWA, referral, settle, "referral.stepped_aside")


def test_the_boxes_and_sides_of_the_walls_are_those_of_the_code():
    with database.as_superuser() as admin:
        admin.execute("select prosrc from pg_proc where proname in ('referral_box')")
        ((boxes,),) = admin.fetchall()
        admin.execute("select prosrc from pg_proc where proname = 'referral_side'")
        ((sides,),) = admin.fetchall()
    for (side, status), box in BOXES.items():
        assert f"('{side}', '{status}', '{box}')" in boxes
    for transition in (*TRANSITIONS.values(), LAPSE):
        for source in transition.sources:
            if transition.target:
                pair = f"('{source}', '{transition.target}')"
                assert (pair in sides) == (transition.sides == (Side.SENDER,)), pair


def test_who_steps_aside_learns_nothing_of_what_follows(world):
    referral = world.referral("ottawa")
    api = Api(world.token(OTTAWA))
    act(world, OTTAWA, answering.decline_referral, referral, reason="no_capacity")
    act(world, COMMUNITY, answering.accept_referral, referral)
    assert api.get(f"referrals/{shown(referral.reference)}").status_code == 404
    assert api.get(f"referrals/{shown(referral.reference)}/timeline").status_code == 404


def test_the_timeline_does_not_tell_a_receiver_where_a_need_came_from(world):
    referral = world.referral()
    events = Api(world.token(OTTAWA)).get(f"referrals/{shown(referral.reference)}/timeline").json()
    told = {name for event in events["results"] for name in event["data"]}
    assert not told & {"case", "reroutes", "as", "to", "basis", "note"}


@pytest.mark.parametrize("path", ["referrals/Jane-Doe-4165551234/", "cases/MarieTremblay19990101/"])
def test_what_is_no_reference_is_not_kept(world, path):
    page = Client()
    page.force_login(world.user(PEEL))
    assert page.get(f"/en/{path}").status_code == 404
    with database.as_role("worker"):
        assert Entry.objects.get(verb="access.refused").subject == "asked:-"


def test_refusals_inside_an_answer_are_recorded(world):
    foreign = world.referral(sender="north-cas", to="north-community")
    page = Client()
    page.force_login(world.user(PEEL))
    page.post("/en/inbox/bulk/", {"do": "see", "reference": [shown(foreign.reference)]})
    body = {
        "case": shown(foreign.case.reference),
        "to_desk": OTTAWA,
        "services": ["emergency_shelter"],
        "urgency": "urgent",
        "basis": {
            "code": "express_informed",
            "audience": ["cas"],
            "until": FAR,
            "form": "spoken",
        },
    }
    answer = Api(world.token(PEEL)).post("referrals", body, Idempotency_Key="k")
    assert answer.status_code == 400
    with database.as_role("worker"):
        refused = Entry.objects.filter(verb="access.refused").values_list("subject", flat=True)
        assert set(refused) == {
            f"asked:{shown(foreign.reference)}",
            f"asked:{shown(foreign.case.reference)}",
        }


def test_a_key_of_a_request_is_not_kept_as_it_was_sent(world):
    key = "Jane Doe 1999-01-01 416-555-1234"
    answer = Api(world.token(PEEL)).post("cases", CASE, Idempotency_Key=key)
    assert answer.status_code == 201
    with database.as_superuser() as admin:
        admin.execute("select count(*) from coordination_idempotentanswer where key like '%Jane%'")
        assert admin.fetchone() == (0,)


def test_a_key_sent_again_shows_only_what_one_may_see_now(world):
    api = Api(world.token(PEEL))
    assert api.post("cases", CASE, Idempotency_Key="k").status_code == 201
    with database.as_superuser() as admin:
        admin.execute("update cases_casegrant set until = statement_timestamp()")
    assert api.post("cases", CASE, Idempotency_Key="k").status_code == 404


@pytest.mark.parametrize("place", ["p=abc", "p=\0", "p=1.5", "p=0"])
def test_a_place_in_a_list_cannot_be_made_up_or_read(world, place):
    api = Api(world.token(PEEL))
    made = base64.b64encode(place.encode()).decode()
    for address in ("cases", "desks", "notifications"):
        assert api.get(f"{address}?cursor={made}").status_code == 404
    for _ in range(3):
        world.case()
    following = api.get("cases?page_size=1").json()["next"]
    assert following
    assert api.get(following.partition("/api/v1/")[2]).status_code == 200


def test_an_acceptance_undone_again_and_again_is_one(world):
    referral = world.referral()
    for _ in range(3):
        act(world, OTTAWA, answering.accept_referral, referral)
        act(world, OTTAWA, answering.undo_accept_referral, referral)
    with database.as_role("worker"):
        for entry in Entry.objects.filter(verb="referral.accepted").select_related("body"):
            with transaction.atomic():
                pace.learn(entry)
        desk = Desk.objects.get(slug=OTTAWA)
        assert len(Pace.objects.get(desk=desk).minutes) == 1
