"""The duty lead sets the rota; its people read it; nobody else learns who is on duty."""

import datetime as dt
import json

import psycopg
import pytest
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from coordination.errors import Invalid, NotAllowed, Stale
from coordination.models import Desk, Shift
from coordination.roles import Role
from coordination.rota import ExceptionGiven, ShiftGiven, rota_of, set_rota
from tests import database
from tests.coordination.test_duty import cover

NIGHT = (dt.time(22), dt.time(6))
HOUR = dt.timedelta(hours=1)


def put(world, shifts=(), exceptions=(), *, desk="peel-cas", role=Role.LEAD, version=None):
    with world.acting(desk, role) as actor:
        return set_rota(
            actor=actor,
            shifts=list(shifts),
            exceptions=list(exceptions),
            version=version,
            at=timezone.now(),
        )


def nights(person, days=("fri", "sat")):
    return ShiftGiven(days, *NIGHT, person)


def test_the_lead_sets_it_and_the_record_says_so(world):
    person, now = world.user("peel-cas"), timezone.now()
    holiday = ExceptionGiven(now + HOUR, now + 2 * HOUR, "nobody")
    first = put(world, [nights(person)])
    second = put(world, [nights(person), nights(person, ("mon",))], [holiday])
    assert second.version > first.version
    again = put(world, second.shifts, second.exceptions)
    assert again.version == second.version, "the same again changes nothing"
    put(world)
    with world.acting("peel-cas"):
        assert rota_of(world.desks["peel-cas"], at=timezone.now()).shifts == ()
        assert Shift.objects.filter(ended_at__isnull=False).count() == 2, "what was is still told"
    with database.as_role("worker"):
        entries = Entry.objects.filter(verb="desk.rota_set").select_related("body").order_by("id")
        said = [(each.body.data["before"], each.body.data["after"]) for each in entries]
    none, one, more = (
        {"shifts": n, "exceptions": m} for n, m in ((0, 0), (1, 0), (2, 1))
    )  # fmt: skip
    assert said == [(none, one), (one, more), (more, none)]


def test_what_cannot_be_is_refused(world):
    person, now = world.user("peel-cas"), timezone.now()
    other = world.user("peel-police")
    person_for = ExceptionGiven(now, now + HOUR, "person", person)
    for field, shifts, exceptions in (
        ("days", [nights(person, ())], []),
        ("person", [nights(other)], []),
        ("until", [], [ExceptionGiven(now, now, "nobody")]),
        ("until", [], [ExceptionGiven(now - 2 * HOUR, now - HOUR, "nobody")]),
        ("until", [], [ExceptionGiven(now, now + dt.timedelta(days=400), "nobody")]),
        ("person", [], [ExceptionGiven(now, now + HOUR, "person")]),
        ("person", [], [ExceptionGiven(now, now + HOUR, "person", other)]),
        ("who", [], [ExceptionGiven(now, now + HOUR, "cover")]),
        ("since", [], [person_for, ExceptionGiven(now, now + HOUR, "nobody")]),
    ):
        with pytest.raises(Invalid) as refusal:
            put(world, shifts, exceptions)
        assert refusal.value.field.rpartition(".")[2] == field
    world.user("peel-cas", Role.LEAD)
    with pytest.raises(NotAllowed):
        put(world, [nights(person)], role=Role.WORKER)
    with pytest.raises(Stale):
        put(world, [nights(person)], version=7)


def test_raw_sql_gives_nobody_a_rota_nor_the_names_of_another(world):
    person = world.user("peel-cas")
    put(world, [nights(person)])
    insert = (
        "insert into coordination_shift (desk_id, days, starts_at, ends_at, person_id, set_at)"
        " select group_id, '{{mon}}', '08:00', '16:00', %s, now() from coordination_desk"
        " where slug = '{desk}'"
    )
    tries = [
        (world.user("peel-cas"), insert.format(desk="peel-cas"), person),  # no lead
        (world.user("north-cas", Role.LEAD), insert.format(desk="peel-cas"), person),  # of another
        (
            world.user("peel-cas", Role.LEAD),
            insert.format(desk="peel-cas"),
            world.user("north-cas"),
        ),
    ]
    for actor, sql, whom in tries:
        with psycopg.connect(database.url("app"), autocommit=True) as app:
            app.execute("select set_config('relay.actor', %s, false)", [str(actor.pk)])
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(sql, [whom.pk])
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute("update coordination_shift set person_id = %s", [whom.pk])
    key = world.desks["peel-cas"].pk
    for actor, named in ((world.user("peel-cas"), True), (world.user("north-cas"), False)):
        with psycopg.connect(database.url("app"), autocommit=True) as app:
            app.execute("select set_config('relay.actor', %s, false)", [str(actor.pk)])
            assert app.execute("select count(*) from coordination_shift").fetchone() == (named,)
            plan = app.execute("select person from duty_plan(%s, now())", [[key]]).fetchall()
            assert plan == [(person.pk if named else None,)]


def test_the_page_adds_and_takes_away_lines(world):
    cover()
    person = world.user("peel-cas")
    client, page = Client(), "/en/desk/rota/"
    client.force_login(world.user("peel-cas", Role.LEAD))
    line = {
        "do": "shift",
        "version": "1",
        "shift-days": ["mon", "tue"],
        "shift-starts_at": "22:00",
        "shift-ends_at": "06:00",
        "shift-person": person.username,
    }
    assert client.post(page, line).status_code == 302
    shown = client.get(page).content.decode()
    assert "10:00 p.m. – 6:00 a.m." in shown
    assert "the next day" in shown
    assert client.post(page, {**line, "version": "1"}).status_code == 302  # stale: told, not done
    assert client.post(page, {**line, "shift-days": []}).status_code == 422
    for form in ({"do": "shift"}, {"do": "exception"}):
        wrong = client.post(page, {**form, "version": "1"})
        assert wrong.status_code == 422
        assert "This field is required." not in wrong.content.decode()
    version = client.get("/api/v1/rota").headers["ETag"].strip('"')
    off = {
        "do": "exception",
        "version": version,
        "exception-since": "2099-12-24T17:00",
        "exception-until": "2099-12-27T08:00",
        "exception-who": "cover",
    }
    assert client.post(page, off).status_code == 422  # more than a year ahead
    soon = timezone.localtime() + dt.timedelta(days=1)
    off["exception-since"] = soon.strftime("%Y-%m-%dT08:00")
    off["exception-until"] = soon.strftime("%Y-%m-%dT17:00")
    assert client.post(page, off).status_code == 302
    version = client.get("/api/v1/rota").headers["ETag"].strip('"')
    gone = {"version": version, "remove": "shift-1"}
    assert client.post(page, gone).status_code == 302
    rota = client.get("/api/v1/rota").json()
    assert (rota["shifts"], [each["who"] for each in rota["exceptions"]]) == ([], ["cover"])


def test_through_the_api_it_is_set_as_a_whole_against_its_version(world):
    person = world.user("peel-cas")
    client = Client(headers={"Authorization": f"Token {world.token('peel-cas', Role.LEAD)}"})
    body = {
        "shifts": [
            {"days": ["sat"], "starts_at": "08:00", "ends_at": "20:00", "person": person.username}
        ],
        "exceptions": [],
    }

    def send(**headers):
        return client.put(
            "/api/v1/rota", json.dumps(body), content_type="application/json", headers=headers
        )

    assert send().status_code == 428
    answer = send(**{"If-Match": '"1"'})
    assert answer.status_code == 200
    assert answer.json()["shifts"][0]["person"] == person.username
    assert send(**{"If-Match": '"1"'}).status_code == 412
    body["shifts"][0]["person"] = "north-cas.worker"
    wrong = send(**{"If-Match": answer.headers["ETag"]})
    assert wrong.status_code == 400
    assert list(wrong.json()["errors"]) == ["shifts.0.person"]


def test_the_week_says_who_answers_in_the_hours_that_no_shift_covers(world):
    person = world.user("peel-cas")
    client, page = Client(), "/en/desk/rota/"
    client.force_login(person)
    put(world, [nights(person, ("fri",)), ShiftGiven(("fri",), dt.time(8), dt.time(12), person)])
    saturday, friday, tuesday = (
        client.get(page).content.decode().split(f"<dt>{day}</dt>")[1].split("</div>")[0]
        for day in ("Saturday", "Friday", "Tuesday")
    )
    assert "all duty leads" in tuesday
    assert "12:00 a.m." not in tuesday
    for hours in ("12:00 a.m. – 8:00 a.m.", "12:00 p.m. – 10:00 p.m."):
        assert hours in friday
    assert "10:00 p.m. – 12:00 a.m." not in friday
    assert "6:00 a.m. – 12:00 a.m." in saturday, "the night before covers the morning"
    assert "The cover desk" not in client.get(page).content.decode(), "there is none"
    cover()
    assert "Agency peel-police</span>" in client.get(page).content.decode()


def test_the_phone_that_rings_now_is_shown_and_no_name_of_another_desk(world):
    person, now = world.user("peel-cas"), timezone.now()
    world.user("peel-cas", Role.LEAD)
    cover()
    with database.as_role("worker"):
        Desk.objects.filter(slug="peel-police").update(duty_phone="555-0199")
    put(world, [nights(person)], [ExceptionGiven(now, now + HOUR, "cover")])
    client = Client()
    client.force_login(world.user("ottawa-cas"))
    desks = {each["slug"]: each for each in client.get("/api/v1/desks").json()["results"]}
    assert desks["peel-cas"]["answers_now"] == {"desk": "peel-police", "phone": "555-0199"}
    card = client.get("/en/directory/peel-cas/").content.decode()
    assert "555-0199" in card
    assert person.get_full_name() not in card
    phones = client.get("/en/directory/phones/").content.decode()
    assert "555-0199" in phones
    put(world, [nights(person)], [ExceptionGiven(now, now + HOUR, "person", person)])
    assert person.get_full_name() not in client.get("/en/directory/peel-cas/").content.decode()
    client.force_login(person)
    assert person.get_full_name() in client.get("/en/directory/peel-cas/").content.decode()
