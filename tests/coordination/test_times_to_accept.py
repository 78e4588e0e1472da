"""Times to accept are told of enough together, and never so that few who are left can be told."""

import random
from collections import Counter
from itertools import product

import numpy as np
import pytest
from django.utils import translation

from coordination.counting import measures
from coordination.releasing import computing
from coordination.releasing.computing import EXPORTED, NETWORK
from coordination.releasing.periods import Period
from coordination.releasing.reading import read
from coordination.releasing.showing import shown_to
from coordination.releasing.shown import Times
from coordination.releasing.times import ALL, WHOLE, _counting_all, told
from coordination.statistics_api import data_of

ENOUGH = 20
QUARTER = Period.named("2026-Q3")


def counted(**teams):
    """Return as many times as are given of each team, by urgency."""
    return {
        (team, urgency): list(range(number))
        for team, by in teams.items()
        for urgency, number in by.items()
    }


def margins(minutes, enough=ENOUGH):
    return {place for place in told(minutes, enough=enough) if ALL in place}


@pytest.fixture
def released(monkeypatch):
    """Return what a release tells of some times, as an audience reads it."""

    def made(minutes, audience=NETWORK):
        monkeypatch.setattr(measures, "times_to_accept", lambda _of: minutes)
        stored = computing._times(QUARTER, enough=ENOUGH)
        with translation.override("en"):
            return read([stored], QUARTER, audience)[0]

    return made


def test_a_network_of_which_no_cell_has_enough_tells_its_margins(world, released):
    times = {("peel", "urgent"): [60] * 15, ("peel", "crisis"): [30] * 10}
    times |= {("ottawa", "urgent"): [100, 1000] * 5, ("ottawa", "planned"): [5000] * 10}
    for audience in (NETWORK, EXPORTED):
        shown = released(times, audience)
        assert shown.cell(team="peel").times == Times(60, 60)
        assert shown.cell(team="ottawa").times == Times(1020, 5040)
        assert shown.cell(urgency="urgent").times == Times(60, 1020)
        assert shown.cell().times == Times(60, 5040)
        assert shown.cell(urgency="crisis").is_hidden
        assert shown.cell(team="peel", urgency="urgent").is_hidden
        with translation.override("en"):
            assert shown.headings[-1] == "All urgencies"
            assert shown.lines[-1].label == "All teams"
        with translation.override("fr"):
            assert shown.headings[-1] == "Toutes les urgences"
            assert shown.lines[-1].label == "Toutes les équipes"


@pytest.mark.parametrize(
    ("minutes", "said"), [(0, 0), (62, 60), (598, 600), (631, 660), (4310, 4320), (10_125, 10_080)]
)
def test_a_time_is_rounded_the_coarser_the_longer_it_is(world, released, minutes, said):
    shown = released({("peel", "urgent"): [minutes] * ENOUGH})
    assert shown.cell(team="peel", urgency="urgent").times == Times(said, said)


def test_a_margin_of_fewer_than_enough_is_not_told():
    assert margins(counted(peel={"urgent": 10, "crisis": 9})) == set()
    assert margins(counted(peel={"urgent": 10, "crisis": 10})) == {("peel", ALL), WHOLE}
    assert margins(counted(peel={"urgent": 10, "crisis": 10}), enough=21) == set()


def test_a_margin_counts_others_only_where_they_are_enough():
    cells = {"urgent": 24}
    for few in (0, 1, 19):
        found = told(counted(peel={**cells, "crisis": few}), enough=ENOUGH)
        assert {place: len(times) for place, times in found.items()} == dict.fromkeys(
            (("peel", "urgent"), ("peel", ALL), (ALL, "urgent"), WHOLE), 24
        )
    found = told(counted(peel={**cells, "crisis": 10, "planned": 10}), enough=ENOUGH)
    assert (len(found["peel", ALL]), len(found[WHOLE]), len(found[ALL, "urgent"])) == (44, 44, 24)


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        # The third team is what is left of all.
        (counted(peel={"urgent": 11, "crisis": 9}, ottawa={"urgent": 12, "crisis": 9}, north={"planned": 5}),
         {("ottawa", ALL), (ALL, "urgent"), WHOLE}),
        # Both teams are all; without what is urgent, few are left.
        (counted(peel={"urgent": 12, "crisis": 8}, ottawa={"urgent": 12, "crisis": 8}),
         {("peel", ALL), ("ottawa", ALL), WHOLE}),
    ],
)  # fmt: skip
def test_a_margin_of_no_told_cell_is_told_only_where_enough_are_left_beside_it(minutes, expected):
    assert margins(minutes) == expected


def test_nobody_can_tell_from_what_is_told_whether_a_few_were_accepted_besides():
    chance = random.Random(5)
    for _ in range(200):
        enough = {
            place: list(range(chance.choice((0, 20, 24, 40)))) for place in product("abc", "uvw")
        }
        before = told(enough, enough=ENOUGH)
        empty = [place for place, times in enough.items() if not times]
        if empty:
            few = {chance.choice(empty): list(range(chance.choice((1, 9, 19))))}
            assert told(enough | few, enough=ENOUGH) == before


def test_however_margins_are_added_up_and_taken_away_nobody_is_left_with_few():
    """Tries each margin once more, once less or not at all; what then counts no one twice is told."""
    chance, few, shown = random.Random(3), Counter(), 0
    for _ in range(100):
        minutes = {
            place: list(range(chance.choice((0, 0, 0, 3, 9, 15, 19, 24))))
            for place in product("abc", "uvw")
        }
        others = {place: times for place, times in minutes.items() if 0 < len(times) < ENOUGH}
        found = _counting_all(others, ENOUGH)
        shown += len(found)
        rest = [place for place, times in minutes.items() if 0 < len(times) < ENOUGH]
        if not found or not rest:
            continue
        within = [
            [m[0] in ("", team) and m[1] in ("", urgency) for team, urgency in rest] for m in found
        ]
        signs = np.array(list(product((-1, 0, 1), repeat=len(found))), dtype=int)
        groups = signs @ np.array(within, dtype=int)
        groups = groups[((groups == 0) | (groups == 1)).all(axis=1)]
        sizes = groups @ np.array([len(minutes[place]) for place in rest])
        few.update(bool(0 < size < ENOUGH) for size in sizes)
    print(f"{shown} margins, {few[False]} groups of enough or nobody, {few[True]} of few")
    assert not few[True]
    assert shown > 100


def test_a_release_from_before_there_were_margins_is_read_as_it_was(world):
    stored = computing._times(QUARTER, enough=ENOUGH)
    said = {key: {"median": 95, "p90": 600} for key in (NETWORK, EXPORTED)}
    stored["dimensions"][0]["codes"] = ["peel"]
    stored["cells"] = [{"at": {"team": "peel", "urgency": "crisis"}, **said}]
    with translation.override("en"):
        (old,) = read([stored], QUARTER, NETWORK)
        assert old.cell(team="peel", urgency="crisis").times == Times(95, 600)
        assert "All urgencies" not in old.headings
        assert [line.label for line in old.lines] == ["Peel"]
    assert [data_of(read([stored], QUARTER, EXPORTED)[0])] == shown_to(EXPORTED, [stored]), (
        "what the API says has the digest that was signed"
    )


def test_where_nothing_is_told_nothing_is_printed(world, released):
    shown = released({("peel", "urgent"): [60] * 19})
    assert (shown.lines, shown.rows.codes, shown.is_all_hidden) == ([], (), True)
