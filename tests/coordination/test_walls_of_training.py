"""What somebody with raw SQL of the web process cannot learn of training, or say of it."""

import psycopg
from django.utils import timezone

from coordination.models import Requirement
from coordination.roles import Role
from tests import database
from tests.coordination.test_said_now import tried
from tests.coordination.test_training import ADMIN, LEAD, enter, load, require
from tests.referrals.test_walls_of_handoffs import entry

ASK = (
    "insert into coordination_requirement (desk_id, courses, begins_on, set_at)"
    " values (%(peel_cas)s, '{{{}}}', current_date + 1, now())"
)
SAY = (
    "insert into coordination_completion (reference, person_id, course_id, completed_on,"
    " expires_on, entered_at, entered_by_id) select 'AAAABBBB', %(me)s, k.id, current_date,"
    " (current_date + make_interval(months => k.months))::date, now(), %(me)s"
    " from coordination_course k where k.code = 'privacy'"
)
END = "update coordination_completion set ended_at = now(), ended_by_id = %(me)s"


def read(world, desk, role, sql):
    with psycopg.connect(database.url("app")) as app:
        app.execute("select set_config('relay.actor', %s, true)", [str(world.user(desk, role).pk)])
        try:
            return app.execute(sql).fetchall()
        except psycopg.errors.InsufficientPrivilege:
            return "refused"


def test_a_desk_asks_for_courses_of_the_list_and_for_no_words(world):
    load()
    said = entry("requirement:peel-cas", verb="requirement.set")
    for words in ("Jane Doe 416 555 1234", "janedoe-4165551234", "privacy,nobody", "null"):
        assert tried(world, "peel-cas", ADMIN, ASK.format(words), said) == 0, words
    assert tried(world, "peel-cas", ADMIN, ASK.format("privacy"), said, said) == 0, "said twice"
    assert tried(world, "peel-cas", ADMIN, ASK.format("privacy"), said) == 1
    touch = "update coordination_requirement set ended_at = null"
    assert tried(world, "peel-cas", ADMIN, touch, said) == 0


def test_who_has_a_course_is_asked_of_today_alone(world):
    with database.as_superuser() as admin:
        admin.execute(
            "select proname, pg_get_function_identity_arguments(oid) from pg_proc"
            " where proname in ('trained_at', 'training_coverage') order by proname"
        )
        found = admin.fetchall()
    assert found == [("trained_at", "wanted integer"), ("training_coverage", "wanted text")]


def test_that_nobody_on_duty_has_it_is_the_offices_to_read(world):
    load()
    require(world)
    with database.as_role("worker"):
        Requirement.objects.update(unmet_since=timezone.now())
    column, function = (
        "select unmet_since from coordination_requirement",
        "select requirement from training_unmet()",
    )
    for desk, role in (("peel-cas", ADMIN), ("north-police", LEAD), ("office", Role.AUDITOR)):
        assert read(world, desk, role, column) == "refused"
        assert read(world, desk, role, function) == []
    assert read(world, "office", Role.COORDINATOR, column) == "refused"
    assert len(read(world, "office", Role.COORDINATOR, function)) == 1


def test_a_course_keeps_its_code_and_what_is_said_of_it_was_done(world):
    load()
    office = ("office", Role.COORDINATOR)
    changed = entry("course:privacy", verb="course.changed")
    retired = entry("course:privacy", verb="course.retired")
    for column, value in (("code", "'gone'"), ("added_at", "now()"), ("id", "999")):
        update = f"update coordination_course set {column} = {value} where code = 'privacy'"
        assert (
            tried(world, *office, update, changed, entry("course:gone", verb="course.changed")) == 0
        )
    change = "update coordination_course set months = 6 where code = 'privacy'"
    retire = "update coordination_course set retired_at = now() where code = 'privacy'"
    added = entry("course:privacy", verb="course.added")
    for sql, *said in (
        (change, changed, changed),
        (change, changed, retired),
        (change, changed, added),
        (change, retired),
        (retire, changed),
        (retire, retired, changed),
    ):
        assert tried(world, *office, sql, *said) == 0, said
    assert tried(world, *office, change, changed) == 1
    assert tried(world, *office, retire, retired) == 1


def test_of_a_completion_is_said_what_was_done_with_it_and_once(world):
    load()

    def said(verb, of="AAAABBBB"):
        return entry(f"completion:{of}", verb=f"completion.{verb}")

    for other in ("confirmed", "entered", "removed", "corrected"):
        sqls = [SAY, said("entered"), said(other)]
        assert tried(world, "peel-cas", Role.WORKER, *sqls) == 0, other
    made = enter(world, ago=10)
    for verbs in (["entered"], ["corrected"], ["confirmed"], ["removed"] * 2):
        sqls = [END, *(said(verb, made.reference) for verb in verbs)]
        assert tried(world, "peel-cas", Role.WORKER, *sqls) == 0, verbs
    world.user("peel-cas", LEAD)
    confirm = "update coordination_completion set confirmed_at = now(), confirmed_by_id = %(me)s"
    for verbs in (["entered"], ["removed"], ["confirmed", "entered"]):
        sqls = [confirm, *(said(verb, made.reference) for verb in verbs)]
        assert tried(world, "peel-cas", LEAD, *sqls) == 0, verbs
    assert tried(world, "peel-cas", LEAD, confirm, said("confirmed", made.reference)) == 1
    assert tried(world, "peel-cas", Role.WORKER, END, said("removed", made.reference)) == 1
