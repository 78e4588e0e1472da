"""Charts are text: what they show is also said, what is hidden is drawn as hidden."""

import re
from xml.etree import ElementTree as ET

import pytest
from django.utils.translation import override

from coordination.charts import needs, numbers
from coordination.charts.bars import Bar, bars, by_size
from coordination.charts.heat import heat
from coordination.charts.needs import Need
from coordination.charts.ranges import Range, by_length, ranges
from coordination.charts.trends import Series, trend


@pytest.fixture(autouse=True)
def _english():
    with override("en"):
        yield


BARS = [Bar("Central", 45, 60), Bar("North", None, 15), Bar("Sexual assault care centre, East", 5)]
CHARTS = {
    "bars": bars("volume", "Received", BARS, compared=True),
    "needs": needs.needs("needs", "Asked", [Need("Housing", 40, 15), Need("Dental", None, 20)]),
    "ranges": ranges("times", "Time", [Range("Peel", (95, 1500)), Range("Sudbury", None)], target=1440),
    "trend": trend("over", "Over time", ["Q1", "Q2", "Q3"], [Series("Median", [60, None, 90])]),
}  # fmt: skip


def drawings(chart):
    return ET.fromstring(f"<all>{chart}</all>")


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_is_drawn_wide_and_narrow_and_says_what_it_shows(name):
    wide, narrow = drawings(CHARTS[name])
    for each in (wide, narrow):
        assert each.get("role") == "img"
        named = [each.find(f"*[@id='{part}']").text for part in each.get("aria-labelledby").split()]
        assert all(named)
    assert wide.get("viewBox").split()[2] == "600"
    assert narrow.get("viewBox").split()[2] == "340"


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_needs_no_style_and_no_script_of_its_own(name):
    assert not re.search(r"style=|<style|<script|\son\w+=|fill=|href", CHARTS[name])


@pytest.mark.parametrize("name", CHARTS)
def test_everything_of_a_chart_lies_within_it(name):
    for each in drawings(CHARTS[name]):
        width, height = map(float, each.get("viewBox").split()[2:])
        for shape in each.iter("rect"):
            assert float(shape.get("x")) + float(shape.get("width")) <= width + 0.1
            assert float(shape.get("y")) + float(shape.get("height")) <= height
        for words in each.iter("text"):
            assert 0 <= float(words.get("x")) <= width
            assert 0 <= float(words.get("y")) <= height


@pytest.mark.parametrize("name", CHARTS)
def test_what_is_hidden_is_a_dashed_box_of_one_size(name):
    wide = drawings(CHARTS[name])[0]
    sizes = {shape.get("width") for shape in wide.iter("rect") if shape.get("class") == "hid"}
    assert len(sizes) == 1
    assert not [s for s in wide.iter("rect") if s.get("width") in {"0", "1"}]


def boxes(drawing):
    """Return left edge, right edge and class of each bar and box."""
    found = [
        (shape.get("x"), shape.get("width"), shape.get("class")) for shape in drawing.iter("rect")
    ]
    return [(float(x), float(x) + float(width), of) for x, width, of in found]


@pytest.mark.parametrize(
    "chart",
    [
        bars(
            "v",
            "Received",
            [Bar("Both", None), Bar("Now", None, 60), Bar("Then", 45)],
            compared=True,
        ),
        needs.needs(
            "n",
            "Asked",
            [Need("Both", None, None), Need("In vain", 60, None), Need("Asked", None, 45)],
        ),
    ],
)
def test_what_is_hidden_stands_beside_what_is_shown_and_of_both_hidden_there_is_one_box(chart):
    for drawing in drawings(chart):
        (left, _right, only), shown, beside, alone, last = boxes(drawing)
        assert (only, beside[2], last[2]) == ("hid",) * 3
        assert beside[0] > shown[1] > left
        assert last[0] > alone[1] > left
        assert "both hidden" in [text.text for text in drawing.iter("text")]


def test_bars_are_to_scale_and_labels_wrap():
    wide = drawings(CHARTS["bars"])[0]
    now, before = (
        [float(s.get("width")) for s in wide.iter("rect") if s.get("class") == kind]
        for kind in ("b1", "b0")
    )
    assert now[0] / before[0] == pytest.approx(45 / 60, abs=0.01)
    assert now[0] / now[1] == pytest.approx(9, abs=0.1)
    assert [t.text for t in wide.iter("text") if t.get("class") == "l"][2:] == [
        "Sexual assault care centre,",
        "East",
    ]


def test_what_is_hidden_stands_last():
    assert [row.label[:5] for row in by_size(BARS[::-1])] == ["Centr", "Sexua", "North"]
    assert [row.label for row in by_length([Range("a", None), Range("b", (1, 2))])] == ["b", "a"]


def test_no_text_of_a_label_is_markup():
    assert "&lt;b&gt;" in bars("x", "<b>", [Bar("<b>", 5)])


def test_a_chart_has_at_most_three_lines():
    with pytest.raises(ValueError, match="at most 3"):
        trend("x", "x", ["a"], [Series(str(n), [1]) for n in range(4)])


def test_shades_go_by_five_and_say_what_is_hidden():
    made = heat([[15, None, 0], [120, 60, None]], base=5)
    assert [[cell.shade for cell in row] for row in made.rows] == [
        ["h1", "hs", "h0"],
        ["h5", "h2", "hs"],
    ]
    assert [step.words for step in made.key] == ["15–35", "40–60", "115–135"]
    assert made.rows[0][1].words == "hidden"


@pytest.mark.parametrize(
    ("minutes", "english", "french"),
    [
        (45, "45 min", "45 min"),
        (310, "5 h 10 min", "5 h 10 min"),
        (1440, "24 h", "24 h"),
        (1690, "1 day 4 h", "1 jour 4 h"),
        (2880, "2 days", "2 jours"),
        (5760, "4 days", "4 jours"),
    ],
)
def test_a_time_is_as_exact_as_it_matters(minutes, english, french):
    assert numbers.time(minutes) == english
    with override("fr"):
        assert numbers.time(minutes) == french


def test_numbers_are_written_as_each_language_does():
    assert (numbers.count(12345), numbers.share(1, 8)) == ("12,345", "12%")
    with override("fr"):
        assert numbers.count(12345) == "12\N{NO-BREAK SPACE}345"
        assert numbers.share(1, 8) == "12\N{NO-BREAK SPACE}%"
