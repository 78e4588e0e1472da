"""House rules that no linter can state."""

import re
import subprocess
from pathlib import Path

import polib
import pytest
from django.apps import apps
from django.conf import settings

from audit.verbs import Verb
from coordination import vocabularies
from coordination.fields import CodeField, CodesField
from notifications.rules import RULES
from notifications.silent import SILENT
from referrals.disposal import OF_A_CASE

ROOT = Path(__file__).resolve().parent.parent
APPS = ("audit", "cases", "config", "coordination", "notifications", "referrals")
SOURCES = sorted(
    p for app in APPS for p in (ROOT / app).rglob("*.py") if "migrations" not in p.parts
)
EDGES = [
    p
    for p in SOURCES
    if {"views", "api"} & set(p.parts) or p.stem == "views" or p.stem.endswith("api")
]
NETWORK = r"(Desk|Team|Area|Agency|ApiToken|Membership)"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_stays_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 320


@pytest.mark.parametrize("path", EDGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_rows_reach_the_edge_only_through_visible_to(path):
    text = path.read_text(encoding="utf-8")
    unscoped = re.findall(r"(?<![\w.])(\w+)\.objects\b(?!\s*\.visible_to\()", text)
    assert [name for name in unscoped if not re.fullmatch(NETWORK, name)] == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_only_access_and_grants_know_guardian_and_nobody_uses_signals(path):
    text = path.read_text(encoding="utf-8")
    if path.relative_to(ROOT).as_posix() not in {
        "coordination/models/grants.py",
        "coordination/access.py",
    }:
        assert "import guardian" not in text
        assert "from guardian" not in text
    assert "models.signals" not in text


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_nothing_is_published_past_the_record_or_timed_by_celery(path):
    text = path.read_text(encoding="utf-8")
    if path.name != "waking.py":
        assert not re.search(r"\.(delay|apply_async|delay_on_commit|send_task)\(", text)
    assert not re.search(r"\b(eta|countdown)=", text)


def hanging_on(model):
    """Return the tables from which foreign keys lead to a model, over however many steps."""
    found, looking = set(), [model]
    while looking:
        for relation in looking.pop()._meta.related_objects:
            if relation.related_model not in found:
                found.add(relation.related_model)
                looking.append(relation.related_model)
    return {each._meta.db_table for each in found}


def test_disposal_names_every_table_that_hangs_on_a_case():
    tables = hanging_on(apps.get_model("cases", "Case")) | {"cases_case"}
    named = [re.match(r"(?:delete from|update) (\w+)", each)[1] for each in OF_A_CASE]
    assert tables - set(named) == set(), "name it in referrals/disposal.py, with a right to delete"


def test_every_class_of_the_retention_table_has_its_disposer():
    assert set(settings.DISPOSERS) == set(vocabularies.codes("retention_class"))


def test_every_code_column_names_a_vocabulary():
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if isinstance(field, CodeField | CodesField):
                assert vocabularies.entries(field.vocabulary), str(field)


@pytest.mark.parametrize("verb", Verb)
def test_somebody_decided_who_hears_of_each_event(verb):
    assert (verb in RULES) != (verb in SILENT)


def test_every_string_is_translated():
    catalogue = polib.pofile(str(ROOT / "config/locale/fr/LC_MESSAGES/django.po"))
    assert [e.msgid for e in catalogue if not e.translated() or "fuzzy" in e.flags] == []


def test_every_string_of_the_pages_is_in_the_catalogue():
    catalogue = {
        e.msgid for e in polib.pofile(str(ROOT / "config/locale/fr/LC_MESSAGES/django.po"))
    }
    missing = []
    for page in [p for app in APPS for p in (ROOT / app).rglob("*.html")]:
        text = page.read_text(encoding="utf-8")
        for quote in ('"', "'"):
            found = re.findall(rf"{{%\s*translate {quote}([^{quote}]*){quote}", text)
            missing += [f"{page.name}: {each}" for each in found if each not in catalogue]
    for source in SOURCES:
        text = source.read_text(encoding="utf-8")
        found = re.findall(r'\b(?:_|gettext|gettext_lazy)\(\s*"([^"]*)"\s*[,)]', text)
        missing += [f"{source.name}: {each}" for each in found if each not in catalogue]
    assert missing == []


def test_the_compiled_catalogue_is_the_written_one():
    written = polib.pofile(str(ROOT / "config/locale/fr/LC_MESSAGES/django.po"))
    compiled = polib.mofile(str(ROOT / "config/locale/fr/LC_MESSAGES/django.mo"))
    assert {e.msgid: e.msgstr for e in written} == {e.msgid: e.msgstr for e in compiled}


NAMES_A_HOST = re.compile(r"--(extra-)?index[-]url [^$]|--find[-]links|/simple[/]")
"""It does not find itself."""


def test_no_file_names_a_package_host_or_a_place_of_a_machine():
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    assert not {"uv.lock", "poetry.lock"} & set(tracked)
    for name in tracked:
        if name.endswith((".txt", ".toml", ".yml", "Makefile", "Dockerfile", "run")):
            text = (ROOT / name).read_text(encoding="utf-8")
            assert not NAMES_A_HOST.search(text), name
