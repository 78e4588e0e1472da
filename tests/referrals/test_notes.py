"""Words: behind the gate, read by who may, kept nowhere when they are refused."""

import json

import psycopg
import pytest
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from cases.actions.notes import Words, add_note
from cases.models import Note
from coordination.errors import Invalid, NotAllowed
from coordination.gate.texts import Identifying
from referrals.actions import answering, sending
from tests import database
from tests.referrals.test_api import Api
from tests.referrals.test_life_cycle import act

PEEL, OTTAWA, COMMUNITY, NORTH = "peel-cas", "ottawa-cas", "ottawa-community", "north-cas"
CANARY = "416-555-0199"
TEXT = "Interpreter is arranged for the evening."


def note(world, desk, of, text=TEXT, **more):
    case = getattr(of, "case", of)
    with world.acting(desk) as actor:
        return add_note(
            actor=actor, case=case, about=of.subject, words=Words(text), at=timezone.now(), **more
        )


def seen(world, desk):
    with world.acting(desk) as actor:
        rows = {each.pk for each in Note.objects.visible_to(actor)}
        bare = {each.pk for each in Note.objects.all()}
    assert rows == bare, "row-level security says otherwise"
    return rows


def test_a_note_on_a_referral_reaches_its_two_sides(world):
    referral = world.referral()
    made = note(world, PEEL, referral)
    assert [seen(world, desk) for desk in (PEEL, OTTAWA, COMMUNITY)] == [
        {made.pk},
        {made.pk},
        set(),
    ]
    with database.as_role("worker"):
        entry = Entry.objects.get(verb="note.added")
        assert entry.subject == referral.subject
        assert TEXT not in json.dumps(entry.body.data)


def test_a_note_for_ones_own_desk_stays_there(world):
    referral = world.referral()
    made = note(world, OTTAWA, referral, audience="desk")
    assert (seen(world, PEEL), seen(world, OTTAWA)) == (set(), {made.pk})
    page = Client()
    page.force_login(world.user(PEEL))
    shown = f"{referral.reference[:4]}-{referral.reference[4:]}"
    assert TEXT not in page.get(f"/en/referrals/{shown}/").content.decode()


def test_words_about_another_referral_are_not_a_receivers_business(world):
    case = world.case()
    first, second = world.referral(case=case), world.referral(NORTH, case=case)
    act(world, NORTH, answering.accept_referral, second)
    about_first, about_case = note(world, PEEL, first), note(world, PEEL, case)
    assert seen(world, NORTH) == {about_case.pk}
    assert seen(world, OTTAWA) == {about_first.pk}


def test_who_declined_reads_nothing_that_is_written_after(world):
    referral = world.referral()
    before = note(world, PEEL, referral)
    assert seen(world, OTTAWA) == {before.pk}
    act(world, OTTAWA, answering.decline_referral, referral, reason="no_capacity")
    note(world, PEEL, referral)
    assert seen(world, OTTAWA) == set()


def test_only_who_has_access_writes(world):
    referral = world.referral()
    with pytest.raises(NotAllowed):
        note(world, NORTH, referral)
    with pytest.raises(NotAllowed):
        note(world, OTTAWA, referral.case)  # the case opens with the acceptance
    with database.as_role("worker"):
        assert not Note.objects.exists()


def test_a_reason_in_words_belongs_to_the_entry_of_the_decline(world):
    referral = world.referral()
    with pytest.raises(Invalid) as refused:
        act(world, OTTAWA, answering.decline_referral, referral, reason="other")
    assert refused.value.field == "words"
    words = Words("Our intake is closed for renovation.")
    act(world, OTTAWA, answering.decline_referral, referral, reason="other", words=words)
    with database.as_role("worker"):
        (kept,) = Note.objects.all()
        entry = Entry.objects.get(verb="referral.declined")
        assert (kept.kind, kept.about) == ("reason", referral.subject)
        assert entry.body.data["note"] == kept.pk
    assert seen(world, PEEL) == {kept.pk}


def test_what_identifies_stops_the_whole_change(world):
    referral = world.referral()
    words = Words(f"call {CANARY}")
    with pytest.raises(Identifying):
        act(world, OTTAWA, answering.decline_referral, referral, reason="other", words=words)
    with database.as_role("worker"):
        referral.refresh_from_db()
        assert (referral.status, referral.version) == ("sent", 2)
        assert not Note.objects.exists()


def test_what_was_kept_and_why_is_in_the_record(world):
    referral = world.referral(sent=False)
    words = Words("She is 17 years old.", {"exact_age": "safety"})
    act(world, PEEL, sending.send_referral, referral, words=words)
    with database.as_role("worker"):
        entry = Entry.objects.get(verb="referral.sent")
        assert entry.body.data["kept"] == {"exact_age": "safety"}


def test_the_api_names_kind_and_place_and_never_the_text(world):
    referral = world.referral()
    shown = f"{referral.reference[:4]}-{referral.reference[4:]}"
    ottawa = Api(world.token(OTTAWA))
    answer = ottawa.post(
        f"referrals/{shown}/notes", {"words": f"call {CANARY}"}, Idempotency_Key="a"
    )
    assert answer.status_code == 400
    (found,) = answer.json()["findings"]
    assert (found["kind"], found["answer"], found["start"], found["end"]) == (
        "phone",
        "block",
        5,
        17,
    )
    assert CANARY not in answer.content.decode()
    age = {"words": "She is 17 years old."}
    assert ottawa.post(f"referrals/{shown}/notes", age, Idempotency_Key="b").status_code == 400
    kept = ottawa.post(
        f"referrals/{shown}/notes", {**age, "keep": {"exact_age": "safety"}}, Idempotency_Key="c"
    )
    assert (kept.status_code, kept.json()["text"]) == (201, age["words"])
    (listed,) = ottawa.get(f"referrals/{shown}/notes").json()["results"]
    assert listed["text"] == age["words"]


def test_the_page_asks_why_and_keeps_what_was_typed(world):
    referral = world.referral()
    shown = f"{referral.reference[:4]}-{referral.reference[4:]}"
    page = Client()
    page.force_login(world.user(OTTAWA))
    url = f"/en/referrals/{shown}/note/"
    typed = {"words": "She is 17 years old.", "audience": "everyone"}
    asked = page.post(url, typed)
    assert asked.status_code == 422
    assert typed["words"] in asked.content.decode()
    assert "keep-exact_age" in asked.content.decode()
    assert "<mark>She is 17</mark> years old." in asked.content.decode()
    assert page.post(url, {**typed, "keep-exact_age": ""}).status_code == 422
    assert page.post(url, {**typed, "keep-exact_age": "safety"}).status_code == 302
    told = page.get(f"/en/referrals/{shown}/").content.decode()
    assert typed["words"] in told


@pytest.mark.parametrize("path", ["form", "api", "action", "update", "bulk"])
def test_refused_text_is_nowhere(world, path, caplog):
    referral = world.referral()
    shown = f"{referral.reference[:4]}-{referral.reference[4:]}"
    made = note(world, OTTAWA, referral)
    text, answer = f"call {CANARY}", None
    if path == "form":
        page = Client()
        page.force_login(world.user(OTTAWA))
        answer = page.post(f"/en/referrals/{shown}/note/", {"words": text, "audience": "everyone"})
    elif path == "api":
        body = {"words": text}
        answer = Api(world.token(OTTAWA)).post(
            f"referrals/{shown}/notes", body, Idempotency_Key="a"
        )
    elif path == "action":
        with pytest.raises(Identifying):
            note(world, OTTAWA, referral, text)
    else:
        with database.as_role("worker"), pytest.raises(Identifying):
            if path == "update":
                Note.objects.update(text=text)
            else:
                made.pk, made.text = None, text
                Note.objects.bulk_create([made])
    assert answer is None or answer.status_code in {400, 422}
    assert CANARY not in caplog.text
    for digits in (CANARY, CANARY.replace("-", "")):
        assert list(where(digits)) == []


def where(text):
    """Yield each table and column of the whole database in which a text stands."""
    with database.as_superuser() as admin:
        admin.execute(
            "select table_name, column_name from information_schema.columns"
            " where table_schema = 'public'"
        )
        for table, column in admin.fetchall():
            admin.execute(
                psycopg.sql.SQL("select 1 from {} where {}::text like {} limit 1").format(
                    psycopg.sql.Identifier(table),
                    psycopg.sql.Identifier(column),
                    psycopg.sql.Literal(f"%{text}%"),
                )
            )
            if admin.fetchone():
                yield table, column


def test_nobody_changes_or_deletes_a_note(world):
    made = note(world, OTTAWA, world.referral())
    for sql in ("update cases_note set audience = 'desk'", "delete from cases_note"):
        with (
            pytest.raises(psycopg.errors.InsufficientPrivilege),
            psycopg.connect(database.url("app")) as app,
        ):
            app.execute("select set_config('relay.actor', %s, true)", [str(made.writer_id)])
            app.execute(sql)
