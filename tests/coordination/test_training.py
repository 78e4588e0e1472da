"""Courses that people complete: said, confirmed, corrected, reminded of; seen by whom it concerns."""

import datetime as dt
import re

import psycopg
import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from audit import followers
from audit.models import Entry
from coordination import steps
from coordination.errors import Invalid, NotAllowed, WrongStatus
from coordination.gate.texts import Identifying
from coordination.models import Completion, Course, Membership, Requirement, Step, User
from coordination.roles import Role
from coordination.training import completions, coverage, requirements, watching
from coordination.training.courses import (
    CourseGiven,
    add_course,
    change_course,
    expiry,
    load_courses,
    retire_course,
)
from notifications.models import Notice
from tests import database
from tests.referrals.test_api import Api

DAY = dt.timedelta(days=1)
LEAD, ADMIN = Role.LEAD, Role.AGENCY_ADMIN


def load():
    with database.as_role("worker"), transaction.atomic():
        load_courses(at=timezone.now())


def enter(world, *, by=("peel-cas", Role.WORKER), of=None, course="privacy", ago=10):
    """Say that a person completed a course some days ago, and return it."""
    person = world.user(*(of or by))
    with world.acting(*by) as actor:
        return completions.enter_completion(
            actor=actor,
            person=User.objects.select_related("agency").get(pk=person.pk),
            course=Course.objects.get(code=course),
            completed_on=timezone.localdate() - ago * DAY,
            at=timezone.now(),
        )


def require(world, courses=("privacy",), *, desk="peel-cas", begins_in=0):
    with world.acting(desk, ADMIN) as actor:
        return requirements.require_training(
            actor=actor,
            desk=world.desks[desk],
            courses=courses,
            begins_on=timezone.localdate() + begins_in * DAY,
            at=timezone.now(),
        )


def verbs(subject):
    with database.as_role("worker"):
        return list(
            Entry.objects.filter(subject=subject).order_by("id").values_list("verb", flat=True)
        )


def test_what_one_says_of_oneself_is_confirmed_by_another(world):
    load()
    said = enter(world)
    assert said.confirmed_by is None
    assert said.expires_on == expiry(said.course, said.completed_on)
    with world.acting("peel-cas") as actor, pytest.raises(NotAllowed):
        completions.confirm_completion(actor=actor, completion=said, at=timezone.now())
    world.user("peel-cas", LEAD)
    with world.acting("peel-cas", LEAD) as actor:
        assert completions.to_confirm(actor) == 1
        completions.confirm_completion(actor=actor, completion=said, at=timezone.now())
        assert completions.to_confirm(actor) == 0
        with pytest.raises(WrongStatus):
            completions.confirm_completion(actor=actor, completion=said, at=timezone.now())
    assert verbs(said.subject) == ["completion.entered", "completion.confirmed"]
    own = enter(world, by=("peel-cas", LEAD))
    with world.acting("peel-cas", LEAD) as actor, pytest.raises(NotAllowed):
        completions.confirm_completion(actor=actor, completion=own, at=timezone.now())


def test_an_administrator_says_it_of_their_own_people_and_it_is_confirmed(world):
    load()
    world.user("peel-cas")
    said = enter(world, by=("peel-cas", ADMIN), of=("peel-cas", Role.WORKER))
    assert said.confirmed_by == world.user("peel-cas", ADMIN)
    with pytest.raises(NotAllowed):
        enter(world, by=("peel-cas", ADMIN), of=("north-cas", Role.WORKER))
    with pytest.raises(NotAllowed):
        enter(world, by=("peel-cas", LEAD), of=("peel-cas", Role.WORKER), course="trauma_informed")


def test_what_cannot_be_is_refused(world):
    load()
    enter(world)
    for wrong, field in (
        ({"ago": -1, "course": "trauma_informed"}, "completed_on"),
        ({"ago": 20_000, "course": "trauma_informed"}, "completed_on"),
        ({"ago": 11}, "completed_on"),
        ({"course": "basic_constable"}, "course"),  # for police
    ):
        with pytest.raises(Invalid) as refusal:
            enter(world, **wrong)
        assert refusal.value.field == field


def test_a_correction_ends_what_stood_with_its_confirmation_and_tells_the_person(world):
    load()
    world.user("peel-cas")
    first = enter(world, by=("peel-cas", ADMIN), of=("peel-cas", Role.WORKER))
    with world.acting("peel-cas") as actor:
        second = completions.correct_completion(
            actor=actor,
            completion=first,
            completed_on=first.completed_on - DAY,
            at=timezone.now(),
        )
        assert second.confirmed_by is None
        with pytest.raises(WrongStatus):
            completions.remove_completion(actor=actor, completion=first, at=timezone.now())
    renewed = enter(world, ago=1)
    with world.acting("peel-cas", ADMIN) as actor:
        completions.remove_completion(actor=actor, completion=renewed, at=timezone.now())
        assert not completions.completions_of(actor, world.user("peel-cas")).exists()
    assert verbs(first.subject) == ["completion.entered", "completion.corrected"]
    assert verbs(renewed.subject) == ["completion.entered", "completion.removed"]
    with database.as_role("worker"):
        followers.drain("notify")
        told = Notice.objects.filter(verb__startswith="completion.")
        assert [(each.recipient, each.verb) for each in told] == [
            (world.user("peel-cas"), "completion.removed")
        ]


def test_its_holder_is_told_30_days_before_it_ends_and_then(world):
    load()
    said, him = enter(world, ago=300), world.user("peel-cas")
    with database.as_role("worker"):
        followers.drain("ladder")
        due = dict(Step.objects.filter(subject=said.subject).values_list("kind", "due_at"))
        assert {kind: timezone.localdate(at) for kind, at in due.items()} == {
            "course_expiring": said.expires_on - 30 * DAY,
            "course_expired": said.expires_on,
        }
        # As if they were due now: the record takes no other moment.
        for kind in ("course_expiring", "course_expired"):
            with transaction.atomic():
                done = steps.ladder_of(said.subject).carry_out(
                    said.reference, kind, due_at=due[kind], at=timezone.now()
                )
            assert done
        followers.drain("notify")
        told = Notice.objects.filter(recipient=world.user("peel-cas")).order_by("entry_id")
        assert [(each.verb, each.reference) for each in told] == [
            ("completion.expiring", ""),
            ("completion.expired", ""),
        ]
    with database.as_superuser() as cursor:
        cursor.execute("update coordination_user set is_active = false where id = %s", [him.pk])
    with database.as_role("worker"), transaction.atomic():
        ladder = steps.ladder_of(said.subject)
        moment = due["course_expiring"]
        assert not ladder.carry_out(
            said.reference, "course_expiring", due_at=moment, at=timezone.now()
        ), "who left is not reminded"


def test_what_had_ended_before_it_was_said_is_no_news(world):
    load()
    long_gone = enter(world, course="helping_trafficked_persons", ago=1_000)
    with database.as_role("worker"):
        followers.drain("ladder")
        assert not Step.objects.filter(subject=long_gone.subject).exists()


def test_a_course_is_the_offices_and_names_nobody(world):
    load()
    given = CourseGiven("Trafficking in the North", "La traite dans le Nord", months=12)
    with world.acting("office", Role.COORDINATOR) as actor:
        made = add_course(actor=actor, given=given, at=timezone.now())
        assert made.code == "trafficking_in_the_north"
        for wrong, field in (
            (given, "name_en"),
            (CourseGiven("X", "X", months=121), "months"),
            (CourseGiven("X", "X", address="https://example.org/?who=jo"), "address"),
        ):
            with pytest.raises(Invalid) as refusal:
                add_course(actor=actor, given=wrong, at=timezone.now())
            assert refusal.value.field == field
        with pytest.raises(Identifying):
            add_course(actor=actor, given=CourseGiven("Call 416-555-0134", "X"), at=timezone.now())
    longer = CourseGiven(given.name_en, given.name_fr, months=24)
    with world.acting("office", Role.COORDINATOR) as actor:
        change_course(actor=actor, course=made, given=longer, at=timezone.now())
        retire_course(actor=actor, course=made, at=timezone.now())
        with pytest.raises(WrongStatus):
            change_course(actor=actor, course=made, given=given, at=timezone.now())
    assert verbs(made.subject) == ["course.added", "course.changed", "course.retired"]
    with world.acting("peel-cas", ADMIN) as actor, pytest.raises(NotAllowed):
        add_course(actor=actor, given=given, at=timezone.now())


def test_what_a_desk_asks_for_is_its_agencys_from_a_day_on(world):
    load()
    person = world.user("peel-cas")
    require(world)
    later = require(world, ["privacy", "trauma_informed"], begins_in=5)
    require(world, [], begins_in=5)
    today = timezone.localdate()
    with world.acting("peel-cas"):
        in_force = [
            [each.courses for each in Requirement.objects.in_force(on=today + n * DAY)]
            for n in (-1, 0, 4, 5)
        ]
        assert in_force == [[], [["privacy"]], [["privacy"]], []]
    with pytest.raises(Invalid):
        require(world)  # so it is already
    with pytest.raises(Invalid):
        require(world, ["basic_constable"])
    with pytest.raises(Invalid):
        require(world, begins_in=-1)
    world.user("peel-cas", LEAD)
    for role, desk in ((LEAD, "peel-cas"), (ADMIN, "north-cas")):
        with world.acting("peel-cas", role) as actor, pytest.raises(NotAllowed):
            requirements.require_training(
                actor=actor, desk=world.desks[desk], courses=[], begins_on=today, at=timezone.now()
            )
    assert verbs("requirement:peel-cas") == ["requirement.set"] * 3
    with database.as_role("worker"):
        assert Requirement.objects.get(pk=later.pk).ended_at is not None
        followers.drain("notify")
        assert Notice.objects.filter(recipient=person, verb="requirement.set").count() == 3


def test_raw_sql_reads_confirms_and_asks_for_no_more(world):
    load()
    said, other = enter(world), enter(world, by=("north-cas", Role.WORKER))
    require(world)
    people = {
        "person": world.user("peel-cas"),
        "lead": world.user("peel-cas", LEAD),
        "admin": world.user("peel-cas", ADMIN),
        "colleague": world.user("peel-police"),
        "coordinator": world.user("office", Role.COORDINATOR),
        "analyst": world.user("office", Role.ANALYST),
        "auditor": world.user("office", Role.AUDITOR),
    }
    sees = {}
    for name, person in people.items():
        with psycopg.connect(database.url("app"), autocommit=True) as app:
            app.execute("select set_config('relay.actor', %s, false)", [str(person.pk)])
            sees[name] = app.execute("select reference from coordination_completion").fetchall()
    of_peel = [(said.reference,)]
    see_it = {"person", "lead", "admin"}
    assert sees == {name: of_peel if name in see_it else [] for name in people}
    key, him = said.pk, people["person"].pk
    confirm = (
        f"update coordination_completion set confirmed_by_id = %s, confirmed_at = now()"
        f" where id = {key}"
    )
    enter_for = (
        "insert into coordination_completion (reference, person_id, course_id, completed_on,"
        " expires_on, entered_at, entered_by_id, confirmed_by_id, confirmed_at)"
        " select 'AAAAAAAA', %s, id, current_date - 1, %s, now(), %s, %s, %s"
        " from coordination_course where code = 'trauma_informed'"
    )
    now = timezone.now()
    good = expiry(Course(months=36), timezone.localdate() - DAY)
    tries = [
        ("person", confirm, [him]),  # oneself
        ("person", confirm, [people["lead"].pk]),  # as if another did
        ("person", enter_for, [him, good, him, people["lead"].pk, now]),
        ("person", enter_for, [him, None, him, None, None]),  # valid for good
        ("person", enter_for, [people["lead"].pk, good, him, None, None]),
        ("lead", enter_for, [him, good, people["lead"].pk, people["lead"].pk, now]),
        ("lead", f"update coordination_completion set ended_at = now(), ended_by_id = {him}", []),
        ("person", "update coordination_completion set completed_on = current_date", []),
        ("person", "delete from coordination_completion", []),
        ("lead", "update coordination_requirement set courses = '{}'", []),
        ("person", "update coordination_requirement set unmet_since = null", []),
        (
            "lead",
            "insert into coordination_requirement (desk_id, courses, begins_on, set_at)"
            f" values ({world.desks['peel-cas'].pk}, '{{}}', current_date, now())",
            [],
        ),
        (
            "admin",
            "insert into coordination_requirement (desk_id, courses, begins_on, set_at)"
            f" values ({world.desks['north-cas'].pk}, '{{}}', current_date, now())",
            [],
        ),
        ("analyst", "update coordination_course set months = 1", []),
    ]
    for name, sql, values in tries:
        with psycopg.connect(database.url("app"), autocommit=True) as app:
            app.execute("select set_config('relay.actor', %s, false)", [str(people[name].pk)])
            try:
                changed = app.execute(sql, values).rowcount
            except (psycopg.errors.InsufficientPrivilege, psycopg.errors.CheckViolation):
                changed = 0
            assert changed == 0, (name, sql)
    # What is allowed has to be said in the record.
    with psycopg.connect(database.url("app"), autocommit=True) as app:
        app.execute("select set_config('relay.actor', %s, false)", [str(people["lead"].pk)])
        with pytest.raises(psycopg.errors.CheckViolation):
            app.execute(confirm, [people["lead"].pk])
    for name, found in (("person", [(him,)]), ("colleague", []), ("coordinator", [])):
        with psycopg.connect(database.url("app"), autocommit=True) as app:
            app.execute("select set_config('relay.actor', %s, false)", [str(people[name].pk)])
            asked = [world.desks["peel-cas"].pk]
            assert app.execute("select trained_at(%s)", asked).fetchall() == found, name
    assert other.pk != key


def staff(world, desk, count):
    """Seat further workers at a desk, and return them."""
    with database.as_role("worker"), transaction.atomic():
        found = world.desks[desk]
        people = [
            User.objects.create_user(f"{desk}.{number}", agency=found.agency)
            for number in range(count)
        ]
        for person in people:
            Membership.objects.create(
                user=person, desk=found, role="worker", since=timezone.now() - 60 * DAY
            )
    return people


def hold(people, course="privacy", *, entered=60 * DAY):
    today = timezone.localdate()
    with database.as_role("worker"), transaction.atomic():
        for person in people:
            Completion.objects.create(
                reference=f"{person.pk:0>8}",
                person=person,
                course=Course.objects.get(code=course),
                completed_on=today - 70 * DAY,
                expires_on=today + 30 * DAY,
                entered_at=timezone.now() - entered,
                entered_by=person,
            )


def test_the_office_sees_counts_and_of_fewer_than_five_people_none(world):
    load()
    hold(staff(world, "peel-cas", 11)[:5])  # 12 with the one who is there: 5 have it, 7 not
    hold(staff(world, "ottawa-cas", 5)[:4])
    hold(staff(world, "north-cas", 6))
    hold(staff(world, "peel-police", 2))
    with world.acting("office", Role.ANALYST):
        cells = coverage.coverage(Course.objects.get(code="privacy"))
    found = {(e.kind, e.region): (e.people, e.held, e.said, e.share) for e in cells}
    assert found["cas", "central"] == (10, 5, "counted", 50)
    assert found["cas", "east"] == (5, None, "few", None)
    assert found["cas", "north"] == (5, None, "most", None)
    assert found["police", "central"] == (None, None, "hidden", None)
    assert not any(
        number is not None and number < coverage.LEAST
        for people, held, _said, _share in found.values()
        for number in (people, held, people - held if held is not None else None)
    )
    with world.acting("peel-cas", Role.WORKER):
        assert not coverage.coverage(Course.objects.get(code="privacy"))
    with database.as_superuser() as cursor:
        cursor.execute("select prosrc from pg_proc where proname = 'training_coverage'")
        (source,) = cursor.fetchone()
    assert f"c.people >= {coverage.LEAST}" in source


def test_coverage_watched_from_day_to_day_tells_nobodys_course(world):
    """It stays as it was at the end of the last month, whatever is said, ended or moved since."""
    load()
    people = staff(world, "peel-cas", 15)
    hold(people[:6])

    def seen():
        with world.acting("office", Role.ANALYST):
            privacy = Course.objects.get(code="privacy")
            return {(e.kind, e.region): e for e in coverage.coverage(privacy)}["cas", "central"]

    before = seen()
    assert (before.people, before.held, before.said) == (15, 5, "counted")
    hold(people[6:10], entered=dt.timedelta())
    with database.as_role("worker"):
        gone = Completion.objects.filter(person__in=people[:2])
        gone.update(ended_at=timezone.now(), ended_by=people[0])
        Membership.objects.filter(user=people[3]).update(until=timezone.now())
        User.objects.filter(pk=people[4].pk).update(is_active=False)
    assert seen() == before
    day = coverage.counted_on(at=dt.datetime(2026, 11, 1, 3, tzinfo=dt.UTC))
    assert day == dt.date(2026, 9, 30), "in Toronto it is October yet"
    office = Client()
    office.force_login(world.user("office", Role.ANALYST))
    page = office.get("/en/office/training/?course=privacy").content.decode()
    assert "5 of 15" in page
    assert "at the end of" in page


def test_the_office_learns_which_desk_has_nobody_on_duty_with_its_course(world):
    load()
    require(world)
    with database.as_role("worker"):
        assert watching.look(at=timezone.now()) == 1
        assert watching.look(at=timezone.now()) == 0
    client = Client()
    client.force_login(world.user("office", Role.ANALYST))
    page = "/en/office/training/?course=privacy"
    assert "Agency peel-cas" in client.get(page).content.decode()
    enter(world)
    with database.as_role("worker"):
        assert watching.look(at=timezone.now()) == 1
    assert "Agency peel-cas" not in client.get(page).content.decode()


def test_the_pages_take_it_confirm_it_and_set_what_a_desk_asks_for(world):
    load()
    client = Client()
    client.force_login(world.user("peel-cas"))
    page, day = "/en/account/training/", timezone.localdate().isoformat()
    tomorrow = (timezone.localdate() + DAY).isoformat()
    refused = client.post(page, {"course": "privacy", "completed_on": tomorrow})
    assert refused.status_code == 422
    assert "Give a day that is not in the future." in refused.content.decode()
    assert client.post(page, {"course": "privacy", "completed_on": day}).status_code == 302
    assert "not confirmed" in client.get(page).content.decode()
    assert "non confirmée" in client.get("/fr/account/training/").content.decode()
    with database.as_role("worker"):
        said = Completion.objects.get()
    address = f"/en/training/{said.reference}/"
    assert client.post(address + "confirm/").status_code == 403
    admin = Client()
    admin.force_login(world.user("peel-cas", ADMIN))
    assert world.user("peel-cas").username in admin.get("/en/admin/people/").content.decode()
    assert "not confirmed" in admin.get("/en/admin/training/").content.decode()
    assert admin.post(address + "confirm/").status_code == 302
    assert "valid until" in admin.get("/en/admin/training/").content.decode()
    person = f"/en/admin/training/{world.user('peel-cas').username}/"
    assert ">confirmed<" in admin.get(person).content.decode()
    asks = "/en/admin/desks/peel-cas/training/"
    given = {"courses": ["privacy"], "begins_on": day}
    assert "referrals (held by 1 of 1 at this desk)" in admin.get(asks).content.decode()
    assert admin.post(asks, given).status_code == 302
    assert admin.post(asks, given).status_code == 422
    shown = admin.get(asks).content.decode()
    assert "Now:" in shown
    assert re.search(r'value="privacy"[^>]*checked', shown), "saving again takes nothing away"
    stranger = Client()
    stranger.force_login(world.user("north-cas", ADMIN))
    for method, path in (("get", address), ("post", address + "confirm/"), ("get", person)):
        assert getattr(stranger, method)(path).status_code == 404
    assert client.get(address).status_code == 200
    assert client.post(address, {"completed_on": day}).status_code == 422
    assert client.post(address + "remove/").status_code == 302
    assert client.post(address + "remove/").status_code == 404


def test_training_through_the_api(world):
    load()
    worker, admin = Api(world.token("peel-cas")), Api(world.token("peel-cas", ADMIN))
    office = Api(world.token("office", Role.COORDINATOR))
    day = timezone.localdate().isoformat()
    given = {"course": "privacy", "completed_on": day}
    made = worker.post("training", given, Idempotency_Key="1")
    assert made.status_code == 201, made.content
    assert worker.post("training", given, Idempotency_Key="1").json() == made.json()
    assert made.json()["confirmed"] is False
    none = {**given, "course": "nothing"}
    assert worker.post("training", none, Idempotency_Key="2").status_code == 400
    stranger = {**given, "person": world.user("north-cas").username}
    assert admin.post("training", stranger, Idempotency_Key="3").status_code == 404
    one = f"training/{made.json()['reference']}"
    assert worker.post(f"{one}/confirm").status_code == 403
    assert office.post(f"{one}/confirm").status_code == 403
    confirmed = admin.post(f"{one}/confirm")
    assert (confirmed.status_code, confirmed.json()["confirmed"]) == (200, True)
    assert admin.post(f"{one}/confirm").status_code == 409
    assert admin.get("training").json()["results"] == [confirmed.json()]
    assert office.get("training").json()["results"] == []
    before = (timezone.localdate() - DAY).isoformat()
    other = worker.post(f"{one}/correct", {"completed_on": before}).json()
    assert other["confirmed"] is False
    assert worker.post(f"{one}/remove").status_code == 404
    asks = {"desk": "peel-cas", "courses": ["privacy"], "begins_on": day}
    asked = admin.post("training/requirements", asks, Idempotency_Key="4")
    assert (asked.status_code, asked.json()) == (201, asks)
    assert admin.get("training/requirements").json()["results"] == [asks]
    elsewhere = {**asks, "desk": "north-cas"}
    assert admin.post("training/requirements", elsewhere, Idempotency_Key="5").status_code == 400
    assert worker.post(f"training/{other['reference']}/remove").status_code == 204
    with database.as_role("worker"):
        watching.look(at=timezone.now())
    assert [each["desk"] for each in office.get("training/unmet").json()["results"]] == ["peel-cas"]
    cells = office.get("training/coverage?course=privacy").json()["results"]
    assert {(each["said"], each["people"]) for each in cells} == {("hidden", None)}
    assert {each["counted_on"] for each in cells} == {f"{coverage.counted_on(at=timezone.now())}"}
    every = office.get("training/coverage").json()["results"]
    assert {each["course"] for each in every} > {"privacy"}
    assert office.get("training/coverage?course=x").status_code == 400
    new = {"name_en": "Night shifts", "name_fr": "Quarts de nuit", "months": 6}
    course = office.post("courses", new, Idempotency_Key="6")
    assert (course.status_code, course.json()["code"]) == (201, "night_shifts")
    changed = office.post("courses/night_shifts/change", {**new, "months": None})
    assert changed.json()["months"] is None
    assert worker.post("courses/night_shifts/retire").status_code == 403
    assert office.post("courses/night_shifts/retire").status_code == 204
    assert "night_shifts" not in {each["code"] for each in worker.get("courses").json()["results"]}
