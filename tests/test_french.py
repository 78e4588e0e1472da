"""French is set and spoken as a public servant of Ontario does it."""

import json
import re
from pathlib import Path

import polib
import pytest

from coordination import vocabularies
from coordination.network import demo

ROOT = Path(__file__).parent.parent
OWN_DATA = ("vocabularies_relay.json", "guard_rails.json", "retention.json", "demo_network.json")

HARD = "\N{NO-BREAK SPACE}"
FAULTS = {
    "no space stands before ; ? and !": rf"[ {HARD}\N{{NARROW NO-BREAK SPACE}}][;?!]",
    "a hard space stands before a colon": r"[^\N{NO-BREAK SPACE}\d):]:(?=\s|$)",
    "hard spaces stand within « »": rf"«(?!{HARD})|(?<!{HARD})»",
    "an apostrophe is a curly one": r"\w'\w",
    "nobody is put into brackets or dots": r"\w\((?:e|ne|s)\)|·[es]\b",
    "nobody is called tu": r"\b(?:tu|ton|tes|toi)\b",
    "de elides before a vowel": r"\bde [AEIOUÉ]\w",
}


def said():
    for entry in polib.pofile(str(ROOT / "config/locale/fr/LC_MESSAGES/django.po")):
        yield from [entry.msgstr, *entry.msgstr_plural.values()]
    for name in OWN_DATA:
        yield from french(json.loads((ROOT / "coordination/data" / name).read_text("utf-8")))


def french(node):
    if isinstance(node, list):
        for each in node:
            yield from french(each)
    elif isinstance(node, dict):
        for key, value in node.items():
            if isinstance(value, str) and (key == "fr" or key.endswith("_fr")):
                yield value
            else:
                yield from french(value)


@pytest.mark.parametrize("rule", FAULTS)
def test_what_is_said_in_french_keeps_to(rule):
    assert [text for text in said() if re.search(FAULTS[rule], text)] == []


def test_no_label_of_a_vocabulary_has_a_space_before_its_question_mark():
    spaced = [
        each.fr
        for name in vocabularies.names()
        for each in vocabularies.entries(name)
        if re.search(FAULTS["no space stands before ; ? and !"], each.fr)
    ]
    assert spaced == []


def test_a_place_of_the_demo_elides():
    assert demo._of("Ottawa") == "d’Ottawa"
    assert demo._of("Windsor") == "de Windsor"
