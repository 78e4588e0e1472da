"""Codes, labels and references."""

import pytest
from django.utils import translation

from coordination import references, vocabularies


@pytest.mark.parametrize("name", vocabularies.names())
def test_every_code_has_a_label_in_both_languages(name):
    for entry in vocabularies.entries(name):
        assert entry.code
        assert entry.en.strip()
        assert entry.fr.strip()


def test_labels_follow_the_language():
    with translation.override("fr"):
        assert vocabularies.label("region", "north") == "Nord"
    with translation.override("en"):
        assert vocabularies.label("region", "north") == "North"


@pytest.mark.parametrize(("vocabulary", "code"), [("region", "mars"), ("planet", "mars")])
def test_an_unknown_code_is_an_error(vocabulary, code):
    with pytest.raises(vocabularies.UnknownCode):
        vocabularies.entry(vocabulary, code)


def test_a_code_that_nobody_knows_reads_as_a_dash():
    assert vocabularies.label("region", "mars") == vocabularies.label("region", "") == "–"
    with pytest.raises(vocabularies.UnknownCode):
        vocabularies.label("planet", "mars")


def test_a_legal_provision_names_its_source_and_kinds():
    kinds = set(vocabularies.codes("organisation_kind"))
    for entry in vocabularies.entries("legal_provision"):
        assert entry.extra["source"]
        assert entry.extra["wording_en"]
        assert entry.extra["wording_fr"]
        assert entry.extra["kinds"]
        assert set(entry.extra["kinds"]) <= kinds


def test_an_unknown_code_cannot_be_saved(world):
    with pytest.raises(vocabularies.UnknownCode):
        world.case(age_band="about_20")


def test_a_reference_is_read_as_people_write_it():
    for _ in range(200):
        reference = references.new()
        typed = references.display(reference).lower().replace("0", "o").replace("1", "l")
        assert references.parse(f" {typed} ") == reference


def test_any_single_wrong_character_is_noticed():
    reference = references.new()
    for place in range(8):
        for letter in references.ALPHABET:
            wrong = reference[:place] + letter + reference[place + 1 :]
            if wrong != reference:
                with pytest.raises(references.BadReference):
                    references.parse(wrong)


@pytest.mark.parametrize("text", ["", "7KQ4", "7KQ4-M2XRR", "UUUU-UUUU", "é" * 8, "\x00" * 8])
def test_what_is_no_reference_is_refused(text):
    with pytest.raises(references.BadReference):
        references.parse(text)
