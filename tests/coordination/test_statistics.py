"""The Office's pages, files and API of what was released: one rule, recorded, for whom it is for."""

import csv
import datetime as dt
import io
import json
import re
from types import SimpleNamespace

import openpyxl
import psycopg
import pytest
from django.test import Client

from audit.models import Entry
from audit.verbs import Verb
from coordination.models import ReleaseRefused, Tally
from coordination.releasing import coming, reading
from coordination.releasing.signing import digest_of, is_signed
from coordination.roles import Role
from coordination.views import statistics as views
from tests import database
from tests.coordination.test_said_now import tried
from tests.privacy.attack import printed
from tests.referrals.test_api import Api
from tests.referrals.test_walls_of_handoffs import entry
from tests.releases import NOW, both, release, stored

ANALYST = ("office", Role.ANALYST)
KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


@pytest.fixture
def analyst(world):
    client = Client()
    client.force_login(world.user(*ANALYST))
    return client


def text(response):
    """Return what a page says, without its markup."""
    page = re.sub(r"<(script|style|nav|header|footer).*?</\1>", " ", response.content.decode())
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_the_list_says_which_version_stands_and_why_and_what_was_refused(analyst):
    release()
    release(version=2, reason="recorded_late")
    with database.as_role("worker"):
        ReleaseRefused.objects.create(period="2026-08", refused_at=NOW)
    shown = text(analyst.get("/en/office/statistics/"))
    assert "July to September 2026 5 Oct 2026 2 Corrected Recorded after the period" in shown
    assert "August 2026 was not released" in shown
    french = text(analyst.get("/fr/office/statistics/"))
    assert "juillet à septembre 2026" in french
    assert "Bureau" not in french.split("août 2026")[0]


def test_the_list_says_which_periods_are_over_and_why_they_are_not_released(
    world, analyst, settings, monkeypatch
):
    release()
    with database.as_role("worker"):
        said = {"population": "sent", "codes": ["east", "north"], "agency": 1, "number": 30}
        Tally.objects.create(month=dt.date(2026, 6, 1), **said)
        ReleaseRefused.objects.create(period="2026-11", refused_at=NOW)
    later = dt.datetime(2027, 1, 2, 12, tzinfo=dt.UTC)
    monkeypatch.setattr(views, "timezone", SimpleNamespace(now=lambda: later))
    shown = text(analyst.get("/en/office/statistics/"))
    settings.RELEASE_MONTHS = False
    off = text(analyst.get("/en/office/statistics/"))
    french = text(analyst.get("/fr/office/statistics/"))
    for said in (
        "June 2026 The record began in it: it is not whole.",
        "September 2026 Its quarter or year comes first",
        "October 2026 It is due",
        "November 2026 Refused on 5 Oct 2026",
        "October to December 2026 What is recorded late is still counted in it until 4 Jan 2027.",
        "2026 The record began in it",
    ):
        assert said in shown
    assert "October 2026 Months are turned off here" in off
    assert "octobre 2026 Les mois ne sont pas publiés ici" in french
    with world.acting("peel-cas") as actor:
        assert coming.since() is None
        assert reading.missing(actor, at=NOW) == []


def test_a_table_shows_margins_and_says_of_a_hidden_figure_that_it_is_hidden(analyst):
    release()
    page = analyst.get("/en/office/statistics/2026-Q3/flow/")
    assert "East hidden to protect people 15 1,200" in text(page)
    assert "Total hidden to protect people 40 1,240" in text(page)
    assert '<td class="n"><span class="hs" aria-hidden="true">' in page.content.decode()
    assert "Print the report instead." in text(page)
    assert (
        "1\N{NO-BREAK SPACE}240"
        in analyst.get("/fr/office/statistics/2026-Q3/flow/").content.decode()
    )
    times = text(analyst.get("/en/office/statistics/2026-Q3/time_to_accept/"))
    assert "Peel 1 h 35 min 9 in 10 within 10 h 0 min" in times
    assert "North" not in times, "that it accepted anything would be told"


def test_an_earlier_version_can_be_seen_and_says_that_it_was_corrected(analyst):
    release()
    release(version=2, reason="counted_wrong", tables=stored()[:1])
    old = text(analyst.get("/en/office/statistics/2026-Q3/?version=1"))
    assert "This is an earlier version" in old
    assert "This is an earlier version" not in text(analyst.get("/en/office/statistics/2026-Q3/"))
    assert analyst.get("/en/office/statistics/2026-Q3/volume/?version=1").status_code == 200
    assert analyst.get("/en/office/statistics/2026-Q3/volume/").status_code == 404


@pytest.mark.parametrize(
    "path",
    ["2026-13/", "2026-Q2/", "nothing/", "2026-Q3/cases/", "2026-Q3/?version=9", "2026-Q3/flow/x/"],
)
def test_what_was_not_released_is_not_there(analyst, path):
    release()
    assert analyst.get(f"/en/office/statistics/{path}").status_code == 404


def taken(client, what, language="en"):
    address = f"/{language}/office/statistics/2026-Q3/take/"
    return client.post(address, {"what": what, "purpose": "working_group"})


def test_a_table_leaves_as_csv_with_what_it_is_and_who_took_it_on_top(world, analyst):
    release()
    answer = taken(analyst, "flow")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="relay-2026-Q3-flow.csv"'
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    top = "\n".join(row[0] for row in rows if row[0].startswith("#"))
    for said in (
        "Period: July to September 2026 (2026-Q3)",
        "Version 1, published on 2026-10-05",
        "counts below 20 are hidden",
        "Taken by: Alex office, Agency office",
        "What for: Working group",
        "SHA-256: ",
    ):
        assert said in top
    assert [row for row in rows if not row[0].startswith("#")] == [
        ["From region", "East", "North", "Total"],
        ["East", "hidden", "hidden", "1200"],
        ["North", "hidden", "hidden", "hidden"],
        ["Total", "hidden", "hidden", "1240"],
    ]
    french = taken(analyst, "flow", "fr").content.decode("utf-8-sig")
    assert '"Est";"masqué";"masqué";"1200"' in french
    times = taken(analyst, "time_to_accept").content.decode("utf-8-sig")
    assert '"Peel","Crisis - respond within 12 hours","95","600"' in times


def test_all_tables_leave_as_a_workbook_in_which_numbers_are_numbers(analyst):
    release()
    answer = taken(analyst, "xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames[0] == "Region to region"
    assert (book.properties.creator, book.properties.title) == (
        "Relay / Relais", "Statistics · July to September 2026"
    )  # fmt: skip
    assert book.sheetnames[-1] == "About this file"
    first = book.worksheets[0]
    assert (first.freeze_panes, first.auto_filter.ref) == ("B4", f"A3:D{first.max_row}")
    assert all(cell.font.bold for cell in first[3])
    assert book["About this file"].freeze_panes is None
    cells = [[cell.value for cell in row] for row in book.worksheets[0]]
    assert cells[-1][:4] == ["Total", "hidden", "hidden", 1240]
    assert any("Working group" in str(row[0].value) for row in book["About this file"])


def test_the_report_shows_what_leaves_and_leads_to_its_question_first(analyst):
    release()
    address = "/en/office/statistics/2026-Q3/report/"
    assert analyst.get(address).url.endswith("/take/?what=print")
    assert taken(analyst, "print").url == f"{address}?purpose=working_group"
    shown = text(analyst.get(f"{address}?purpose=working_group"))
    assert "for: Working group. This is recorded." in shown
    assert "East 1,200" in shown
    assert "15" not in shown.split("Referrals from region to region")[1].split("Total")[0]


def test_the_report_says_in_a_sentence_what_has_totals_alone(analyst):
    flow, volume, times = stored()
    flow["cells"] = [each for each in flow["cells"] if len(each["at"]) < 2]
    volume["cells"] = volume["cells"][:1]
    times["cells"] = [{"at": {}, **both({"median": 95, "p90": 600}, {"median": 95, "p90": 600})}]
    release(tables=[flow, volume, times])
    page = analyst.get("/en/office/statistics/2026-Q3/report/?purpose=planning")
    said = text(page).replace(" .", ".")
    assert "Only the totals can be shown: Total 1,240 · From region: East 1,200." in said
    assert "Only the totals can be shown: Total 1,240." in said
    assert "Only the totals can be shown: All teams 1 h 35 min 9 in 10 within 10 h 0 min." in said
    assert "<td" not in page.content.decode()
    french = text(analyst.get("/fr/office/statistics/2026-Q3/report/?purpose=planning"))
    assert "Seuls les totaux peuvent être affichés : Total" in french


def test_who_took_what_when_and_what_for_is_recorded(world, analyst):
    release()
    taken(analyst, "flow")
    taken(analyst, "xlsx")
    analyst.get("/en/office/statistics/2026-Q3/report/?purpose=public")
    Api(world.token(*ANALYST)).get("office/tables/flow?period=2026-Q3")
    assert taken(analyst, "nothing").status_code == 422
    with database.as_role("worker"):
        entries = (
            Entry.objects.filter(verb=Verb.RELEASE_TAKEN).select_related("body").order_by("pk")
        )
        assert {(each.subject, each.actor_id) for each in entries} == {
            ("release:2026-Q3", world.user(*ANALYST).pk)
        }
        assert [each.body.data for each in entries] == [
            {"form": "csv", "version": 1, "table": "flow", "purpose": "working_group"},
            {"form": "xlsx", "version": 1, "purpose": "working_group"},
            {"form": "print", "version": 1, "purpose": "public"},
            {"form": "api", "version": 1, "table": "flow"},
        ]


def test_the_api_shows_what_leaves_and_anybody_can_check_its_signature(world, settings):
    settings.SIGNING_KEY = KEY
    release()
    api = Api(world.token(*ANALYST))
    assert [each["period"] for each in api.get("office/releases").json()["results"]] == ["2026-Q3"]
    answer = api.get("office/tables?period=2026-Q3")
    said = answer.json()
    assert (said["audience"], said["threshold"]) == ("exported", 20)
    tables = []
    for name in said["tables"]:
        found = api.get(f"office/tables/{name}?period=2026-Q3")
        assert found.headers["ETag"] == answer.headers["ETag"] == f'"{said["digest"]}"'
        tables.append({key: found.json()[key] for key in ("name", "dimensions", "cells")})
    flow = {json.dumps(cell["at"], sort_keys=True): cell["value"] for cell in tables[0]["cells"]}
    assert flow['{"receiver": "north", "sender": "east"}'] is None
    assert flow["{}"] == 1240
    assert api.get("office/tables?period=2026-Q2").status_code == 404
    assert api.get("office/tables/cases?period=2026-Q3").status_code == 404


def test_the_api_gives_a_table_as_a_file_with_the_same_figures(world, analyst):
    release()
    api = Api(world.token(*ANALYST))
    address = "office/tables/flow?period=2026-Q3&purpose=planning"
    said = {
        tuple(sorted(each["at"].items())): each["value"]
        for each in api.get(address).json()["cells"]
    }
    as_csv, as_book = (api.get(f"{address}&format={form}") for form in ("csv", "xlsx"))
    assert as_csv.headers["Content-Disposition"] == 'attachment; filename="relay-2026-Q3-flow.csv"'
    assert as_csv.headers["ETag"] == api.get(address).headers["ETag"]
    in_csv, in_book = printed.in_csv(as_csv.content), printed.in_workbook(as_book.content)
    assert list(in_book.values()) == [in_csv], "one sheet of figures"
    assert in_csv == printed.in_csv(taken(analyst, "flow").content)
    assert in_csv["Total", "Total"] == said[()]
    for refused in ("&format=ods", "&format=csv&period=2026-Q1", "&purpose=anna_kowalczyk"):
        answer = api.get(f"office/tables/flow?period=2026-Q3{refused}")
        assert answer.status_code in {400, 404}
        assert answer.headers["Content-Type"] == "application/problem+json"
    with database.as_role("worker"):
        told = (
            Entry.objects.filter(verb=Verb.RELEASE_TAKEN)
            .order_by("pk")
            .values_list("body__data", flat=True)
        )
        assert list(told[:3]) == [
            {"form": form, "version": 1, "table": "flow", "purpose": "planning"}
            for form in ("api", "csv", "xlsx")
        ]


def test_without_a_period_the_api_answers_of_the_newest_quarter(world):
    release(period="2026-Q2")
    release()
    api = Api(world.token(*ANALYST))
    assert api.get("office/tables").json()["period"] == "2026-Q3"
    assert api.get("office/tables/flow").json()["period"] == "2026-Q3"


def test_what_leaves_has_a_digest_of_its_own(world, settings):
    settings.SIGNING_KEY = KEY
    made = release(tables=stored()[:2])
    api = Api(world.token(*ANALYST))
    said = api.get("office/tables?period=2026-Q3").json()
    tables = [api.get(f"office/tables/{n}?period=2026-Q3").json() for n in said["tables"]]
    kept = [{key: each[key] for key in ("name", "dimensions", "cells")} for each in tables]
    content = {"period": "2026-Q3", "version": 1, "reason": "", "tables": kept}
    assert digest_of(content) == said["digest"]
    assert is_signed(said["digest"], said["signature"], said["public_key"])
    assert made.digest not in json.dumps([said, tables]), (
        "the figures of the network could be tried"
    )


@pytest.mark.parametrize("who", [("peel-cas", Role.LEAD), ("office", Role.DATA_STEWARD)])
def test_raw_sql_of_the_web_process_says_of_no_release_that_it_was_taken(world, who):
    release()
    person = world.user(*who)
    with psycopg.connect(database.url("app")) as app:
        app.execute("select set_config('relay.actor', %s, true)", [str(person.pk)])
        with pytest.raises(psycopg.errors.CheckViolation):
            app.execute(
                "select audit_append('release.taken', 'release:2026-Q3', null,"
                " clock_timestamp(), '{}', null, 'live')"
            )


def test_raw_sql_of_a_reader_says_what_was_taken_and_no_words(world):
    release()
    true = {"form": "csv", "version": 1, "table": "flow", "purpose": "planning"}
    wrong = {"form": "jane_doe", "version": 77, "table": "anna_kowalczyk", "purpose": "Jane Doe"}
    false = [{**true, key: value} for key, value in wrong.items()]
    for said in ({}, {**true, "note": "Jane Doe"}, {**true, "table": ["flow"]}, *false):
        taken = entry("release:2026-Q3", verb="release.taken", data=json.dumps(said))
        assert tried(world, *ANALYST, taken) == 0, said
    taken = entry("release:2026-Q3", verb="release.taken", data=json.dumps(true))
    assert tried(world, *ANALYST, taken) == 1


def test_raw_sql_changes_no_release(world):
    release()
    for statement in (
        "update coordination_release set tables = '[]'",
        "delete from coordination_release",
        "insert into coordination_releaserefused values ('2026-01', now())",
    ):
        with (
            psycopg.connect(database.url("app")) as app,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            analyst = world.user(*ANALYST)
            app.execute("select set_config('relay.actor', %s, true)", [str(analyst.pk)])
            app.execute(statement)


def test_about_these_numbers_says_the_rules_that_hold(analyst):
    shown = text(analyst.get("/en/office/statistics/about/"))
    assert "Counts below 11 on these pages, and below 20 in whatever leaves Relay" in shown
    assert "85 per cent from one agency" in shown
    assert text(analyst.get("/fr/office/statistics/about/")).count("masqué") > 2
