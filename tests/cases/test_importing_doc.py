"""The page of the columns says what the table of the columns says."""

from pathlib import Path

from cases.importing.columns import COLUMNS, by_heading, identifying, plain, spellings
from coordination import vocabularies


def test_the_documentation_lists_the_columns_as_they_are():
    lines = Path("docs/importing.md").read_text(encoding="utf-8").splitlines()
    rows = [line.split(" | ") for line in lines if line.startswith("| `")]
    found = {row[0].strip("| `"): row[1] for row in rows}
    assert found == {column.fact: ", ".join(column.headings) for column in COLUMNS}


def test_no_heading_is_kept_and_refused():
    assert not set(by_heading()) & identifying()
    assert sum(len({plain(h) for h in c.headings}) for c in COLUMNS) == len(by_heading())


def test_every_code_and_label_of_a_column_is_read_as_that_code():
    for column in COLUMNS:
        if column.vocabulary and column.fact != "status":
            for entry in vocabularies.entries(column.vocabulary):
                assert spellings(column.fact)[plain(entry.code)] == entry.code
                assert spellings(column.fact)[plain(entry.en)] == entry.code
