"""Cases come in by a file: an answer per row, coded facts only, each row once."""

import datetime as dt
import io
import re
import threading
import time
import zipfile
from contextlib import suppress
from pathlib import Path

import openpyxl
import psycopg
import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from django.utils.module_loading import import_string

from audit.models import Entry, EntryBody
from audit.record import recording_as
from audit.verbs import Verb
from cases.actions.arriving import make_next, stop_unstarted
from cases.actions.importing import check_import, start_import, stop_import
from cases.facts import LEAD_FACTS, TASK_FACTS, lead_facts
from cases.import_states import IMPORT_PAIRS, ImportStatus
from cases.importing import tables
from cases.importing.judging import Judge
from cases.models import Case, Import, Imported, ImportRow
from coordination.actions import add_member
from coordination.errors import Invalid, NotAllowed, WrongStatus
from coordination.models import Area, KnownCodes, Membership, User
from coordination.roles import Role
from tests import database
from tests.referrals.test_walls_of_handoffs import entry, tried

HEAD = "key,age_band,gender_identity,situation,service_language,needs,trafficking_status,opened_on"
GOOD = (
    "A-1,18_20,woman_girl,left_recently,fr,emergency_shelter;dental,suspected,2026-03-01",
    "A-2,Moins de 12 ans,Homme ou garçon,Inconnu,Anglais,,,",
)
LEAD = ("peel-cas", Role.LEAD)


def csv(*rows, head=HEAD):
    return "\n".join([head, *rows]).encode()


def check(world, content, *, who=LEAD, **more):
    with world.acting(*who) as actor:
        return check_import(actor=actor, content=content, at=timezone.now(), **more)


def judged(content, **more):
    today = timezone.localdate()
    return list(Judge(tables.read(content), {"peel": "peel"}, today, **more).judge())


def start(world, checked, *, who=LEAD):
    with world.acting(*who) as actor:
        start_import(importing=checked.made, actor=actor, at=timezone.now())


def run():
    with database.as_role("worker"):
        while make_next(at=timezone.now()):
            pass


def bring(world, content, **more):
    checked = check(world, content, **more)
    start(world, checked)
    run()
    with database.as_role("worker"):
        return Import.objects.get(pk=checked.made.pk)


def everything_stored():
    """Return all that all tables hold, as one text, but what the codes of vocabularies are."""
    with database.as_superuser() as cursor:
        cursor.execute(
            "select tablename from pg_tables where schemaname = 'public' and tablename <> %s",
            [KnownCodes._meta.db_table],
        )
        found = []
        for (table,) in cursor.fetchall():
            cursor.execute(f"select t::text from {table} t")
            found += [row for (row,) in cursor.fetchall()]
    return "\n".join(found)


def test_a_file_is_answered_row_by_row_and_nothing_is_made_before_it_is_started(world):
    checked = check(world, csv(*GOOD, "A-3,18_20,woman_girl,nonsense,fr,,,"))
    assert [(each.number, each.answer) for each in checked.answers] == [
        (2, "will_be_made"),
        (3, "will_be_made"),
        (4, "refused"),
    ]
    assert checked.answers[2].refusal.reason == "unknown_value"
    assert checked.answers[2].refusal.column == "D (situation)"
    run()
    with database.as_role("worker"):
        assert not Case.objects.exists()
        assert ImportRow.objects.count() == 2


def test_started_rows_become_cases_of_the_desk_with_their_facts_and_their_day(world):
    done = bring(world, csv(*GOOD))
    assert (done.status, done.rows_failed) == (ImportStatus.DONE, 0)
    with world.acting(*LEAD) as actor:
        first, second = Case.objects.visible_to(actor).order_by("pk")
        assert (first.age_band, first.service_language) == ("18_20", "fr")
        assert first.needs == ["emergency_shelter", "dental"]
        assert first.opened_at.date() == dt.date(2026, 3, 1)
        assert lead_facts(first)["trafficking_status"] == "suspected"
        assert (second.age_band, second.gender_identity) == ("under_12", "man_boy")
        assert first.lead_desk.slug == second.lead_desk.slug == "peel-cas"
    with database.as_role("worker"):
        entries = Entry.objects.filter(verb=Verb.CASE_OPENED)
        assert {each.source for each in entries} == {"import"}
        assert {each.actor_id for each in entries} == {world.user(*LEAD).pk}
        assert not ImportRow.objects.exists(), "what waited is gone"


SECRETS = {
    "name": ("name", "Zaphodia Beeblebroxova", "identifying_column"),
    "nom": ("Nom de famille", "Beeblebroxova", "identifying_column"),
    "birth": ("Date de naissance", "2004-05-06", "identifying_column"),
    "phone by name": ("Phone Number", "x", "identifying_column"),
    "health card by name": ("HEALTH-CARD", "x", "identifying_column"),
    "phone in an unknown column": ("remarks", "call 905-555-0188 tonight", "identifying"),
    "e-mail": ("colour", "zaphodia@example.org", "identifying"),
    "name in an unknown column": ("remarks", "her friend Jessica Martin", "identifying"),
    "too long": ("remarks", "beeblebroxova " * 50, "too_long"),
}


def test_what_identifies_is_refused_by_name_and_by_content_and_is_nowhere(world):
    headings = [heading for heading, _secret, _reason in SECRETS.values()]
    empty = [""] * len(headings)
    rows = [f"{GOOD[1]}," + ",".join(empty)]
    for place, (_heading, secret, _reason) in enumerate(SECRETS.values()):
        cells = [*empty[:place], f'"{secret}"', *empty[place + 1 :]]
        rows.append(GOOD[0].replace("A-1", f"B-{place}") + "," + ",".join(cells))
    checked = check(world, csv(*rows, head=f"{HEAD},{','.join(headings)}"))
    clean, *refused = checked.answers
    assert clean.answer == "will_be_made", "another row is not to blame"
    for answer, (heading, _secret, reason) in zip(refused, SECRETS.values(), strict=True):
        assert (answer.answer, answer.refusal.reason) == ("refused", reason)
        assert answer.refusal.column.endswith(f"({heading})")
    start(world, checked)
    run()
    told = repr(checked.answers) + everything_stored()
    for _heading, secret, _reason in SECRETS.values():
        for part in secret.split():
            assert len(part) < 5 or part not in told


@pytest.mark.parametrize(
    ("place", "cell", "kind"),
    [
        (1, "Jessica Martin", "person_name"),
        (5, "905-555-0188", "phone"),
        (0, "zed@example.org", "email"),
    ],
)
def test_a_cell_that_identifies_in_a_column_that_is_kept_is_named_by_its_kind(
    db, place, cell, kind
):
    cells = GOOD[0].split(",")
    cells[place] = cell
    (answer,) = judged(csv(",".join(cells)))
    assert answer.refusal.reason == "identifying"
    assert kind in answer.refusal.kinds


def test_a_heading_that_identifies_refuses_the_file_without_repeating_it(db):
    with pytest.raises(Invalid) as refusal:
        judged(csv(f"{GOOD[0]},x", head=f"{HEAD},905-555-0188"))
    assert "905" not in str(refusal.value)
    assert "column I" in str(refusal.value)


BAD = {
    "missing_value": "A-1,18_20,,left_recently,fr,,,",
    "missing_key": ",18_20,woman_girl,left_recently,fr,,,",
    "bad_key": "=A1,18_20,woman_girl,left_recently,fr,,,",
    "bad_date": "A-1,18_20,woman_girl,left_recently,fr,,,2099-01-01",
    "extra_cells": "A-1,18_20,woman_girl,left_recently,fr,,,2026-01-01,more",
}


@pytest.mark.parametrize(("reason", "row"), BAD.items(), ids=BAD)
def test_a_row_that_is_not_right_is_refused_for_a_reason(db, reason, row):
    (answer,) = judged(csv(row))
    assert answer.refusal.reason == reason


def test_a_key_that_stands_twice_in_a_file_counts_once(db):
    first, second = judged(csv(GOOD[0], GOOD[0]))
    assert first.taken
    assert second.refusal.reason == "key_twice"


def test_a_closed_case_does_not_come_in(db):
    head = f"{HEAD},status"
    closed, opened = judged(csv(f"{GOOD[0]},closed", f"{GOOD[1]},Active", head=head))
    assert closed.refusal.reason == "closed"
    assert opened.taken


def test_the_same_file_twice_makes_each_case_once_and_says_which(world):
    bring(world, csv(*GOOD))
    again = check(world, csv(*GOOD, "A-3,18_20,woman_girl,current,fr,,,"))
    assert [each.answer for each in again.answers] == [
        *["already_imported"] * 2,
        "will_be_made",
    ]
    with database.as_role("worker"):
        assert {each.case_id for each in again.answers[:2]} == set(
            Case.objects.values_list("pk", flat=True)
        )
    start(world, again)
    run()
    with database.as_role("worker"):
        assert Case.objects.count() == 3


def test_a_key_that_comes_back_with_other_facts_is_refused(world):
    bring(world, csv(GOOD[0]))
    (answer,) = check(world, csv(GOOD[0].replace("left_recently", "current"))).answers
    assert answer.refusal.reason == "key_changed"


def test_a_key_is_the_desks_own_and_is_kept_as_a_digest_under_a_secret(world, settings):
    bring(world, csv("SECRET-7,18_20,woman_girl,current,fr,,,"))
    other = check(
        world, csv("SECRET-7,18_20,woman_girl,current,fr,,,"), who=("north-cas", Role.LEAD)
    )
    assert other.answers[0].answer == "will_be_made"
    assert "SECRET-7" not in everything_stored()
    settings.IMPORT_SECRET = "another"
    (answer,) = check(world, csv("SECRET-7,18_20,woman_girl,current,fr,,,")).answers
    assert answer.answer == "will_be_made"


def test_two_imports_of_one_file_at_once_make_each_case_once(world, settings):
    content = csv(*(f"K-{n},18_20,woman_girl,current,en,,," for n in range(12)))
    for _ in range(2):
        start(world, check(world, content))
    barrier, faults = threading.Barrier(3), []

    def work():
        barrier.wait()
        try:
            while make_next(at=timezone.now()):
                pass
        except BaseException as fault:
            faults.append(fault)
        finally:
            connection.close()

    with database.as_role("worker"):
        threads = [threading.Thread(target=work) for _ in range(3)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        # A row that waited too long for a lock rests, and its turn comes again: the sweep's work.
        until = time.monotonic() + 2 * sum(settings.RETRY_SECONDS[:2]) + 10
        while Import.objects.exclude(status="done").exists() and time.monotonic() < until:
            if not make_next(at=timezone.now()):
                time.sleep(0.2)
        assert faults == []
        assert Case.objects.count() == 12
        assert set(Import.objects.values_list("status", flat=True)) == {"done"}
        finished = EntryBody.objects.filter(entry__verb=Verb.IMPORT_FINISHED)
        assert sum(body.data["made"] for body in finished) == 12


class Killed(BaseException):
    """Stands for the end of the process: nothing of ours catches it."""


@pytest.mark.parametrize(
    ("error", "left", "seconds", "made", "tries"),
    [(OperationalError, 1, 60, 2, 6), (ValueError, 0, 0, 1, 1), (Killed, 2, 100, 1, 3)],
)
def test_a_row_that_cannot_be_made_holds_up_no_other(
    world, monkeypatch, error, left, seconds, made, tries
):
    """A deadlock passes and fails no row; what ends its process three times does."""
    start(world, check(world, csv(*GOOD)))
    arriving = "cases.actions.arriving.open_case"
    real, at, met = import_string(arriving), timezone.now(), []

    def trouble(**given):
        if given["facts"]["age_band"] == "18_20" and len(met) < 6:
            met.append(error)
            raise error
        return real(**given)

    monkeypatch.setattr(arriving, trouble)
    with database.as_role("worker"):
        for second in range(0, seconds + 5, 5):
            with suppress(Killed), recording_as("seed"):  # a clock that runs ahead is no live one
                while make_next(at=at + dt.timedelta(seconds=second)):
                    pass
            if second == 0:
                assert ImportRow.objects.filter(failed="").count() == left
        asked = Import.objects.get()
        assert (asked.status, Case.objects.count(), asked.rows_failed) == ("done", made, 2 - made)
    assert len(met) == tries


def test_who_may_no_longer_import_makes_no_further_case(world):
    checked = check(world, csv(*GOOD))
    start(world, checked)
    with database.as_role("worker"):
        assert make_next(at=timezone.now())
        Membership.objects.filter(user=world.user(*LEAD)).update(until=timezone.now())
    run()
    with database.as_role("worker"):
        asked = Import.objects.get()
        assert (asked.status, asked.stop_reason) == ("stopped", "not_allowed")
        assert Case.objects.count() == 1
        assert not ImportRow.objects.exists()
        assert Entry.objects.get(verb=Verb.IMPORT_STOPPED).actor_id is None


def test_a_worker_role_does_not_import_and_only_who_checked_starts(world):
    with pytest.raises(NotAllowed):
        check(world, csv(*GOOD), who=("peel-cas", Role.WORKER))
    checked = check(world, csv(*GOOD))
    with database.as_role("worker"):
        desk = world.desks["peel-cas"]
        world.people["other", Role.LEAD] = User.objects.create_user("other", agency=desk.agency)
        now = timezone.now() - dt.timedelta(seconds=1)
        add_member(user=world.people["other", Role.LEAD], desk=desk, role=Role.LEAD, at=now)
    with world.acting("other", Role.LEAD) as actor, pytest.raises(NotAllowed):
        start_import(importing=checked.made, actor=actor, at=timezone.now())


def test_stopping_forgets_the_rows_that_wait_and_nothing_starts_twice(world):
    checked = check(world, csv(*GOOD))
    start(world, checked)
    with world.acting(*LEAD) as actor:
        with pytest.raises(WrongStatus):
            start_import(importing=checked.made, actor=actor, at=timezone.now())
        stop_import(importing=checked.made, actor=actor, at=timezone.now())
    run()
    with database.as_role("worker"):
        assert not ImportRow.objects.exists()
        assert not Case.objects.exists()


def test_what_nobody_starts_within_a_day_is_forgotten(world):
    check(world, csv(*GOOD))
    with database.as_role("worker"):
        assert stop_unstarted(at=timezone.now()) == 0
        with database.as_superuser() as cursor:
            cursor.execute(
                "alter table cases_import disable trigger user;"
                "update cases_import set checked_at = checked_at - interval '25 hours';"
                "alter table cases_import enable trigger user"
            )
        assert stop_unstarted(at=timezone.now()) == 1
        assert not ImportRow.objects.exists()


def test_a_row_that_cannot_be_made_does_not_hold_up_the_others(world):
    head = f"{HEAD},areas_to_avoid"
    checked = check(world, csv(f"{GOOD[0]},peel-area", f"{GOOD[1]},", head=head))
    start(world, checked)
    with database.as_superuser() as cursor:
        cursor.execute("delete from coordination_area where slug = 'peel-area'")
    run()
    with database.as_role("worker"):
        done = Import.objects.get()
        assert (done.status, done.rows_failed, Case.objects.count()) == ("done", 1, 1)


FILES = {
    "BOM and semicolons, as Excel writes in French": b"\xef\xbb\xbf"
    + csv(*GOOD).decode().replace(";", "|").replace(",", ";").encode(),
    "Windows-1252": csv(*GOOD).decode().encode("cp1252"),
    "UTF-16 with tabs": csv(*GOOD).decode().replace(",", "\t").encode("utf-16"),
    "lines of Windows, a comment in front": b"# from our system\r\n"
    + csv(*GOOD).replace(b"\n", b"\r\n"),
}


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_a_file_reads_however_a_spreadsheet_wrote_it(db, content):
    assert [each.refusal for each in judged(content)] == [None, None]


def workbook(*rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_an_excel_workbook_reads_like_a_list(world):
    rows = [HEAD.split(","), *(row.split(",") for row in GOOD)]
    rows[1][-1] = dt.datetime(2026, 3, 1)  # noqa: DTZ001  a workbook has no zone
    rows[1][0] = 7
    done = bring(world, workbook(*rows))
    assert (done.format, done.rows_taken) == ("xlsx", 2)


def bomb():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", b" " * 40_000_000)
    return out.getvalue()


def entities():
    out = io.BytesIO()
    source = io.BytesIO(workbook(HEAD.split(",")))
    with zipfile.ZipFile(source) as parts, zipfile.ZipFile(out, "w") as made:
        for name in parts.namelist():
            text = parts.read(name)
            if name == "xl/workbook.xml":
                text = b'<!DOCTYPE x [<!ENTITY a "b">]>' + text
            made.writestr(name, text)
    return out.getvalue()


def far_cell():
    book = openpyxl.Workbook()
    book.active["A1"], book.active["A1000000"] = "key", "x"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


UNREADABLE = {
    "nothing": b"",
    "no rows": b"\n\n",
    "bytes": bytes(range(256)),
    "a quote that does not end": csv('A-1,"18_20'),
    "a zip that is none": b"PK\x03\x04 and nothing",
    "a zip bomb": bomb(),
    "entities": entities(),
    "a cell at the end of the sheet": far_cell(),
    "too many rows": csv(*(f"K{n},,,,,,,x" for n in range(1003))),
    "too large": b"x" * (1024 * 1024 + 1),
    "columns missing": b"key,situation\nA,current",
    "two columns of one fact": csv(f"{GOOD[0]},man_boy", head=f"{HEAD},prs_Gender"),
    "no key": csv("18_20", head="age_band"),
}


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_cannot_be_read_is_refused_in_words(db, content):
    with pytest.raises(Invalid) as refusal:
        judged(content)
    assert str(refusal.value)


def test_areas_are_known_by_their_names(world):
    with database.as_role("worker"):
        Area.objects.filter(slug="peel-area").update(name_fr="Région de Peel")
    head = f"{HEAD},Secteurs à éviter"
    checked = check(world, csv(f"{GOOD[0]},Région de Peel;ottawa-area", head=head))
    assert checked.answers[0].answer == "will_be_made"
    with database.as_role("worker"):
        assert ImportRow.objects.get().facts["areas_to_avoid"] == ["peel-area", "ottawa-area"]


def test_another_column_can_be_the_key(db):
    content = csv(*GOOD, head=HEAD.replace("key", "our id"))
    assert [each.taken.key for each in judged(content, key_heading="Our ID")] == ["A-1", "A-2"]
    with pytest.raises(Invalid):
        judged(content)


def test_a_cell_that_is_no_code_stops_at_the_table_too(world):
    check(world, csv(*GOOD))
    with (
        psycopg.connect(database.url("worker")) as worker,
        pytest.raises(psycopg.errors.CheckViolation),
    ):
        worker.execute("""update cases_importrow set facts = '{"situation": "Jane Doe"}'""")


@pytest.mark.parametrize(
    "facts",
    [
        '{"age_band": "jane doe lives at main street five"}',
        '{"age_band": "jane,doe"}',
        '{"areas_to_avoid": ["jane doe"]}',
        '{"jane_doe": "18_20"}',
        '{"age_band": {"jane": "18_20"}}',
        '["jane"]',
    ],
)
def test_a_row_that_waits_holds_facts_by_their_names_and_no_words(world, facts):
    checked = check(world, csv(*GOOD))
    insert = (
        "insert into cases_importrow"
        " (of_id, number, key, fingerprint, facts, failed, attempts, last_error)"
        f" select {checked.made.pk}, 9, key, fingerprint, '{facts}', '', 0, '' from cases_importrow"
        " limit 1"
    )
    with pytest.raises(psycopg.errors.CheckViolation):
        as_app(world, "peel-cas", Role.LEAD, insert)


def test_the_names_of_facts_are_those_of_the_table():
    text = Path("cases/migrations/0020_shapes_of_codes.py").read_text()
    names = text.partition("array[")[2].partition("]")[0]
    assert set(re.findall(r"'(\w+)'", names)) == {*TASK_FACTS, *LEAD_FACTS}


def as_app(world, desk, role, statement):
    with psycopg.connect(database.url("app")) as app:
        app.execute("select set_config('relay.actor', %s, true)", [str(world.user(desk, role).pk)])
        return app.execute(statement).rowcount


def test_raw_sql_of_the_web_process_lets_nobody_import_as_somebody_else(world):
    checked = check(world, csv(*GOOD))
    start(world, checked)
    other = world.user("peel-cas", Role.WORKER)
    refused = (
        psycopg.errors.InsufficientPrivilege,
        psycopg.errors.CheckViolation,
    )
    row = "select {0}, 9, decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex'), '{{}}'::jsonb, ''"
    columns = "of_id, number, key, fingerprint, facts, failed"
    for statement in (
        f"update cases_import set asker_id = {other.pk}",
        "update cases_import set rows_read = 900",
        "update cases_import set status = 'done', version = version + 1",
        f"insert into cases_importrow ({columns}) " + row.format(checked.made.pk),
        "insert into cases_imported (desk_id, key, fingerprint, by_id) select desk_id,"
        f" decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex'), {checked.made.pk}"
        " from cases_import",
        "insert into cases_import (reference, desk_id, asker_id, status, version, format,"
        " rows_read, rows_refused, rows_known, rows_failed, checked_at, stop_reason)"
        f" select 'AAAAAAAA', desk_id, {world.user(*LEAD).pk}, 'checked', 1, 'csv', 1, 0, 0, 0,"
        " now(), '' from cases_import",
    ):
        with pytest.raises(refused):
            as_app(world, "peel-cas", Role.WORKER, statement)
    for statement in (
        "update cases_import set status = 'stopped', stop_reason = 'by_desk'",
        "delete from cases_importrow",
    ):
        assert as_app(world, "north-cas", Role.LEAD, statement) == 0


def test_nobody_else_writes_the_record_of_an_import(world):
    checked = check(world, csv(*GOOD))
    for desk in ("north-cas", "peel-cas"):
        said = entry(checked.made.subject, version=2, verb="import.started")
        assert tried(world, desk, said) == 0
    start(world, checked)
    with database.as_role("worker"):
        assert Import.objects.get().status == "running"


def test_the_pairs_of_the_database_are_those_of_the_table():
    text = Path("cases/migrations/0010_import_walls.py").read_text()
    assert set(re.findall(r"\('(\w+)', '(\w+)'\)", text)) == IMPORT_PAIRS


def test_everything_that_happens_to_an_import_is_in_the_record(world):
    bring(world, csv(*GOOD, "A-3,18_20,,,,,,"))
    with database.as_role("worker"):
        bodies = EntryBody.objects.filter(entry__subject__startswith="import:")
        found = {body.entry.verb: body.data for body in bodies.select_related("entry")}
        assert found == {
            "import.checked": {"rows": 3, "refused": 1, "known": 0, "standard": False},
            "import.started": {"status": "running", "rows": 2},
            "import.finished": {"status": "done", "made": 2, "failed": 0},
        }
        assert Imported.objects.exclude(case=None).count() == 2
