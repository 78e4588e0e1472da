"""Cases leave as codes of the standard: recorded, counted, and never as a formula."""

import csv
import datetime as dt
import io
from itertools import zip_longest
from pathlib import Path

import openpyxl
import psycopg
import pytest
from django.test import Client
from django.utils import timezone, translation

from audit.models import Entry, EntryBody
from audit.verbs import Verb
from cases import htcds
from cases.actions.exporting import Wanted, export_cases
from cases.actions.leading import enter_case_in_error
from cases.actions.notes import Words
from cases.importing import tables
from cases.importing.judging import Judge
from cases.models import Export
from coordination import references, spreadsheets, vocabularies
from coordination.errors import Invalid, NotAllowed, WrongStatus
from coordination.roles import Role
from coordination.spreadsheets import Sheet
from tests import database

LEAD = ("peel-cas", Role.LEAD)
OWN = Wanted("own_system", "csv")


def take(world, wanted=OWN, who=LEAD):
    with world.acting(*who) as actor:
        return export_cases(actor=actor, wanted=wanted, at=timezone.now())


def lines(content, separator=","):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=separator))


def cases_in(content):
    table = tables.read(content)
    return [dict(zip_longest(table.headings, row.cells, fillvalue="")) for row in table.rows]


def test_a_file_holds_the_cases_the_desk_leads_as_codes_of_the_standard(world):
    own = world.case(gender_identity="trans_woman_girl", service_language="fr", dependants=2)
    mistaken = world.case()
    with world.acting("peel-cas") as actor:
        enter_case_in_error(
            case=mistaken, actor=actor, reason="opened_by_mistake", at=timezone.now()
        )
    world.case("north-cas")
    world.referral("peel-cas", sender="ottawa-cas")
    taken = take(world)
    (row,) = cases_in(taken.content)
    assert row == {
        "relay_reference": references.display(own.reference),
        "cas_Status": "Active",
        "cas_IncomingReferralDate": timezone.localdate().isoformat(),
        "prs_Gender": "TransgenderFeminine",
        "prs_PrimaryLanguage": "fra",
        "prs_NumberOfChildren": "2",
        "vic_TraffickingStatus": "PossibleVictimOfTrafficking",
        "vic_RelationshipToTrafficker": "",
        "vic_MethodsOfControl": "",
        "vic_TypeOfExploitation": "",
        "vic_TypeOfSexExploitation": "",
    }
    assert taken.name == f"relay-{references.display(taken.made.reference)}.csv"


def test_who_when_and_what_for_stand_on_top_and_that_it_is_not_anonymous(world):
    world.case()
    content = take(world, Wanted("funder_report", "csv", words=Words("For the board."))).content
    top = "\n".join(line[0] for line in lines(content) if line[0].startswith("#"))
    for said in (
        "Alex peel-cas, Agency peel-cas",
        timezone.localdate().isoformat(),
        "Report to a funder or a board",
        "For the board.",
        "Coded, not anonymous",
    ):
        assert said in top


def test_two_spirit_is_withheld_and_cannot_be_told_from_what_is_not_disclosed(world):
    for gender in ("two_spirit", "not_disclosed"):
        world.case(gender_identity=gender, service_language="oj", indigenous_led="first_choice")
    first, second = (list(row.values())[1:] for row in cases_in(take(world).content))
    assert first == second
    text = take(world).content.decode()
    assert "spirit" not in text.lower()
    assert "oji" not in text


def test_what_leaves_is_of_the_standards_lists():
    with Path("tests/cases/htcds-2.0-values.csv").open(encoding="utf-8") as file:
        lists = {name: set(values.split("|")) for name, values in csv.reader(file)}
    for code in vocabularies.codes("gender_identity"):
        for fact, name in (("trafficking_status",) * 2, ("recruiter_relation",) * 2):
            for other in vocabularies.codes(name):
                facts = {
                    "status": "open",
                    "opened_on": dt.date(2026, 1, 1),
                    "gender_identity": code,
                    "service_language": "en",
                    "dependants": 0,
                    fact: other,
                    "means_of_control": list(vocabularies.codes("means_of_control")),
                    "exploitation_types": list(vocabularies.codes("exploitation_type")),
                }
                row = dict(zip(htcds.COLUMNS, htcds.written("x", facts), strict=True))
                for column, allowed in lists.items():
                    cells = [each for each in row[column].split("; ") if each]
                    assert set(cells) <= allowed, column


def test_each_case_says_that_it_left_and_what_for(world):
    case = world.case()
    made = take(world, Wanted("quality_review", "xlsx", status="open")).made
    with database.as_role("worker"):
        body = EntryBody.objects.get(entry__verb=Verb.EXPORT_TAKEN)
        assert body.data == {
            "purpose": "quality_review",
            "format": "xlsx",
            "filters": {"status": "open"},
            "shown": [case.reference],
        }
        entry = Entry.objects.get(verb=Verb.CASE_EXPORTED)
        assert (entry.subject, entry.actor_id) == (case.subject, world.user(*LEAD).pk)
        assert entry.body.data == {"export": made.reference, "purpose": "quality_review"}


def test_filters_narrow_and_nothing_and_too_many_are_refused(world, settings):
    world.case()
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    for wanted in (
        Wanted("own_system", "csv", status="closed"),
        Wanted("own_system", "csv", opened_from=tomorrow),
        Wanted("own_system", "csv", opened_until=tomorrow - dt.timedelta(days=2)),
    ):
        with pytest.raises(Invalid):
            take(world, wanted)
    assert take(world, Wanted("own_system", "csv", opened_until=tomorrow)).made.rows == 1
    world.case()
    settings.EXPORT_MAX_ROWS = 1
    with pytest.raises(Invalid):
        take(world)


def test_a_person_takes_so_many_files_an_hour(world, settings):
    world.case()
    settings.EXPORTS_AN_HOUR = 2
    take(world)
    take(world)
    with pytest.raises(WrongStatus):
        take(world)
    with database.as_role("worker"):
        assert Export.objects.count() == 2


def test_a_worker_takes_no_file_and_words_pass_the_gate(world):
    world.case()
    with pytest.raises(NotAllowed):
        take(world, who=("peel-cas", Role.WORKER))
    with pytest.raises(Invalid):
        take(world, Wanted("own_system", "csv", words=Words("For 905-555-0188")))


FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\x00=1",
    "  =1",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    "\u200b=1",
    "\ufeff=1",
    "a;=1",
    "a,＝1",
    "a\n=1",
    "a|+1",
    "a\t@x",
]


@pytest.mark.parametrize("typed", FORMULAS, ids=ascii)
def test_no_cell_is_a_formula_wherever_a_spreadsheet_cuts_it(typed):
    rows = [["x", typed]]
    for language, separator in (("en", ","), ("fr", ";")):
        with translation.override(language):
            text = spreadsheets.as_csv([typed], ["a", "b"], rows).decode("utf-8-sig")
        (_x, cell) = lines(text.encode(), separator)[-1]
        assert cell.strip()
        for cut in (cell, *cell.replace("|", ";").replace(",", ";").replace("\t", ";").split(";")):
            for piece in cut.splitlines() or [""]:
                assert not piece.strip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
    book = openpyxl.load_workbook(
        io.BytesIO(spreadsheets.as_workbook([Sheet("x", rows, 1), Sheet("y", [[typed]])]))
    )
    for sheet in book:
        for cell in (cell for row in sheet for cell in row):
            assert cell.data_type == "s"
            assert not str(cell.value).startswith(("=", "+", "-", "@"))


def test_the_page_and_the_api_give_the_same_file(world):
    world.case(gender_identity="man_boy")
    lead, typed = Client(), {"purpose": "own_system", "format": "csv"}
    lead.force_login(world.user(*LEAD))
    assert "/en/cases/export/" in lead.get("/en/cases/").content.decode()
    page = lead.post("/en/cases/export/", typed)
    assert page.headers["Content-Disposition"].startswith('attachment; filename="relay-')
    assert page.headers["Cache-Control"] == "no-store"
    api = lead.post("/api/v1/exports", typed, content_type="application/json")
    assert api.status_code == 200
    assert cases_in(api.content) == cases_in(page.content)
    book = lead.post("/api/v1/exports", {**typed, "format": "xlsx"}, "application/json").content
    assert cases_in(book) == cases_in(page.content)
    sheet = openpyxl.load_workbook(io.BytesIO(book)).worksheets[0]
    assert sheet.freeze_panes == "B2"
    for column, heading in zip(sheet.columns, htcds.COLUMNS, strict=True):
        assert sheet.column_dimensions[column[0].column_letter].width > len(heading)
    french = lead.post("/fr/cases/export/", typed).content
    assert lines(french, ";")[-1][4 - 1] == "Masculine"
    listed = lead.get("/api/v1/exports").json()["results"]
    assert [each["cases"] for each in listed] == [1] * 4
    assert "Our own case system" in lead.get("/en/cases/export/").content.decode()


def test_the_page_says_what_is_missing_and_keeps_what_was_typed(world):
    lead = Client()
    lead.force_login(world.user(*LEAD))
    typed = {"purpose": "own_system", "format": "csv", "words": "Call 905-555-0188"}
    answer = lead.post("/en/cases/export/", typed)
    assert answer.status_code == 422
    world.case()
    answer = lead.post("/en/cases/export/", typed)
    assert answer.status_code == 422
    assert "Call 905-555-0188" in answer.content.decode()
    assert "telephone number" in answer.content.decode()
    with database.as_role("worker"):
        assert not Export.objects.exists()


def test_an_exported_file_reads_back_as_the_standards(db):
    facts = {
        "status": "open",
        "opened_on": dt.date(2026, 1, 2),
        "gender_identity": "woman_girl",
        "service_language": "fr",
        "dependants": 1,
        "trafficking_status": "suspected",
        "means_of_control": ["threats", "debt_bondage"],
        "exploitation_types": ["labour"],
        "recruiter_relation": "family",
    }
    with translation.override("fr"):
        content = spreadsheets.as_csv(["qui"], htcds.COLUMNS, [htcds.written("7KQ4-M2XR", facts)])
    judge = Judge(tables.read(content), {}, dt.date(2026, 2, 1), "relay_reference")
    (answer,) = judge.judge()
    assert answer.taken.opened_on == facts["opened_on"]
    for name in ("gender_identity", "service_language", "dependants", "means_of_control"):
        assert answer.taken.facts[name] == facts[name]
    assert answer.taken.facts["recruiter_relation"] == "family"


def test_raw_sql_of_the_web_process_takes_no_file_as_somebody_else_and_undoes_none(world):
    world.case()
    take(world)
    other = world.user("peel-cas", Role.WORKER)
    copied = "reference, desk_id, purpose, words, format, rows, taken_at"
    for statement in (
        f"insert into cases_export (taker_id, {copied}) select {world.user(*LEAD).pk},"
        " 'AAAAAAAA', desk_id, purpose, words, format, rows, taken_at from cases_export",
        "update cases_export set rows = 0",
        "delete from cases_export",
    ):
        with (
            psycopg.connect(database.url("app")) as app,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            app.execute("select set_config('relay.actor', %s, true)", [str(other.pk)])
            app.execute(statement)
