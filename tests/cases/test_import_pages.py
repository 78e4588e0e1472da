"""Imports as people and systems meet them: the pages and the API."""

import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from audit.models import EntryBody
from cases.actions.arriving import make_next
from cases.models import Case, Import, ImportRow
from coordination import references
from coordination.models import IdempotentAnswer
from coordination.roles import Role
from tests import database
from tests.cases.test_importing import GOOD, csv, everything_stored, workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def lead(world):
    client = Client()
    client.force_login(world.user("peel-cas", Role.LEAD))
    return client


def send(client, content, **more):
    file = SimpleUploadedFile("cases.csv", content)
    return client.post("/en/cases/import/", {"file": file, **more})


def run():
    with database.as_role("worker"):
        while make_next(at=timezone.now()):
            pass


def test_a_file_is_checked_started_and_watched_without_javascript(world, lead):
    assert "/en/cases/import/" in lead.get("/en/cases/").content.decode()
    page = send(lead, csv(*GOOD, "A-3,18_20,woman_girl,x,fr,,,", "A-1,,,,,,,")).content.decode()
    assert "D (situation)" in page
    assert "Not a value of the list" in page
    assert "Make 2 cases" in page
    with database.as_role("worker"):
        address = f"/en/cases/import/{references.display(Import.objects.get().reference)}/"
    assert lead.post(f"{address}start/").headers["Location"] == address
    assert 'hx-trigger="every 2s"' in lead.get(address).content.decode()
    run()
    page = lead.get(address).content.decode()
    with database.as_role("worker"):
        for case in Case.objects.all():
            assert references.display(case.reference) in page
    fragment = lead.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert fragment.strip() in page
    assert "hx-trigger" not in fragment, "what is over is not asked for again"


def test_the_pages_speak_french(world, lead):
    file = SimpleUploadedFile("dossiers.csv", csv("A-1,18_20,woman_girl,x,fr,,,"))
    page = lead.post("/fr/cases/import/", {"file": file}).content.decode()
    assert "Valeur absente de la liste" in page


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "This file has no rows."),
        (b"\xff" * 3_000_000, "larger than"),
        (b"x" * 1_050_000, "larger than"),
        (csv("1", head="key"), "These columns are missing"),
    ],
    ids=["empty", "too large for memory", "too large", "columns"],
)
def test_a_file_that_is_not_right_is_refused_on_the_page(world, lead, content, said):
    answer = send(lead, content)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert lead.post("/en/cases/import/").status_code == 422
    with database.as_role("worker"):
        assert not Import.objects.exists()


def test_no_file_is_ever_written_to_a_disk(settings):
    assert settings.FILE_UPLOAD_HANDLERS == [
        "django.core.files.uploadhandler.MemoryFileUploadHandler"
    ]


def test_a_system_imports_and_follows_the_import(world, lead):
    token = {"Authorization": f"Token {world.token('north-cas', Role.LEAD)}"}

    def post(path, content=b"", kind="text/csv", key="k", **match):
        headers = {**token, "Idempotency-Key": key, **match}
        return Client().post(f"/api/v1/{path}", content, content_type=kind, headers=headers)

    rows = [row.split(",") for row in csv(*GOOD, "A-9,18_20,x,current,fr,,,").decode().split("\n")]
    answer = post("imports", workbook(*rows), XLSX)
    assert answer.status_code == 201
    checked = answer.json()
    assert [(row["row"], row["answer"]) for row in checked["rows"]] == [
        (2, "will_be_made"),
        (3, "will_be_made"),
        (4, "refused"),
    ]
    assert checked["rows"][2]["reason"] == "unknown_value"
    assert (checked["rows_taken"], checked["rows_refused"]) == (2, 1)
    again = post("imports", workbook(*rows), XLSX)
    assert again.status_code in {201, 422}, "a workbook says when it was written"
    reference = checked["reference"]
    assert post(f"imports/{reference}/start").status_code == 428
    assert post(f"imports/{reference}/stop", **{"If-Match": '"7"'}).status_code == 412
    seen = {"If-Match": answer["ETag"]}
    assert post(f"imports/{reference}/start", **seen).json()["status"] == "running"
    assert post(f"imports/{reference}/start", **seen).status_code == 409
    run()
    found = Client().get(f"/api/v1/imports/{reference}", headers=token).json()
    assert (found["status"], found["cases_made"], found["rows_waiting"]) == ("done", 2, 0)
    assert found["actions"] == []
    listed = Client().get("/api/v1/imports", headers=token).json()["results"]
    assert reference in {each["reference"] for each in listed}
    assert lead.get(f"/api/v1/imports/{reference}").status_code == 404
    assert lead.get("/api/v1/imports").json()["results"] == []


def test_a_key_sent_again_answers_the_same_import_and_keeps_nothing_of_the_file(world):
    token = world.token("peel-cas", Role.LEAD)
    content = csv(*GOOD, "A-9,Zaphodia,woman_girl,current,fr,,,")
    headers = {"Authorization": f"Token {token}", "Idempotency-Key": "one"}
    answers = [
        Client().post("/api/v1/imports", content, content_type="text/csv", headers=headers)
        for _ in range(2)
    ]
    assert [each.status_code for each in answers] == [201, 201]
    first, second = (each.json() for each in answers)
    assert first["reference"] == second["reference"]
    assert (len(first["rows"]), second["rows"]) == (3, [])
    other = Client().post("/api/v1/imports", b"key", content_type="text/csv", headers=headers)
    assert other.status_code == 422
    assert "Zaphodia" not in everything_stored()
    with database.as_role("worker"):
        kept = IdempotentAnswer.objects.get()
        assert json.dumps(kept.body).count("row") == 0
        assert Import.objects.count() == 1


def test_a_refused_file_is_a_problem_document_that_says_what_to_do(world):
    headers = {
        "Authorization": f"Token {world.token('peel-cas', Role.LEAD)}",
        "Idempotency-Key": "one",
    }
    answer = Client().post("/api/v1/imports", b"key\n1", content_type="text/csv", headers=headers)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert "age_band" in answer.json()["detail"]
    large = io.BytesIO(b"x" * 1_100_000).read()
    answer = Client().post("/api/v1/imports", large, content_type="text/csv", headers=headers)
    assert answer.status_code == 400
    with database.as_role("worker"):
        assert not ImportRow.objects.exists()
        assert not EntryBody.objects.filter(entry__verb="import.checked").exists()
