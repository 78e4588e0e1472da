"""The privacy pack says what the code does: it is drawn from it, and covers every column."""

from pathlib import Path

import pytest

from referrals.privacy_pack import DOCUMENTS, columns, explained, put_into

PACK = Path(__file__).resolve().parents[2] / "docs" / "privacy"
HOW = "\n\nAdd a line to coordination/data/purposes.json (why it is kept, who sees it, on which ground, how\nlong, how sensitive), then run `python manage.py write_privacy_pack`."


def test_every_column_says_why_it_is_kept():
    missing = sorted(set(columns()) - set(explained()))
    assert not missing, "\n".join(missing) + HOW
    assert not sorted(set(explained()) - set(columns())), "these are gone: take their names out"
    assert len(list(explained())) == len(set(explained())), "a column has two lines"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_pack_is_in_step_with_the_code(name):
    text = (PACK / name).read_text(encoding="utf-8")
    assert put_into(text, DOCUMENTS[name]()) == text, "run `python manage.py write_privacy_pack`"


def test_the_pack_answers_each_question_of_the_act():
    text = (PACK / "assessment.md").read_text(encoding="utf-8")
    for heading in (
        "Purpose and authority",
        "Types of information",
        "Sources",
        "Use and disclosure",
        "Who has access",
        "Limits",
        "Retention",
        "Safeguards",
        "Risks",
    ):
        assert f"## {heading}" in text
